"""compositorctl where compositord mirrors several compositors: all of them together, or the one that is named."""

import json
from pathlib import Path

import pytest

from bed.bus import BusDaemon
from bed.ctl import CTL, FAILED, Ctl
from bed.waiting import eventually


@pytest.fixture(params=["bus", "socket"])
def ctl(request, bed):
    if request.param == "bus":
        bed._programs.append(BusDaemon(bed.env))
    return Ctl(bed.env)


@pytest.fixture
def two(bed, ctl):
    """Two compositors with a window each, and compositord."""
    desk, attic = bed.compositor(), bed.compositor()
    settings = Path(bed.directory) / ".config/compositord/compositord.yaml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(
        f"compositors:\n  - {{name: desk, protocol: wayland, address: {desk.display}}}\n"
        f"  - {{name: The Attic, protocol: wayland, address: {attic.display}, offset: [0, 10000]}}\n"
    )
    bed.windows(desk).open(1, title="at the desk")
    bed.windows(attic).open(1, title="in the attic")
    daemon = bed.daemon(display=desk.display)
    if "DBUS_SESSION_BUS_ADDRESS" in bed.env and (Path(bed.directory) / "bus").exists():
        eventually(lambda: "known on the bus" in daemon.err.text(), "its name on the bus")
    eventually(lambda: len(ctl.json("windows", "list")) == 2, "both windows")
    return desk, attic


def test_each_command_is_about_all_or_about_the_one_that_is_named(bed, ctl, two):
    desk, attic = two
    of = ("--compositor", "The Attic")
    assert [each["name"] for each in ctl.json("status")[0]["compositors"]] == ["desk", "The Attic"]
    (status,) = ctl.json("status", *of)
    assert [each["name"] for each in status["compositors"]] == ["The Attic"] and status["pid"]
    said = ctl("status", *of).stdout
    assert "The Attic (infinite_map), connected" in said and "desk" not in said

    assert {each["compositor"]: each["title"] for each in ctl.json("windows", "list")} == {"desk": "at the desk", "The Attic": "in the attic"}
    assert ctl("windows", "list").stdout.splitlines()[0].endswith("COMPOSITOR")
    (window,) = ctl.json("windows", "list", *of)
    assert window["title"] == "in the attic" and "COMPOSITOR" not in ctl("windows", "list", *of).stdout
    ctl("windows", "move", window["id"], "-300", "20", *of)
    eventually(lambda: (attic.window(title="in the attic")["x"], attic.window(title="in the attic")["y"]) == (-300, 20), "the place, in its own map")

    assert {each["compositor"] for each in ctl.json("cameras", "list")} == {"desk", "The Attic"}
    assert ctl("cameras", "list").stdout.splitlines()[0].endswith("COMPOSITOR")
    ctl("cameras", "set", "--x=70", *of)
    eventually(lambda: attic.camera()["x"] == 70, "its camera")
    assert desk.camera()["x"] != 70
    ctl("cameras", "set", "--x=90", "--compositor=desk")
    eventually(lambda: desk.camera()["x"] == 90, "the other camera")
    eventually(lambda: ctl("cameras", "get", *of).stdout.startswith("70 "), "what compositord knows of it")

    ctl("tiles", "put", "3,-4", "grass.png", "--compositor", "desk")
    assert [list(each) for each in ctl.json("tiles", "list", "--compositor", "desk")] == [["3,-4"]] == [list(each) for each in ctl.json("tiles", "list")]
    for words in (("list",), ("put", "1,1", "x.png"), ("remove", "3,-4"), ("export",)):
        assert "The Attic has no tiles; the map of tiles is that of desk" in ctl("tiles", *words, *of, status=FAILED).stderr


def test_events_and_watch_are_about_all_or_about_one(bed, ctl, two):
    desk, attic = two
    every = bed.run(str(CTL), "events")
    one = bed.run(str(CTL), "watch", "--compositor", "The Attic")
    raw = bed.run(str(CTL), "events", "--json", "--compositor=desk")
    every.out.wait("^compositor desk .*connected$")
    every.out.wait("^compositor The Attic .*connected$")
    every.out.wait(r'^window \d+ \S* "in the attic" at \S+ \S+ in The Attic')
    one.out.wait('"in the attic"')
    raw.out.wait('"at the desk"')
    desk.ask("move_camera", output="HEADLESS-1", x=11, y=12)
    attic.ask("move_camera", output="HEADLESS-1", x=21, y=22)
    every.out.wait("^camera desk/HEADLESS-1 at 11,12 .* in desk$")
    every.out.wait("^camera The Attic/HEADLESS-1 at .* in The Attic$")
    one.out.wait("^camera HEADLESS-1 at 21,22 zoom 1$")
    raw.out.wait('"x":11,"y":12')
    assert "at the desk" not in one.out.text() and "11,12" not in one.out.text()
    assert "in the attic" not in raw.out.text()
    assert all(json.loads(line) for line in raw.out.text().splitlines())
    for program in (every, one, raw):
        program.kill()


@pytest.mark.parametrize("words", [("status",), ("windows", "list"), ("cameras", "set", "--x=1"), ("tiles", "list"), ("events",), ("watch",)])
def test_a_name_that_is_not_known_is_answered_with_those_that_are(bed, compositor, words):
    ctl = Ctl(bed.env)
    bed.daemon(compositor, options=("--name", "desk", "--protocol", "wayland", "--address", compositor.display))
    said = ctl(*words, "--compositor", "attic", status=FAILED).stderr
    assert "there is no compositor attic; the only one is desk" in said


def test_the_nearest_of_several_names_is_named_first(ctl, two):
    assert "there is no compositor dsk; desk is one of desk, The Attic" in ctl("windows", "list", "--compositor", "dsk", status=FAILED).stderr
    assert "there is no compositor cellar; there are desk, The Attic" in ctl("windows", "list", "--compositor", "cellar", status=FAILED).stderr
