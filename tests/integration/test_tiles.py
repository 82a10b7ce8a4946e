"""Tiles end to end: a page, the compositor, the file, HTTP and other programs share one map, and none is behind."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from bed.waiting import eventually
from bed.web import Web
from bed.world import check_schema

MANIFEST = "/builder/map/manifest.json"


@pytest.fixture
def path(bed):
    return Path(bed.directory) / "map" / "manifest.json"


@pytest.fixture
def start(bed, path):
    """Starts compositord with the test's manifest; with the options and the compositor given."""

    def make(compositor=None, *options, delay="0.05", ready=True):
        daemon = bed.daemon(
            compositor,
            options=["--manifest", str(path), "--manifest-delay", delay, *options],
            **({} if compositor else {"display": "absent-0"}),
        )
        if compositor and ready:
            page = daemon.page().ready()
            page.close()
            daemon.pages.remove(page)
        return daemon

    return make


@pytest.fixture
def daemon(start, compositor):
    return start(compositor)


@pytest.fixture
def page(daemon):
    return daemon.page().ready()


@pytest.fixture
def web(daemon):
    made = Web(daemon.port)
    yield made
    made.close()


def stored(path):
    return json.loads(path.read_bytes()) if path.exists() else {}


def shown(compositor):
    """The tiles that the compositor shows."""
    return {
        f"{tile['x']},{tile['y']}": {"brick": tile["brick"], "timestamp": tile["timestamp"]}
        for tile in compositor.state()["tiles"]
    }


def bricks(tiles):
    return {cell: tile["brick"] for cell, tile in tiles.items()}


def write(path, tiles):
    """As `jq … > tmp && mv tmp manifest.json` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name("edit")
    temporary.write_text(json.dumps(tiles))
    temporary.rename(path)


def many(count):
    return {f"{i % 1000},{i // 1000}": {"brick": f"b{i % 100}.png", "timestamp": round(1000 + i / 1000, 3)} for i in range(count)}


def wait_for(page, tiles):
    page.wait(lambda p: p.world.tiles is not None and bricks(p.world.tiles) == tiles, f"the tiles {tiles}")


def test_a_put_reaches_everybody_and_is_safe_when_it_is_acknowledged(daemon, page, web, compositor, path):
    other = daemon.page(subprotocols=("compositord.v1.msgpack",)).ready()
    page.do("PutTile", x=-3, y=2147483647, brick="grass.png")
    journal = path.with_name("manifest.json.journal").read_text()
    assert "put -3 2147483647" in journal or "-3,2147483647" in stored(path)
    wanted = {"-3,2147483647": "grass.png"}
    wait_for(page, wanted)
    wait_for(other, wanted)
    assert bricks(web.get(MANIFEST).json()) == wanted
    eventually(lambda: bricks(shown(compositor)) == wanted, "the tile in the compositor")
    eventually(lambda: bricks(stored(path)) == wanted, "the tile in the file")
    assert stored(path) == web.get(MANIFEST).json() == page.world.tiles == other.world.tiles == shown(compositor)

    page.do("RemoveTile", x=-3, y=2147483647)
    wait_for(other, {})
    assert web.get(MANIFEST).json() == {}
    eventually(lambda: shown(compositor) == {}, "no tile in the compositor")
    eventually(lambda: stored(path) == {}, "no tile in the file")
    assert page.ask("RemoveTile", x=0, y=0)["type"] == "Ack", "what is so already"


def test_a_tile_of_the_compositor_goes_the_same_way(daemon, page, web, compositor, path):
    compositor.ask("put_tile", x=1, y=2, brick="user.png")
    wait_for(page, {"1,2": "user.png"})
    eventually(lambda: stored(path) == shown(compositor), "the tile in the file")
    assert web.get(MANIFEST).json() == shown(compositor) == page.world.tiles
    count = page.count()
    compositor.ask("remove_tile", x=1, y=2)
    wait_for(page, {})
    eventually(lambda: stored(path) == {}, "no tile in the file")
    page.ask("Ping")
    updates = [m for m, _ in page.since(count) if m["type"] == "ManifestUpdate"]
    assert len(updates) == 1, f"an echo: {updates}"


def test_requests_are_checked(page):
    for members, member in (
        ({"x": 0, "y": 0, "brick": "a/b"}, "brick"),
        ({"x": 0, "y": 0, "brick": ".."}, "brick"),
        ({"x": 0, "y": 0, "brick": "x" * 256}, "brick"),
        ({"x": 0.5, "y": 0, "brick": "a"}, "x"),
        ({"x": 0, "y": 2147483648, "brick": "a"}, "y"),
        ({"x": 0, "brick": "a"}, "y"),
    ):
        answer = page.ask("PutTile", **members)
        assert (answer["type"], answer["code"], answer["member"]) == ("Error", "invalid_member", member)
    assert page.world.tiles == {}


def test_edits_of_scripts_and_editors_are_told_to_all(daemon, page, web, compositor, path):
    # In this order: a version without the newest tile may be one from before it, whose author did not remove it.
    page.do("PutTile", x=1, y=1, brick="goes.png")
    page.do("PutTile", x=0, y=0, brick="kept.png")
    eventually(lambda: len(stored(path)) == 2, "both in the file")
    tiles = stored(path)
    del tiles["1,1"]
    tiles["5,5"] = {"brick": "script.png", "timestamp": 4000000000.5}
    write(path, tiles)
    wanted = {"0,0": "kept.png", "5,5": "script.png"}
    wait_for(page, wanted)
    eventually(lambda: bricks(shown(compositor)) == wanted, "the script's edit in the compositor")
    assert bricks(web.get(MANIFEST).json()) == wanted

    with path.open("r+") as file:  # an editor that saves in place
        tiles = json.load(file)
        tiles["0,0"]["brick"] = "edited.png"
        file.seek(0)
        file.truncate()
        file.write(json.dumps(tiles))
    wanted["0,0"] = "edited.png"
    wait_for(page, wanted)
    eventually(lambda: bricks(shown(compositor)) == wanted, "the editor's edit in the compositor")
    eventually(lambda: bricks(stored(path)) == wanted, "it in the file")


def test_acknowledged_tiles_survive_a_kill_and_reach_the_next_compositor(bed, start, compositor, path):
    daemon = start(compositor, delay="3600")
    page = daemon.page().ready()
    for i in range(50):
        page.do("PutTile", x=i, y=-i, brick=f"b{i}.png")
    page.do("RemoveTile", x=7, y=-7)
    wanted = {f"{i},{-i}": f"b{i}.png" for i in range(50) if i != 7}
    assert not path.exists(), "the file has time"
    page.close()
    daemon.pages.clear()
    daemon.kill()
    bed.forget(daemon)

    again = start(compositor)
    late = again.page().ready()
    wait_for(late, wanted)
    eventually(lambda: bricks(stored(path)) == wanted, "the journal in the file")
    late.close()
    again.pages.clear()
    again.stop()
    bed.forget(again)
    assert bricks(stored(path)) == wanted

    newcomer = bed.compositor()
    start(newcomer)
    eventually(lambda: bricks(shown(newcomer)) == wanted, "the map in a compositor that had none")


def test_a_removal_prevails_over_what_a_compositor_still_has(bed, start, compositor, path):
    daemon = start(compositor)
    compositor.ask("put_tile", x=1, y=1, brick="old.png")
    eventually(lambda: "1,1" in stored(path), "the tile in the file")
    daemon.stop()
    bed.forget(daemon)
    alone = start()  # without a compositor
    page = alone.page()
    page.wait(lambda p: p.world.tiles, "the stored tile")
    page.do("RemoveTile", x=1, y=1)
    page.close()
    alone.pages.clear()
    alone.stop()
    bed.forget(alone)
    assert "1,1" in shown(compositor)
    start(compositor)
    eventually(lambda: shown(compositor) == {}, "the removal in the compositor")
    assert stored(path) == {}


def test_a_large_map_is_replayed_and_nobody_is_sent_all_of_it(bed, start, compositor, path):
    tiles = many(20000)
    write(path, tiles)
    daemon = start(compositor)
    page = daemon.page().ready()
    assert page.world.tiles is None
    eventually(lambda: len(compositor.state()["tiles"]) == len(tiles), "the map in the compositor", deadline=60)
    assert shown(compositor) == tiles
    web = Web(daemon.port)
    assert eventually(lambda: (a := web.get(MANIFEST)).status == 200 and a, "the manifest").json() == tiles
    # What is in an area is few enough to be told; its first and last cells belong to it.
    page.do("Subscribe", area={"x": 1000, "y": 500, "width": 200, "height": 100})
    page.wait(lambda p: p.world.tiles == {f"{x},5": tiles[f"{x},5"] for x in (10, 11)}, "the tiles of the area")
    start_of = page.count()
    page.do("PutTile", x=12, y=5, brick="outside.png")
    page.do("PutTile", x=11, y=5, brick="inside.png")
    page.wait(lambda p: p.world.tiles["11,5"]["brick"] == "inside.png", "the tile inside")
    assert not any("12,5" in (m.get("tiles") or {}) for m, _ in page.since(start_of))
    page.do("Subscribe", kinds=["cameras"])
    page.wait(lambda p: p.world.tiles == {}, "no tiles any more")

    # So many changes at once are not listed either.
    other = daemon.page().ready()
    write(path, {cell: {**tile, "timestamp": 5000} for cell, tile in tiles.items()})
    other.wait_for_message(type="ManifestUpdate", tiles=None)
    eventually(lambda: {t["timestamp"] for t in compositor.state()["tiles"]} >= {5000}, "the edit in the compositor", 60)
    web.close()


def test_pages_of_tiles(start, path):
    tiles = many(5000)
    write(path, tiles)
    web = Web(start().port)
    found, query, pages = {}, "", 0
    while query is not None:
        answer = web.get(f"/api/v1/tiles?limit=700{query}").json()
        assert not found.keys() & answer["tiles"].keys()
        found |= answer["tiles"]
        pages += 1
        query = answer["next"] and f"&from={answer['next']}"
    assert found == tiles and pages == 8
    some = web.get("/api/v1/tiles?rect=-5,1,2,3").json()
    assert some["tiles"].keys() == {f"{x},{y}" for x in range(3) for y in (1, 2, 3)} and some["next"] is None
    assert web.get("/api/v1/tiles?rect=-5%2C1%2C2%2C3").json() == some
    first = web.get("/api/v1/tiles?rect=0,0,0,0")
    assert web.get("/api/v1/tiles?rect=0,0,0,0", If_None_Match=first.headers["etag"]).status == 304
    for wrong in ("rect=1,2,3", "rect=1,1,0,0", "rect=0,0,0,2147483648", "rect=a,b,c,d", "rect=1,2,3,4,5", "limit=0",
                  "limit=9999", "from=x"):
        assert web.get(f"/api/v1/tiles?{wrong}").status == 400, wrong
    chunk = web.get("/api/chunk?x=1&y=0&size=2").json()
    assert (chunk["chunkX"], chunk["chunkY"]) == (1, 0)
    assert chunk["tiles"]["3,1"] == {"x": 3, "y": 1, **tiles["3,1"]} and len(chunk["tiles"]) == 4
    assert len(web.get("/api/chunk?x=0&y=0").json()["tiles"]) == 16 * 5
    assert web.get("/api/chunk?x=2147483647&y=-2147483648&size=64").json()["tiles"] == {}
    assert web.get("/api/chunk?x=1").status == 400
    web.close()


def test_a_poller_of_the_manifest_is_told_once_of_each_change(start):
    daemon = start()
    page = daemon.page()
    page.wait(lambda p: p.world.compositor, "a snapshot")
    web = Web(daemon.port)
    seen, tag = {}, None
    for i in range(20):
        page.do("PutTile", x=0, y=0, brick=f"{i}.png")
        answer = web.get(f"{MANIFEST}?t={i}", **({"If_None_Match": tag} if tag else {}))
        assert answer.status == 200
        entry = answer.json()["0,0"]
        assert entry["brick"] == f"{i}.png" and entry["timestamp"] > seen.get("timestamp", 0)
        seen, tag = entry, answer.headers["etag"]
        assert web.get(f"{MANIFEST}?t=again", If_None_Match=tag).status == 304
    web.close()


def test_pictures_come_from_the_folder_and_from_nowhere_else(bed, start):
    folder = Path(bed.directory) / "builder"
    (folder / "queue").mkdir(parents=True)
    (folder / "processed").mkdir()
    (folder / "secret").write_text("secret")
    (folder / "processed/done.png").write_bytes(b"\x89PNG done")
    (folder / "queue/some thing.png").write_bytes(b"\x89PNG new")
    (folder / "queue/link.png").symlink_to(folder / "secret")
    outside = Path(bed.directory) / "outside"
    outside.write_text("secret")
    (folder / "queue/out.png").symlink_to(outside)
    web = Web(start(None, "--bricks", str(folder)).port)
    done = web.get("/builder/processed/done.png?t=123")
    assert (done.status, done.headers["content-type"], done.body) == (200, "image/png", b"\x89PNG done")
    assert web.get("/builder/processed/done.png", If_None_Match=done.headers["etag"]).status == 304
    assert web.get("/builder/queue/some%20thing.png").body == b"\x89PNG new"
    for wrong in ("queue/done.png", "queue/", "queue", "queue/out.png", "queue/link.png", "queue/../secret", "queue/%2e%2e/secret",
                  "queue/..%2fsecret", "secret", "../outside", "queue//done.png",
                  "processed/%00", "processed/..", "processed/done.png/", "queue/%5c..%5csecret", "map/../secret"):
        answer = web.get("/builder/" + wrong)
        assert answer.status in (400, 403, 404) and b"secret" not in answer.body, wrong
    web.close()


def test_the_shell_of_geometry_os_sees_tiles(daemon, page, compositor):
    page.do("PutTile", x=1, y=1, brick="first.png")
    shell = daemon.page(subprotocols=("geometry-os",), strict=False, reads_world=False)
    tile = shell.wait_for_message(type="tile_update")
    assert (tile["x"], tile["y"], tile["brick"]) == (1, 1, "first.png")
    page.do("PutTile", x=2, y=-2, brick="second.png")
    later = shell.wait_for_message(type="tile_update", x=2, y=-2, brick="second.png")
    assert later["timestamp"] == page.world.tiles["2,-2"]["timestamp"]
    compositor.ask("put_tile", x=3, y=3, brick="third.png")
    shell.wait_for_message(type="tile_update", x=3, y=3, brick="third.png")
    assert {message["type"] for message, _ in shell.since(0)} <= {"camera_update", "tile_update", "heartbeat"}
    both = daemon.page(subprotocols=(), strict=False, reads_world=False)
    both.wait_for_message(type="Snapshot")
    both.wait_for_message(type="tile_update", x=2)


def test_a_second_instance_says_who_has_the_map_and_takes_it_over(bed, start, path):
    first = start()
    page = first.page()
    page.wait(lambda p: p.world.compositor, "a snapshot")
    page.do("PutTile", x=1, y=1, brick="a.png")
    second = start()
    second.err.wait(rf"is written by compositord \(process {first.pid}\) already")
    other = second.page()
    other.wait(lambda p: p.world.compositor, "a snapshot")
    assert "tiles" not in other.world.hello["capabilities"] and "tiles" in page.world.hello["capabilities"]
    refusal = other.ask("PutTile", x=2, y=2, brick="b.png")
    assert refusal["code"] == "unsupported" and str(first.pid) in refusal["message"]
    web = Web(second.port)
    assert web.get(MANIFEST).status == 503
    page.close()
    first.pages.clear()
    first.stop()
    bed.forget(first)
    other.wait(lambda p: "tiles" in p.world.compositor["capabilities"], "the map")
    other.do("PutTile", x=2, y=2, brick="b.png")
    assert bricks(web.get(MANIFEST).json()) == {"1,1": "a.png", "2,2": "b.png"}
    web.close()


def test_late_joiner_and_one_who_resumes_equal_an_early_one(daemon, page, compositor, path):
    choose = random.Random(5)
    sleeper = daemon.page().ready()
    for round_ in range(4):
        sleeper.close()
        daemon.pages.remove(sleeper)
        for i in range(30):
            x, y = choose.randrange(4), choose.randrange(4)
            what = choose.randrange(4)
            if what == 0:
                page.do("RemoveTile", x=x, y=y)
            elif what == 1:
                compositor.ask("put_tile", x=x, y=y, brick=f"c{round_}-{i}.png")
            else:
                page.do("PutTile", x=x, y=y, brick=f"p{round_}-{i}.png")
        world = sleeper.world
        sleeper = daemon.page(path=f"/?instance={world.hello['instance']}&revision={world.revision}", continues=world)
        page.do("PutTile", x=9, y=round_, brick="mark.png")
        for each in (page, sleeper):
            each.wait(lambda p: p.world.tiles and f"9,{round_}" in p.world.tiles, "the mark")
        eventually(lambda: shown(compositor) == page.world.tiles, "the compositor agrees")
        late = daemon.page().ready()
        assert late.world.tiles == page.world.tiles == sleeper.world.tiles
        assert not any(m["type"] == "Snapshot" for m, _ in sleeper.since(0)) or round_ == 0
        late.close()
        daemon.pages.remove(late)
    eventually(lambda: stored(path) == page.world.tiles, "the file agrees")


NAMESPACE = os.geteuid() == 0
in_a_namespace = pytest.mark.skipif(not NAMESPACE, reason="needs root for a private mount")


@in_a_namespace
def test_a_full_disk_is_said_to_who_asks_and_nothing_is_lost(bed, start, tmp_path):
    pytest.importorskip("ctypes")
    folder = Path(bed.directory) / "map"
    folder.mkdir()
    # A small disk that both the daemon and the test see.
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True).returncode != 0:
        pytest.skip("cannot mount here")
    try:
        daemon = start()
        page = daemon.page()
        page.wait(lambda p: p.world.compositor, "a snapshot")
        page.do("PutTile", x=0, y=0, brick="before.png")
        eventually(lambda: "0,0" in stored(folder / "manifest.json"), "the first one in the file")
        filler = folder / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 1024):
                    pass
            except OSError:
                pass
        answers = [page.ask("PutTile", x=i, y=1, brick="x" * 200) for i in range(60)]
        refused = next(a for a in answers if a["type"] == "Error")
        assert refused["code"] == "unsaved" and "No space left" in refused["message"]
        assert len(page.world.tiles) == 61, "it goes on in memory"
        assert "0,0" in stored(folder / "manifest.json")
        filler.unlink()
        eventually(lambda: page.ask("PutTile", x=0, y=2, brick="after.png")["type"] == "Ack", "safe again", every=0.2)
        eventually(lambda: stored(folder / "manifest.json") == page.world.tiles, "all in the file")
        page.close()
        daemon.pages.clear()
        daemon.stop()
        bed.forget(daemon)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
