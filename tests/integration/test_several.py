"""Several compositors at once: each by itself, all together, and what becomes of the others when one goes."""

import contextlib
import json
import os
from pathlib import Path

import pytest

from bed.bus import MANAGER, ROOT, BusClient, BusDaemon
from bed.daemon import free_port
from bed.driftwm import StandInDriftwm, state, window
from bed.http import fetch
from bed.page import Page, Refused
from bed.paths import COMPOSITORD
from bed.sway import SwayCompositor


class Three:
    """The reference compositor, a real sway, driftwm's stand-in, and one compositord that mirrors them."""

    def __init__(self, bed):
        self.bed = bed
        self.sway = SwayCompositor(bed.env)  # first: it finds its display as the only one
        bed._programs.append(self.sway)
        self.map = bed.compositor()
        self.driftwm = StandInDriftwm(bed.directory)
        self.settings = Path(bed.directory) / ".config/compositord/compositord.yaml"
        self.settings.parent.mkdir(parents=True, exist_ok=True)
        self.settings.write_text(
            f"compositors:\n"
            f"  - {{name: map, protocol: wayland, address: {self.map.display}}}\n"
            f"  - {{name: sway, protocol: unix, driver: sway, address: {self.sway.socket}, offset: [10000, 0]}}\n"
            f"drift:\n  name: The Drift\n  protocol: unix\n  driver: driftwm\n  address: {self.driftwm.path}\n  offset: [0, 10000]\n"
        )

    def start(self, **options):
        self.daemon = self.bed.daemon(display=self.map.display, **options)
        self.events = self.driftwm.subscriber()
        self.drift(window(3, "adrift", position=(100, 50), size=(200, 100)))
        return self.daemon

    def drift(self, *windows):
        self.events.sendall(state(*windows, camera=(10.0, 20.0), zoom=0.5))


@pytest.fixture
def three(bed):
    made = Three(bed)
    yield made
    made.driftwm.close()


def connected(page):
    return {c["name"]: c["connected"] for c in page.world.compositors or ()}


def all_there(page):
    page.wait(lambda p: list(connected(p).values()) == [True] * 3, "three compositors")
    return page


def test_three_of_three_kinds_are_shown_together_and_each_by_itself(bed, three):
    daemon = three.start()
    bed.windows(three.map).open(1, 200, 100, "mapped")
    bed.windows(three.sway).open(1, 200, 100, "swaying")
    page = all_there(daemon.page())
    page.wait(lambda p: {w["title"] for w in p.world.windows.values()} == {"mapped", "swaying", "adrift"}, "all windows")
    page.wait(lambda p: {c["compositor"] for c in p.world.cameras.values()} == {"map", "sway", "The Drift"}, "all cameras")
    assert page.world.compositor["name"] == "map,sway,The Drift" and page.world.compositor["driver"] == "combined"
    by_title = {w["title"]: w for w in page.world.windows.values()}
    assert (by_title["adrift"]["x"], by_title["adrift"]["y"]) == (0, 10000 - 100)
    assert page.world.cameras["sway/HEADLESS-1"]["x"] >= 10000

    alone = daemon.page(path="/c/map").ready()
    alone.wait_until_same_as(three.map)
    assert connected(alone) == {"map": True, "sway": True, "The Drift": True}
    drift = daemon.page(path="/c/The%20Drift").ready()
    assert [(w["title"], w["y"]) for w in drift.world.windows.values()] == [("adrift", -100)]
    some = all_there(daemon.page(path="/c/map,The%20Drift"))
    assert {w["compositor"] for w in some.world.windows.values()} == {"map", "The Drift"}
    some.do("Subscribe", kinds=["windows"], compositors=["sway"])
    some.wait(lambda p: {w["compositor"] for w in p.world.windows.values()} == {"sway"}, "what it subscribed to")
    with pytest.raises(Refused, match="404"):
        daemon.page(path="/c/nobody")

    # What is asked reaches the one that it is for, in its coordinates.
    page.do("Move", window=by_title["adrift"]["id"], x=-100, y=10000 - 50)
    assert three.driftwm.request() == {"Move": {"window": 3, "to": [0, 0]}}
    page.do("SetCamera", x=7, y=9)  # of the first one
    alone.wait(lambda p: next(iter(p.world.cameras.values()))["target"]["x"] == 7, "the first camera")
    page.do("SetCamera", camera="The Drift/DP-1", x=7, y=10008, zoom=0.5)
    assert [three.driftwm.request(), three.driftwm.request()] == [{"Zoom": 0.5}, {"Camera": [7, -8]}]
    page.do("Close", window=by_title["swaying"]["id"])
    page.wait(lambda p: "swaying" not in [w["title"] for w in p.world.windows.values()], "it closes")
    assert page.ask("Close", window=by_title["swaying"]["id"])["code"] == "not_found"

    # Over HTTP too.
    got = json.loads(fetch(daemon.port, "/api/v1/windows?compositor=map").body)["windows"]
    assert [w["title"] for w in got] == ["mapped"]
    assert len(json.loads(fetch(daemon.port, "/api/v1/state").body)["compositors"]) == 3
    assert fetch(daemon.port, "/api/v1/state?compositor=nobody").status == 404
    assert {c["name"] for c in json.loads(fetch(daemon.port, "/health").body)["compositors"]} == {"map", "sway", "The Drift"}


def test_one_dies_and_the_others_do_not_notice(bed, three):
    daemon = three.start()
    clients = bed.windows(three.map)
    clients.open(1, 200, 100, "mapped")
    page = all_there(daemon.page())
    alone = daemon.page(path="/c/map").ready()
    swaying = daemon.page(path="/c/sway").ready()
    page.wait(lambda p: len(p.world.windows) == 2, "two windows")
    three.sway.kill()
    bed.forget(three.sway)
    page.wait(lambda p: connected(p) == {"map": True, "sway": False, "The Drift": True}, "one is gone")
    assert {c["compositor"] for c in page.world.cameras.values()} == {"map", "The Drift"}
    swaying.wait(lambda p: not p.world.compositor["connected"], "its own page says so")
    # the others go on, with the windows that they had
    assert len(page.world.windows) == 2 and page.world.compositor["connected"]
    clients.open(2, 200, 100, "another")
    page.wait(lambda p: "another" in [w["title"] for w in p.world.windows.values()], "a new window")
    alone.wait_until_same_as(three.map)
    # it comes again
    os.unlink(three.sway.socket)  # which a killed one leaves
    three.sway = SwayCompositor(bed.env)
    bed._programs.append(three.sway)
    all_there(page)
    assert {c["compositor"] for c in page.world.cameras.values()} == {"map", "sway", "The Drift"}


def test_a_client_resumes_in_the_world_that_it_was_in_and_in_no_other(three):
    daemon = three.start()
    first = all_there(daemon.page())
    at = first.world.revision
    again = f"?instance={first.world.hello['instance']}&revision={at}"
    page = daemon.page(path="/" + again, continues=first.world)
    three.drift(window(4, "later"))
    page.wait(lambda p: "later" in [w["title"] for w in p.world.windows.values()], "what it missed")
    assert not [m for m in page.messages if m["type"] == "Snapshot"]
    other = daemon.page(path="/c/map" + again)
    other.wait(lambda p: [m for m in p.messages if m["type"] == "Snapshot"], "a snapshot of another world")


def test_the_map_of_tiles_is_the_first_ones(three):
    daemon = three.start()
    page = all_there(daemon.page())
    first = daemon.page(path="/c/map").ready()
    other = daemon.page(path="/c/sway").ready()
    page.do("PutTile", x=1, y=2, brick="grass.png")
    first.wait(lambda p: "1,2" in p.world.tiles, "the tile")
    assert page.world.tiles.keys() == {"1,2"}
    assert other.ask("PutTile", x=1, y=2, brick="grass.png")["code"] == "unsupported"
    assert "tiles" not in other.world.compositor["capabilities"] and other.world.tiles == {}


def test_the_geometry_os_shell_sees_the_first_camera(three):
    daemon = three.start()
    page = all_there(daemon.page())
    shell = daemon.page(subprotocols=("geometry-os",), strict=False, reads_world=False)
    shell.wait_for_message(type="camera_update")
    start = shell.count()
    shell.send({"type": "camera_update", "x": 55, "y": 44, "zoom": 1})
    page.wait(lambda p: any(c["compositor"] == "map" and c["target"]["x"] == 55 for c in p.world.cameras.values()), "the first camera")
    shell.wait_for_message(start, type="camera_update", target_x=55)


def test_the_bus_lists_all(bed, three):
    bus = BusDaemon(bed.env)
    bed._programs.append(bus)
    all_there(three.start(options=("--bus", bus.address)).page())
    with contextlib.closing(BusClient(bus)) as client:
        client.wait_for_name()
        assert client.get(ROOT, MANAGER, "Compositors") == [("map", "infinite_map", True), ("sway", "sway", True), ("The Drift", "driftwm", True)]


def test_one_is_added_by_the_command_line_as_well(bed, three):
    one = three.start(options=("--name", "again", "--protocol", "wayland", "--address", three.map.display))
    page = one.page()
    page.wait(lambda p: connected(p) == {"map": True, "sway": True, "The Drift": True, "again": True}, "a fourth one")
    assert page.world.compositors[3]["offset"] == {"x": 60000, "y": 0}


def test_what_another_compositord_mirrors_is_mirrored(bed, compositor):
    windows = bed.windows(compositor)
    windows.open(1, 200, 100, "far")
    tokens = Path(bed.directory) / "tokens"
    tokens.write_text("sesame-sesame-sesame view,camera,windows\n")
    tokens.chmod(0o600)
    port = free_port()
    far = bed.daemon(compositor, port=port, options=("--token-file", str(tokens)))
    tokens_here = Path(bed.directory) / "token"
    tokens_here.write_text("sesame-sesame-sesame\n")
    settings = Path(bed.directory) / ".config/compositord/compositord.yaml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(
        f"compositors:\n  - {{name: far, protocol: ws, address: localhost, port: {port}, token-file: {tokens_here}}}\n"
        f"  - {{name: near, protocol: wayland, address: {compositor.display}}}\n"
    )
    near = bed.daemon(display=compositor.display)
    page = near.page()
    page.wait(lambda p: connected(p) == {"far": True, "near": True}, "both")
    alone = near.page(path="/c/far").ready()
    assert alone.world.compositor["driver"] == "compositord"
    alone.wait_until_same_as(compositor)
    # what is asked goes all the way, and comes back as caused by who asked
    camera = next(iter(alone.world.cameras))
    number = alone.do("SetCamera", camera=camera, x=77, y=88, duration=50, origin="me")
    alone.wait(lambda p: p.world.cameras[camera]["x"] == 77, "the camera")
    assert alone.world.cameras[camera]["cause"] == {"origin": "me", "id": number}
    alone.wait_until_same_as(compositor)
    windows.open(2, 100, 100, "farther")
    alone.wait_until_same_as(compositor)
    farther = page.wait(lambda p: [w["id"] for w in p.world.windows.values() if w["title"] == "farther" and w["compositor"] == "far"], "the window")
    page.do("Close", window=farther[0])
    alone.wait(lambda p: "farther" not in [w["title"] for w in p.world.windows.values()], "it closes")
    # the other one ends, and comes again
    far.stop()
    bed.forget(far)
    alone.wait(lambda p: not p.world.compositor["connected"] and not p.world.windows, "it is gone")
    assert connected(page) == {"far": False, "near": True}
    tokens.write_text("another-another-another view\n")
    settings.unlink()  # it has the same home, and is not to mirror itself
    far = bed.daemon(compositor, port=port, options=("--token-file", str(tokens)))
    alone.wait(lambda p: p.world.compositor and "401" in p.world.compositor.get("reason", ""), "that it is refused")
    tokens_here.write_text("another-another-another\n")
    alone.wait(lambda p: p.world.compositor["connected"], "that it is let in")
    assert alone.ask("Close", window=next(iter(alone.world.windows)))["code"] == "unsupported"


def test_the_command_line_of_the_first_draft_mirrors_one_over_http(bed, compositor):
    far = bed.daemon(compositor)
    port = free_port()
    words = [COMPOSITORD, "--name=Geometry Compositor 1", f"--port={far.port}", "--address=127.0.0.1", "--protocol=http"]
    bed.run(*words, "--listen", f"127.0.0.1:{port}", "--orchestrator-port=0", "--no-bus", display=compositor.display).err.wait("listening on")
    page = Page(port)
    try:
        page.ready().wait_until_same_as(compositor)
        assert page.world.compositor["name"] == "Geometry Compositor 1" and page.world.compositors is None
    finally:
        page.close()
