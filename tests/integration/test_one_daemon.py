"""There is one daemon per compositor, and whoever comes second is told about the first."""

import os
import signal
import subprocess
from pathlib import Path

from bed.daemon import Companion, free_port
from bed.paths import COMPOSITORD
from bed.program import alive
from bed.waiting import eventually


def second(bed, display, *options):
    words = [COMPOSITORD, "--orchestrator-port", "0", *options]
    return subprocess.run(words, env={**bed.env, "WAYLAND_DISPLAY": display}, capture_output=True, text=True, timeout=60, check=False)


def locks(bed):
    return sorted(path.name for path in Path(bed.directory).glob("compositord-*.lock"))


def test_a_second_one_names_the_first_and_ends(bed, compositor, daemon):
    for display in (compositor.display, f"{bed.directory}/{compositor.display}"):
        ended = second(bed, display, "--port", "0")
        assert ended.returncode == 3
        assert ended.stderr == (
            f"compositord: error: compositord: the compositor {display} is followed already by compositord (pid {daemon.pid}): "
            f"end that one first (kill {daemon.pid}, or systemctl --user stop compositord), or set WAYLAND_DISPLAY to another "
            "compositor\n"
        )
    assert locks(bed) == [f"compositord-{compositor.display}.lock"]
    daemon.stop()
    bed.forget(daemon)
    assert not locks(bed)


def test_who_was_killed_holds_no_lock(bed, compositor):
    first = bed.daemon(compositor)
    first.kill()
    bed.forget(first)
    bed.daemon(compositor).page().ready()


def test_one_of_another_compositor_is_no_matter_but_its_port_is(bed, compositor, daemon):
    ended = second(bed, "another", "--port", str(daemon.port))
    assert ended.returncode == 1
    assert f"port {daemon.port} is taken by compositord (pid {daemon.pid})" in ended.stderr


def test_the_companion_takes_over_from_one_that_the_session_started(bed):
    port = free_port()
    early = bed.daemon(display="wayland-both", port=port)
    compositor = bed.compositor(companion=True, allow=False, port=port, socket_name="wayland-both")
    companion = Companion(compositor)
    bed.forget(early)
    assert early.process.wait(20) == 0
    compositor.err.wait(rf"wayland-both is followed already by compositord \(pid {early.pid}\), which was asked to leave")
    companion.page().ready()
    pid = companion.pid
    ended = second(bed, "wayland-both", "--port", "0")
    assert ended.returncode == 3
    assert f"compositord (pid {pid})" in ended.stderr and "the compositor itself started that one" in ended.stderr
    assert alive(pid)
    companion.close_pages()


def test_a_companion_that_died_leaves_no_lock_to_its_successor(companion):
    pid = companion.pid
    os.kill(pid, signal.SIGKILL)
    successor = companion.wait_for_successor(pid)
    eventually(lambda: successor == companion.pid, "the successor stays")
    companion.compositor.err.wait("listening on", start=0)
