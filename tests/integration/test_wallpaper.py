"""The wallpaper pipeline, with the real ImageMagick, swaybg, sway and reference compositor."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bed.notifications import Sway
from bed.paths import ROOT
from bed.program import alive, processes_with
from bed.sessions import Http
from bed.waiting import eventually

MAGICK = "/usr/bin/convert"
LEFT, RIGHT = (200, 30, 40), (20, 60, 180)


@pytest.fixture
def picture(bed):
    """Red on the left, blue on the right; its name is one that tools stumble over."""
    path = f'{bed.directory}/a "b" %d [1] *.png'
    halves = [word for colour in (LEFT, RIGHT) for word in ("-size", "400x400", f"xc:rgb{colour}")]
    with open(path, "wb") as file:
        subprocess.run([MAGICK, *halves, "+append", "png:-"], stdout=file, check=True)
    return path


@pytest.fixture
def manifest(bed):
    return Path(bed.directory) / "map" / "manifest.json"


@pytest.fixture
def start(bed, manifest):
    def make(*options, compositor=None, display="absent-0", **given):
        given |= {} if compositor else {"display": display}
        return bed.daemon(compositor, options=["--pipelines", str(ROOT / "data/pipelines"), "--manifest", str(manifest), "--manifest-delay", "0", *options], **given)

    return make


def run(daemon, state="completed", **parameters):
    """The session and what happened in it; nobody listens while it runs."""
    web = Http(daemon.port)
    made = web.ask("POST", "/api/v1/sessions", {"sessionType": "wallpaper", "parameters": parameters})
    assert made.status == 201, made.body
    path = f"/api/v1/sessions/{made.body['id']}"
    ended = eventually(lambda: (s := web.ask("GET", path).body)["ended"] and s, "its end", deadline=60)
    assert ended["state"] == state, ended
    page = daemon.page()
    page.do("FollowSession", session=ended["id"])
    return ended, page.wait(lambda p: (e := [m for m in p.messages if m["type"] == "SessionEvent" and m["session"] == ended["id"]]) and e[-1]["event"] == "task_ended" and e)


def pixel(picture, x, y):
    """Of a picture; three numbers."""
    out = subprocess.run([MAGICK, picture, "-format", f"%[fx:int(255*p{{{x},{y}}}.r+.5)] %[fx:int(255*p{{{x},{y}}}.g+.5)] %[fx:int(255*p{{{x},{y}}}.b+.5)]", "info:"], capture_output=True, text=True, check=True).stdout
    return tuple(int(word) for word in out.split())


def near(one, other):
    return all(abs(a - b) <= 12 for a, b in zip(one, other, strict=True))


def test_its_colours_and_variants_are_made_once(bed, start, picture):
    # Every outlet is broken or absent, and that is nothing to it.
    Path(bed.directory, "file").touch()
    daemon = start("--bus", "unix:path=/nowhere", "--progress-dir", f"{bed.directory}/file/no")
    session, events = run(daemon, file=picture, effect="grey", on="nothing")
    made = Path(session["result"])
    assert made.name == "grey.1.jpeg" and made.is_relative_to(f"{bed.directory}/.cache/compositord/wallpaper")
    grey = pixel(made, 100, 200)
    assert max(grey) - min(grey) <= 2, "a grey picture is grey"
    text = "".join(m["text"] for m in events if m["event"] == "output" and m["kind"] == "text")
    assert set(re.findall("#[0-9A-F]{6}", text)) >= {"#C81E28", "#143CB4"}
    tools = [m for m in events if m["event"] == "tool_ended"]
    assert [m["call"] for m in tools] == ["none", "blur", "dim", "grey", "sepia", "warm"] and all(m["ok"] for m in tools)
    percents = [m["percent"] for m in events if m["event"] == "progress"]
    assert percents == sorted(percents) and percents[-1] == 100 and len(percents) >= 8

    times = {path: path.stat().st_mtime_ns for path in made.parent.iterdir()}
    assert len(times) == 7
    moved = f"{bed.directory}/moved"
    os.rename(picture, moved)
    session, events = run(daemon, file=moved, effect="blur", on="nothing")
    assert not [m for m in events if m["event"].startswith("tool")], "nothing is made twice, whatever its name is"
    assert {path: path.stat().st_mtime_ns for path in made.parent.iterdir()} == times
    assert session["result"].endswith("/blur.1.jpeg")


@pytest.mark.parametrize(
    "parameters, words",
    [
        ({"file": "relative.png"}, "must be a whole path"),
        ({"file": "/nowhere.png"}, "is no file that can be read"),
        ({"file": "-version"}, "would be|whole path"),
        ({"effect": "burn"}, "there is no effect burn"),
        ({"on": "moon"}, "not on moon"),
        ({"on": "map", "cell": "1;2"}, "must be X,Y"),
        ({"on": "map", "width": "65"}, "1 to 64"),
        ({"on": "map", "width": "$(touch x)"}, "1 to 64"),
    ],
)
def test_what_is_wrong_is_said(start, picture, parameters, words):
    session, _ = run(start(), "failed", **{"file": picture, "on": "nothing", **parameters})
    assert re.search(words, session["error"]), session["error"]


@pytest.mark.parametrize("content", [b"", b"push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 '|touch hacked'\n", b"<svg/>", b"\x89PNG\r\n\x1a\nno"])
def test_what_is_no_picture_is_refused(bed, start, content):
    # ImageMagick reads kinds of files that run programs: those are not given to it.
    path = Path(bed.directory, "x.mvg")
    path.write_bytes(content)
    session, _ = run(start(), "failed", file=str(path), on="nothing")
    assert "is no PNG" in session["error"] or "cannot be read" in session["error"]


def test_it_lies_on_the_map_of_the_reference_compositor(bed, start, manifest, picture):
    bricks = manifest.parent / "processed"
    compositor = bed.compositor(outputs=["one=800x400"], bricks=bricks)
    daemon = start(compositor=compositor)
    page = daemon.page().ready()
    page.do("PutTile", x=50, y=50, brick="grass.png")
    page.do("SetCamera", x=400, y=200, zoom=1)
    run(daemon, file=picture, effect="none", on="map", cell="0,0", width="8")
    wanted = {f"{x},{y}" for x in range(8) for y in range(4)}
    eventually(lambda: {f"{tile['x']},{tile['y']}" for tile in compositor.state()["tiles"]} == {*wanted, "50,50"}, "bricks on its cells")
    page.wait(lambda p: wanted <= set(p.world.tiles), "the page has them too")
    shot = f"{bed.directory}/shot.png"

    def shown():
        compositor.ask("screenshot", output="one", path=shot)
        return near(pixel(shot, 200, 200), LEFT) and near(pixel(shot, 600, 200), RIGHT)

    eventually(shown, "the picture")
    # A smaller one elsewhere takes the place of all of it, and of nothing else.
    run(daemon, file=picture, effect="dim", on="map", cell="-3,2", width="2")
    eventually(lambda: set(json.loads(manifest.read_text())) == {"-3,2", "-2,2", "50,50"}, "the other one")
    names = {entry["brick"] for entry in json.loads(manifest.read_text()).values()} - {"grass.png"}
    assert {path.name for path in bricks.iterdir()} == names


def shows(bed, sway, left):
    """Whether the screen has this colour on its left."""
    shot = f"{bed.directory}/shot.png"
    subprocess.run(["grim", shot], env={**bed.env, "WAYLAND_DISPLAY": sway.display}, check=True, timeout=60)
    if keep := os.environ.get("KEEP_PICTURES"):
        shutil.copy(shot, f"{keep}/wallpaper-{left[0]}.png")
    return near(pixel(shot, 100, 300), left)


def swaybgs(bed):
    return {pid: line for pid, line in processes_with(bed.marker).items() if line.startswith("swaybg") and "/wallpaper/" in line}


def test_it_is_set_on_a_real_desktop_and_stays(bed, start, picture):
    sway = Sway(bed.env, background="")
    bed._programs.append(sway)
    daemon = start(display=sway.display)
    session, _ = run(daemon, file=picture, effect="none")
    eventually(lambda: shows(bed, sway, LEFT), "the picture")
    (first,) = swaybgs(bed)
    # Another one takes its place; a failure leaves it.
    run(daemon, "failed", file=picture, effect="burn")
    assert alive(first)
    run(daemon, file=picture, effect="dim")
    eventually(lambda: shows(bed, sway, tuple(int(c * 0.55) for c in LEFT)), "the dim one")
    eventually(lambda: not alive(first) and len(swaybgs(bed)) == 1, "the first one ended")
    daemon.stop()
    assert not swaybgs(bed), "it ends with compositord"


def test_sway_is_asked_to_show_it(bed, start, picture):
    sway = Sway(bed.env)
    bed._programs.append(sway)
    control = next(Path(bed.directory).glob("sway-ipc.*.sock"))
    daemon = start(display=sway.display, extra_env={"SWAYSOCK": str(control)})
    run(daemon, file=picture, effect="none")
    eventually(lambda: shows(bed, sway, LEFT), "the picture")


def test_without_a_desktop_it_says_so(start, picture):
    session, _ = run(start(), "failed", file=picture, effect="none")
    assert session["error"].startswith("set: ") and "swaybg" not in session["error"].partition(":")[0]
