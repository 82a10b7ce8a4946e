"""`./dev run`, as a newcomer types it: a page with real windows, and nothing left after Ctrl-C."""

import http.client
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from bed.daemon import free_port
from bed.page import Page
from bed.paths import ROOT
from bed.program import Lines, assert_none_left


@pytest.fixture
def run(bed, tmp_path):
    started = []

    def start(*words):
        process = subprocess.Popen(
            [ROOT / "dev", "run", *words],
            env={**os.environ, "XDG_RUNTIME_DIR": bed.directory, "XDG_STATE_HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a process group of its own, for Ctrl-C
        )
        started.append(process)
        return process, Lines(process.stdout)

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.skipif("BED_SANITIZED" in os.environ, reason="runs the ordinary build")
def test_dev_run_shows_real_windows_and_ctrl_c_ends_all_of_it(bed, run):
    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        process, lines = run("--port", str(port))
        lines.wait(rf"Port {port} is taken", deadline=200)
        used = int(lines.wait(r"The map is at  http://127\.0\.0\.1:(\d+)/", deadline=60).group(1))
    assert used > port

    connection = http.client.HTTPConnection("127.0.0.1", used, timeout=20)
    connection.request("GET", "/")
    assert b"<canvas" in connection.getresponse().read()
    connection.close()
    page = Page(used).ready()
    page.wait(lambda p: len(p.world.windows) == 3, "three windows")
    assert {w["appId"] for w in page.world.windows.values()} == {"foot", "org.freedesktop.weston.flower"}

    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(20) == 0
    assert page.wait_for_close() in (1001, 1006)
    page.abort()
    assert_none_left(bed.marker)
    # ccache, where it is installed, works in the runtime directory while something is built.
    left = [p for p in Path(bed.directory).rglob("*") if not p.is_dir() and p.parent.name != "ccache-tmp"]
    assert left == [], "nor a socket"


@pytest.mark.parametrize(
    "words, complaint",
    [(["--port", "banana"], "banana"), (["--port"], "--port"), (["--bogus", "1"], "--bogus"), (["--port", "70000"], "70000")],
)
def test_a_wrong_option_of_dev_run_is_named(run, words, complaint):
    process, lines = run(*words)
    assert process.wait(20) != 0
    lines.wait(lambda line: complaint in line, "the complaint")
