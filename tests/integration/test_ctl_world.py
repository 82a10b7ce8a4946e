"""compositorctl and what there is on the map: over the bus, and over the socket where there is no bus."""

import json
import os
import re
import stat

import pytest

from bed.bus import BusDaemon
from bed.ctl import ABSENT, FAILED, USAGE, Ctl
from bed.http import fetch
from bed.waiting import eventually


@pytest.fixture(params=["bus", "socket"])
def ctl(request, bed):
    """By either way; what is to be the same is tested by both."""
    if request.param == "bus":
        bus = BusDaemon(bed.env)
        bed._programs.append(bus)
    return Ctl(bed.env)


@pytest.fixture
def daemon(bed, ctl, compositor):
    started = bed.daemon(compositor)
    eventually(lambda: "connected to the compositor" in started.err.text(), "its compositor")
    if os.path.exists(f"{bed.directory}/bus"):
        eventually(lambda: "known on the bus" in started.err.text(), "its name on the bus")
    return started


@pytest.fixture
def window(bed, compositor, daemon, ctl):
    client = bed.windows(compositor)
    client.open(1, title="a \x1b[31mred\x07 title")
    eventually(lambda: ctl.json("windows", "list"), "the window")
    return client


def test_status(bed, ctl, daemon):
    (status,) = ctl.json("status")
    assert status["pid"] == daemon.pid and status["compositors"][0]["connected"] and status["sessions"] == {"queued": 0, "running": 0}
    assert f"unix:{bed.directory}/compositord/ctl.sock" in status["listening"][-1]
    (compositor,) = ctl.json("compositors")
    assert compositor["driver"] == "infinite_map" and "windows" in " ".join(compositor["capabilities"]) or compositor["capabilities"]
    text = ctl("status").stdout
    way = "bus" if os.path.exists(f"{bed.directory}/bus") else f"unix:{bed.directory}/compositord/ctl.sock"
    assert re.search(rf"^compositord +\S+, process {daemon.pid}, since .*, reached by {way}$", text, re.MULTILINE), text
    assert "\x1b" not in text
    assert re.search(r"infinite_map +yes", ctl("compositors").stdout)


def test_cameras(ctl, daemon, compositor):
    (camera,) = ctl.json("cameras", "list")
    ctl("cameras", "set", "--x", "-12.5", "--y=40", "--zoom", "0.5")
    eventually(lambda: ctl("cameras", "get").stdout == "-12.5 40 0.5\n", "the camera there")
    live = compositor.camera()
    assert (live["x"], live["y"], live["zoom"]) == (-12.5, 40, 0.5)
    ctl("cameras", "animate", camera["name"], "--x", "100", "--duration", "50")
    eventually(lambda: compositor.camera()["x"] == 100, "the camera at its target")
    assert re.search(rf"^{camera['name']} +100 +40 +0.5 +\d+x\d+ +at rest$", ctl("cameras", "list").stdout, re.MULTILINE)
    ctl("cameras", "stop")
    assert "there is no camera x" in ctl("cameras", "get", "x", status=FAILED).stderr
    assert "camera" in ctl("cameras", "set", "x", "--x=1", status=FAILED).stderr
    assert "--x must be a number, not far" in ctl("cameras", "set", "--x", "far", status=USAGE).stderr
    assert "at least one of" in ctl("cameras", "set", status=USAGE).stderr


def test_windows(ctl, window, compositor):
    (listed,) = ctl.json("windows", "list")
    number = listed["id"]
    row = ctl("windows", "list").stdout.splitlines()[1]
    assert "a  [31mred  title" in row and "\x1b" not in row and row.startswith(str(number))
    ctl("windows", "focus", number)
    eventually(lambda: "activated" in ctl.json("windows", "list")[0]["states"], "the focus")
    assert ctl.json("windows", "show", "active")[0]["id"] == number
    ctl("windows", "move", "active", "-300", "20.5")
    eventually(lambda: (ctl.json("windows", "show", number)[0]["x"], ctl.json("windows", "show", number)[0]["y"]) == (-300, 20.5), "the place")
    ctl("windows", "resize", number, "400", "250")
    eventually(lambda: ctl.json("windows", "show", number)[0]["width"] == 400, "the size")
    ctl("windows", "fullscreen", number)
    eventually(lambda: "fullscreen" in ctl.json("windows", "show", number)[0]["states"], "the whole output")
    ctl("windows", "fullscreen", number, "--off")
    eventually(lambda: "fullscreen" not in ctl.json("windows", "show", number)[0]["states"], "its old size")
    ctl("windows", "center", number, "--duration", "0")
    assert "title: a  [31mred  title" in ctl("windows", "show", number).stdout
    assert "there is no window 4242" in ctl("windows", "show", "4242", status=FAILED).stderr
    assert ctl("windows", "focus", "4242", status=FAILED).stderr
    assert "a window must be a whole number, not x" in ctl("windows", "focus", "x", status=USAGE).stderr
    assert ctl.json("windows", "close", number)[0]["type"] == "Ack"
    window.event(event="close", id=1)


def test_tiles(bed, ctl, daemon):
    assert ctl.json("tiles", "put", "3,-4", "grass.png")[0]["type"] == "Ack"
    ctl("tiles", "put", "-1,0", "sand.png")
    assert [list(each) for each in ctl.json("tiles", "list")] == [["-1,0"], ["3,-4"]] or len(ctl.json("tiles", "list")) == 2
    (one,) = ctl.json("tiles", "list", "--rect", "0,-9,9,0")
    assert one["3,-4"]["brick"] == "grass.png"
    ctl("tiles", "export", f"{bed.directory}/map.json")
    saved = json.loads(open(f"{bed.directory}/map.json", encoding="utf-8").read())
    assert {cell: tile["brick"] for cell, tile in saved.items()} == {"3,-4": "grass.png", "-1,0": "sand.png"}
    assert json.loads(ctl("tiles", "export").stdout) == saved
    ctl("tiles", "remove", "3,-4")
    assert re.fullmatch(r"CELL +BRICK +TIMESTAMP\n-1,0 +sand.png +\d+\.\d{3}\n", ctl("tiles", "list").stdout)
    many = {f"{x},{y}": {"brick": f"brick{x}.png"} for x in range(40) for y in range(10)}
    wrong = {**many, "here": {"brick": "x.png"}, "0,99": {"brick": "a/b.png"}}
    with open(f"{bed.directory}/many.json", "w", encoding="utf-8") as file:
        json.dump(wrong, file)
    done = ctl("tiles", "import", f"{bed.directory}/many.json", status=FAILED)
    assert done.stdout == "400 tiles are on the map\n" and "here: no tile" in done.stderr and "0,99: brick must be" in done.stderr
    assert len(ctl.json("tiles", "list")) == 401
    assert "a cell is written X,Y" in ctl("tiles", "put", "3", "x.png", status=USAGE).stderr
    assert "cannot read" in ctl("tiles", "import", "/nowhere", status=FAILED).stderr


def test_sessions_need_no_bus(bed, ctl):
    folder = f"{bed.directory}/pipelines"
    os.mkdir(folder)
    with open(f"{folder}/greet.json", "w", encoding="utf-8") as file:
        json.dump({"parameters": {"name": {}}, "steps": [{"name": "greet", "command": ["echo", "Hello, {name}"]}]}, file)
    daemon = bed.daemon(display="none", options=["--pipelines", folder])
    if os.path.exists(f"{bed.directory}/bus"):
        eventually(lambda: "known on the bus" in daemon.err.text(), "its name on the bus")
    assert ctl("sessions", "spawn", "greet", "--parameter", "name=Ada").stdout == "Hello, Ada\n"
    (session,) = ctl.json("sessions", "list")
    assert session["state"] == "completed"
    ctl("sessions", "forget", session["id"])
    assert ctl("sessions", "list").stdout == ""


def test_the_control_socket_is_for_its_owner(bed):
    ctl = Ctl(bed.env)
    path = f"{bed.directory}/compositord/ctl.sock"
    said = ctl("status", status=ABSENT).stderr
    assert f"nothing answers at {path}" in said and "systemctl --user start compositord" in said
    first = bed.daemon(display="none")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600 and stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    second = bed.daemon(display="none")
    second.err.wait("compositorctl does not reach this without the bus")
    assert ctl.json("status")[0]["pid"] == first.pid  # it was not taken away
    second.stop()
    bed.forget(second)
    first.kill()
    bed.forget(first)
    assert os.path.exists(path)
    third = bed.daemon(display="none")  # what is dead is replaced
    assert ctl.json("status")[0]["pid"] == third.pid
    other = bed.daemon(display="none", options=["--control-socket", f"{bed.directory}/other.sock"])
    assert ctl.json("status", "--socket", f"{bed.directory}/other.sock")[0]["pid"] == other.pid
    other.stop()
    bed.forget(other)
    assert not os.path.exists(f"{bed.directory}/other.sock")


def test_what_is_only_for_the_owner_is_refused_elsewhere(bed):
    daemon = bed.daemon(display="none")
    assert fetch(daemon.port, "/api/v1/config").status == 403
    assert fetch(daemon.port, "/api/v1/reload", "POST", Content_Length=0).status == 403
    assert fetch(daemon.port, "/api/v1/traffic").status == 403
    assert fetch(daemon.port, "/api/v1/status").status == 200
    path = f"{bed.directory}/compositord/ctl.sock"
    assert fetch(0, "/api/v1/config", unix=path).status == 200


@pytest.mark.parametrize(
    "words, said",
    [
        (("windwos", "list"), "there is no command windwos; windows is one"),
        (("windows", "focsu", "1"), "there is no command windows focsu; windows focus is one"),
        (("windows",), "windows needs one of list, show, focus"),
        (("cameras", "set", "--zom=2"), "--zom is no option of this command; --zoom is one"),
        (("windows", "list", "--json=x"), "--json has no value"),
    ],
)
def test_what_is_misspelt_is_guessed(bed, words, said):
    assert said in Ctl(bed.env)(*words, status=USAGE).stderr
