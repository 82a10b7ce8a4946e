"""compositorctl looks into a compositord that runs: its settings, what changes, and what goes over its connections."""

import json
import os
import pty
import re
import signal
import struct
import subprocess
import tarfile
import termios
import time
from fcntl import ioctl

import pytest

from bed.ctl import ABSENT, CANCELLED, CTL, DONE, FAILED, USAGE, Ctl, lines
from bed.http import fetch
from bed.program import descriptors
from bed.waiting import eventually


@pytest.fixture
def ctl(bed):
    return Ctl(bed.env)


@pytest.fixture
def settings(bed):
    folder = f"{bed.directory}/.config/compositord"
    os.makedirs(folder)
    return f"{folder}/compositord.yaml"


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def test_settings_are_checked_shown_and_read_again(bed, ctl, settings):
    write(settings, "log-level: info\nsessions-at-once: 2\n")
    assert ctl.json("config", "check") == [{"ok": True, "problems": []}]
    daemon = bed.daemon(display="none")
    assert {"name": "sessions-at-once", "values": ["2"], "where": f"{settings}:2"} in ctl.json("config", "show")
    assert f"log-level: info  # {settings}:1\n" in ctl("config", "show").stdout
    write(settings, "log-level: debug\nsessions-at-once: 3\n")
    assert ctl("reload").stdout == "sessions-at-once has changed, which needs a restart\n"
    write(settings, "log-level: loud\n")
    assert "log-level" in ctl("reload", status=FAILED).stderr
    assert ctl.json("reload", status=FAILED)[0]["problems"]
    assert "log-level" in ctl("config", "check", status=FAILED).stderr
    assert ctl.json("config", "check", status=FAILED)[0]["ok"] is False
    other = f"{bed.directory}/other.yaml"
    write(other, "port: 1\n")
    assert "port: 1" in ctl("config", "check", other).stdout
    assert "the settings stay as they were" in daemon.err.text()


@pytest.fixture
def daemon(bed, compositor):
    started = bed.daemon(compositor)
    eventually(lambda: "connected to the compositor" in started.err.text(), "its compositor")
    return started


def interrupt(program):
    os.kill(program.pid, signal.SIGINT)
    eventually(lambda: not program.running, "its end")
    assert program.process.returncode == CANCELLED
    program.out.join()


def test_events_are_messages_or_lines(bed, ctl, compositor, daemon):
    raw = bed.run(str(CTL), "events", "--json")
    plain = bed.run(str(CTL), "watch")  # where there is no terminal, the same
    tiles = bed.run(str(CTL), "events", "--kinds", "tiles")
    raw.out.wait('"Snapshot"')
    plain.out.wait("^camera ")
    tiles.out.wait("^compositor ")
    bed.windows(compositor).open(1, title="hello")
    raw.out.wait('"hello"')
    plain.out.wait(r'^window \d+ \S* "hello" at -?[\d.]+,-?[\d.]+ 200x120')
    ctl("tiles", "put", "1,2", "x.png")
    tiles.out.wait("^tile 1,2 x.png$")
    for program in (raw, plain, tiles):
        interrupt(program)
    assert {message["type"] for message in lines(raw.out.text())} >= {"Hello", "Snapshot", "WindowUpdate"}
    assert "window" not in tiles.out.text()


def size_terminal(terminal, rows, columns):
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def test_watch_draws_a_table_that_follows(bed, compositor, daemon):
    terminal, theirs = pty.openpty()
    size_terminal(terminal, 12, 60)
    watch = subprocess.Popen([CTL, "watch"], env={**bed.env, "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    seen = b""

    def until(words):
        nonlocal seen
        while words not in seen:
            seen += os.read(terminal, 65536)

    until(b"CAMERA")
    assert seen.startswith(b"\x1b[?1049h\x1b[?25l")
    client = bed.windows(compositor)
    client.open(1, title="a very long title of a window, longer than any terminal is wide " * 3)
    until(b"a very")
    pictures = seen.split(b"\x1b[H")
    for line in pictures[-1].split(b"\r\n"):
        shown = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", line).decode()
        assert len(shown) <= 60, shown
    seen = b""
    size_terminal(terminal, 3, 20)
    os.kill(watch.pid, signal.SIGWINCH)
    until(b"\x1b[J")
    picture = seen.split(b"\x1b[H")[-1]
    assert picture.count(b"\r\n") == 2
    os.kill(watch.pid, signal.SIGINT)
    until(b"\x1b[?25h\x1b[?1049l")
    assert watch.wait(60) == CANCELLED
    os.close(terminal)


def test_wayland_is_shown_from_a_live_daemon(bed, ctl, compositor, daemon):
    client = bed.windows(compositor)
    client.open(1, title="before")
    eventually(lambda: ctl.json("windows", "list"), "the window")
    baseline = len(descriptors(daemon.pid))
    look = bed.run(str(CTL), "debug", "wayland", "--json")
    only = bed.run(str(CTL), "debug", "wayland", "--interface", "infinite_map_window_v1")
    eventually(lambda: len(descriptors(daemon.pid)) > baseline + 2, "that it looks")

    def moved():
        ctl("cameras", "set", "--x", str(time.monotonic()))
        return "infinite_map_camera_v1" in look.out.text()

    eventually(moved, "messages of a camera")
    # An object that was there before has its name, and so has one that comes.
    window = ctl.json("windows", "list")[0]["id"]
    ctl("windows", "focus", window)
    only.out.wait(r"^\[ *\d+\.\d{3}\]  -> infinite_map_window_v1@\d+\.\w+\(")
    client.open(2, title="during")
    look.out.wait('"during"')
    messages = [each for each in lines(look.out.text()) if "message" in each]
    assert not [each for each in messages if each["interface"] is None]
    assert {each["direction"] for each in messages} == {"sent", "received"}
    assert all("infinite_map_window_v1@" in line for line in only.out.text().splitlines())
    assert "--count must be a whole number" in ctl("debug", "wayland", "--count", "some", status=USAGE).stderr
    for program in (look, only):
        interrupt(program)
    # Nothing is left of it, and nothing was lost.
    eventually(lambda: len(descriptors(daemon.pid)) <= baseline, f"descriptors back at {baseline}")
    ctl("cameras", "set", "--x", "-77")
    eventually(lambda: compositor.camera()["x"] == -77, "the camera there")
    client.open(3, title="after")
    eventually(lambda: len(ctl.json("windows", "list")) == 3, "the third window")


def test_nothing_is_lost_while_looking_begins_and_ends(bed, ctl, compositor, daemon):
    """Under load: cameras move all the time, looks come and go, and in the end both know the same."""
    page = daemon.page().ready()
    client = bed.windows(compositor)
    for number in range(1, 16):
        look = bed.run(str(CTL), "debug", "wayland", "--count", "3")
        client.open(number, title=f"window {number}")

        def move():
            for x in range(20):
                page.send({"type": "SetCamera", "x": number * 100 + x})
            return not look.running

        eventually(move, "three messages")
        assert look.process.returncode == DONE
    eventually(lambda: compositor.camera()["x"] == 1519, "the last place")
    eventually(lambda: len(ctl.json("windows", "list")) == 15, "all windows")
    assert "connection" not in daemon.err.text().partition("connected to the compositor")[2]


def test_looking_survives_the_compositor(bed, ctl, compositor, daemon):
    look = bed.run(str(CTL), "debug", "wayland")

    def seen():
        """What was said before it looked, it does not see."""
        ctl("cameras", "set", "--x", str(time.monotonic()))
        return "infinite_map_camera_v1" in look.out.text()

    eventually(seen, "what is said of cameras")
    compositor.kill()
    daemon.err.wait("waiting for it to come back")
    bed.forget(compositor)
    again = bed.compositor(socket_name=compositor.display)
    eventually(lambda: ctl.json("compositors")[0]["connected"], "the next compositor")
    start = len(look.out)
    ctl("cameras", "set", "--x", "9")
    look.out.wait("infinite_map_camera_v1", start=max(start - 5, 0))
    look.out.wait(r"wl_registry@\d+\.bind\(\d+, \"infinite_map_manager_v1\"")
    interrupt(look)
    assert again.running


def test_another_kind_of_compositor_says_why_there_is_nothing(bed, ctl):
    bed.daemon(display="none", options=["--driver", "sway"], extra_env={"SWAYSOCK": f"{bed.directory}/nobody.sock"})
    look = bed.run(str(CTL), "debug", "wayland")
    look.out.wait("by other means than Wayland")
    interrupt(look)


def test_traffic(bed, ctl, daemon):
    look = bed.run(str(CTL), "debug", "traffic")
    page = daemon.page().ready()
    look.out.wait(r"client \d+ is compositord\.v1\.json of ")
    page.send({"type": "Ping", "id": 7})
    look.out.wait(r"^\d\d:\d\d:\d\d\.\d{3} <- client \d+ Ping ")
    number = re.search(r"<- client (\d+) Ping", look.out.text()).group(1)
    one = bed.run(str(CTL), "debug", "traffic", "--json", "--client", number, "--type", "Pong", "--count", "1")
    one.out.wait('"event":"client"')
    page.send({"type": "Ping", "id": 8})
    eventually(lambda: not one.running, "its end")
    one.out.join()
    assert lines(one.out.text())[-1]["type"] == "Pong"
    interrupt(look)


SECRETS = {
    "token": "t0k3n-of-a-page-0123456789",
    "title": "my bank: 1234",
    "environment": "sk-environment-key",
    "address": "hunter2hunter2",
}


def test_a_report_has_no_secrets(bed, ctl, compositor, settings):
    tokens = f"{bed.directory}/tokens"
    write(tokens, f"{SECRETS['token']} view,inspect\n")
    os.chmod(tokens, 0o600)
    write(settings, f"token-file: {tokens}\nallow-origin: ['https://me:{SECRETS['address']}@example.org']\nallow-host: [{SECRETS['token']}]\n")
    ctl.env = {**bed.env, "LM_STUDIO_API_KEY": SECRETS["environment"], "LANG": "C.UTF-8", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
    daemon = bed.daemon(compositor)
    client = bed.windows(compositor)
    client.open(1, title=SECRETS["title"])
    eventually(lambda: ctl.json("windows", "list"), "the window")
    path = f"{bed.directory}/report.tar.gz"
    assert ctl("debug", "report", "--output", path).stdout == f"{path}\n"
    assert os.stat(path).st_mode & 0o777 == 0o600
    with tarfile.open(path) as archive:
        contents = {os.path.basename(each.name): archive.extractfile(each).read().decode() for each in archive.getmembers()}
    assert set(contents) >= {"version.txt", "environment.txt", "journal.txt", "settings.json", "status.json", "cameras.json", "windows.json", "metrics.txt", "wayland.txt"}
    for name, text in contents.items():
        for secret in SECRETS.values():
            assert secret not in text, name
        assert bed.directory not in text, name
    assert f'"pid":{daemon.pid}' in contents["status.json"] and json.loads(contents["status.json"])
    assert "token-file" in contents["settings.json"] and "(left out)" in contents["settings.json"]
    assert "infinite_map_camera_v1@" in contents["wayland.txt"], contents["wayland.txt"]
    assert "LANG=C.UTF-8" in contents["environment.txt"]
    assert "appId" in contents["windows.json"]
    assert "cannot write" in ctl("debug", "report", "--output", path, status=FAILED).stderr  # nothing is overwritten


def test_a_report_where_nothing_runs(bed, ctl):
    path = f"{bed.directory}/report.tar.gz"
    said = ctl.json("debug", "report", "--output", path)[0]
    assert said["file"] == path and "status.json" in said["contents"]
    with tarfile.open(path) as archive:
        (status,) = [archive.extractfile(each).read().decode() for each in archive.getmembers() if each.name.endswith("status.json")]
    assert "nothing answers" in status
    assert ctl("events", status=ABSENT).stderr


def test_wayland_needs_the_grant(bed, daemon):
    assert fetch(daemon.port, "/api/v1/wayland").status == 403
