"""Programs come and go, in order and by kill -9: pages stay or come back, and always learn the truth."""

import os
import random
import signal
import socket
import threading

import pytest

from bed.daemon import Companion, command, free_port
from bed.http import fetch
from bed.paths import SANITIZED
from bed.program import alive, processes_with
from bed.waiting import DEADLINE, eventually
from bed.world import differences


def test_a_companion_killed_with_9_is_started_again_and_the_page_is_up_to_date(bed):
    port = free_port()
    compositor = bed.compositor(companion=True, allow=False, port=port)
    companion = Companion(compositor)
    windows = bed.windows(compositor)
    windows.tell("burst", 5)
    page = companion.page().ready()
    for round_number in range(1, 3):
        pid = companion.pid
        os.kill(pid, signal.SIGKILL)
        page.wait_for_close()
        windows.open(100 + round_number, title=f"opened meanwhile {round_number}")
        companion.wait_for_successor(pid)
        page = eventually(lambda: connected(companion), "a connection to the new companion").ready()
        page.wait(lambda p: len(p.world.windows) == 5 + round_number)
        page.wait_until_same_as(compositor)
        assert compositor.state()["companion"]["restarts"] == round_number
    page.do("SetCamera", x=11)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 11)
    companion.close_pages()


def connected(companion):
    try:
        return companion.page()
    except OSError:
        return None


def test_when_the_compositor_is_killed_with_9_pages_stay_are_told_and_see_the_next_one(bed):
    first = bed.compositor(socket_name="wayland-bed")
    daemon = bed.daemon(first)
    windows = bed.windows(first)
    windows.tell("burst", 3)
    page = daemon.page().ready()
    page.wait(lambda p: len(p.world.windows) == 3)
    revision = page.world.revision

    bed.forget(windows)
    bed.forget(first)
    first.kill()
    windows.process.wait(DEADLINE)
    page.wait(lambda p: not p.world.compositor["connected"], "to be told that the compositor is gone")
    assert page.world.compositor["reason"]
    assert not page.world.windows and not page.world.cameras
    answer = page.ask("SetCamera", x=1)
    assert (answer["type"], answer["code"]) == ("Error", "disconnected")
    late = daemon.page()
    late.wait(lambda p: p.world.compositor and not p.world.compositor["connected"])

    second = bed.compositor(socket_name="wayland-bed")
    bed.windows(second).tell("burst", 7)
    for each in (page, late):
        each.wait(lambda p: p.world.compositor["connected"], "to be told that there is a compositor again")
        each.wait(lambda p: len(p.world.windows) == 7)
        each.wait_until_same_as(second)
    assert page.world.revision > revision
    page.do("SetCamera", x=5)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 5)
    assert not page.closed


def test_a_compositor_that_is_absent_at_the_start_is_found_when_it_comes(bed):
    daemon = bed.daemon(display="wayland-later")
    page = daemon.page()
    page.wait(lambda p: p.world.compositor, "a Snapshot")
    assert page.messages[0]["type"] == "Hello"
    assert not page.world.compositor["connected"] and page.world.compositor["reason"]
    compositor = bed.compositor(socket_name="wayland-later")
    page.ready()
    page.wait_until_same_as(compositor)


def test_a_compositor_that_comes_and_goes_ten_times_is_followed(bed):
    daemon = bed.daemon(display="wayland-flaky")
    page = daemon.page()
    for _ in range(10):
        compositor = bed.compositor(socket_name="wayland-flaky")
        page.wait(lambda p: p.world.compositor and p.world.compositor["connected"])
        page.wait_until_same_as(compositor)
        bed.forget(compositor)
        compositor.kill() if random.random() < 0.5 else compositor.stop()
        page.wait(lambda p: not p.world.compositor["connected"])


def test_a_compositor_without_the_extension_is_a_reason_not_a_crash(bed):
    compositor = bed.compositor(allow=False)
    page = bed.daemon(compositor, options=("--driver", "infinite_map")).page()
    page.wait(lambda p: p.world.compositor)
    assert not page.world.compositor["connected"]
    page.wait(lambda p: "infinite_map" in p.world.compositor.get("reason", ""), "a reason that names the protocol")
    assert "--driver foreign_toplevel" in page.world.compositor["reason"], "and another way"
    assert page.ask("Ping")["type"] == "Pong"


def test_a_compositor_that_hangs_delays_no_page_and_is_followed_when_it_goes_on(bed, compositor, daemon, page):
    windows = bed.windows(compositor)
    os.kill(compositor.pid, signal.SIGSTOP)
    try:
        for step in range(200):
            page.send({"type": "SetCamera", "id": step, "x": step})
        page.wait_for_message(type="Ack", id=199)
        assert daemon.page().ready().world.cameras == page.world.cameras
    finally:
        os.kill(compositor.pid, signal.SIGCONT)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 199)
    windows.open(1, title="after")
    page.wait(lambda p: p.world.windows)
    page.wait_until_same_as(compositor)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_a_second_and_clients_are_told(bed, compositor, number):
    daemon = bed.daemon(compositor)
    pages = [daemon.page().ready() for _ in range(20)]
    stalled = daemon.page()
    stalled.hold()
    pid = daemon.pid
    daemon.pages.clear()
    took = daemon.stop(number=number)
    bed.forget(daemon)
    assert took < 1
    for page in pages:
        assert page.wait_for_close() == 1001
        assert not page.failure
        page.abort()
    stalled.go_on()
    stalled.abort()
    assert not alive(pid)


def test_a_companion_and_clients_end_with_their_compositor(bed, companion):
    page = companion.page().ready()
    companion.compositor.ask("spawn", argv=["foot"])
    page.wait(lambda p: p.world.windows)
    took = companion.compositor.stop()
    assert took < 1
    assert page.wait_for_close() in (1001, 1006)
    eventually(lambda: not processes_with(bed.marker), "everything that the compositor started has ended", 5)


def test_a_companion_whose_compositor_is_killed_with_9_stays_until_the_next_one_brings_its_own(bed):
    port = free_port()
    first = bed.compositor(companion=True, allow=False, port=port, socket_name="wayland-again")
    companion = Companion(first)
    page = companion.page().ready()
    orphan = companion.pid
    bed.forget(first)
    first.kill()
    page.wait(lambda p: not p.world.compositor["connected"], "to be told that the compositor is gone")
    assert page.world.compositor["reason"]
    late = companion.page()
    late.wait(lambda p: p.world.compositor and not p.world.compositor["connected"])

    second = bed.compositor(companion=True, allow=False, port=port, socket_name="wayland-again")
    page.wait_for_close()
    eventually(lambda: not alive(orphan), "the old companion makes room")
    companion.close_pages()
    companion = Companion(second)
    bed.windows(second).open(1, title="here")
    page = companion.page().ready()
    page.wait(lambda p: p.world.windows)
    page.wait_until_same_as(second)
    companion.close_pages()


class NotifySocket:
    """What systemd would be told."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.settimeout(DEADLINE)
        self.lines = []

    def wait(self, prefix, after=0):
        """The first line from number after on that begins so."""
        while True:
            for line in self.lines[after:]:
                if line.startswith(prefix):
                    return line
            self.lines += self._socket.recv(65536).decode().splitlines()

    def close(self):
        self._socket.close()


@pytest.fixture
def notify(bed):
    made = NotifySocket(bed.directory)
    yield made
    made.close()


def test_systemd_is_told_when_it_is_ready_how_it_is_and_that_it_stops(bed, notify):
    daemon = bed.daemon(display="wayland-told", extra_env={"NOTIFY_SOCKET": notify.path})
    notify.wait("READY=1")
    waiting = notify.wait("STATUS=")
    assert "wayland-told" in waiting
    compositor = bed.compositor(socket_name="wayland-told")
    page = daemon.page().ready()
    page.wait_until_same_as(compositor)
    notify.wait("STATUS=", after=notify.lines.index(waiting) + 1)
    bed.forget(daemon)
    daemon.stop()
    notify.wait("STOPPING=1")
    assert notify.lines.count("READY=1") == 1


def test_the_watchdog_is_fed_while_it_works_and_not_when_it_hangs(bed, compositor, notify):
    daemon = bed.daemon(compositor, extra_env={"NOTIFY_SOCKET": notify.path, "WATCHDOG_USEC": "400000"})
    daemon.page().ready()
    for _ in range(4):
        notify.wait("WATCHDOG=1", after=len(notify.lines))


def test_pages_that_come_and_go_all_the_time_leave_nothing(bed, compositor, daemon):
    failures = []

    def visit():
        try:
            for _ in range(15):
                page = daemon.page().ready()
                if random.random() < 0.5:
                    page.abort()
                else:
                    page.close()
        except AssertionError as failure:
            failures.append(failure)

    windows = bed.windows(compositor)
    windows.tell("burst", 30)
    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    for step in range(100):
        windows.tell("title", step % 30 + 1, f"step {step}")
        compositor.ask("move_camera", output="HEADLESS-1", x=step)
    for visitor in visitors:
        visitor.join()
    assert not failures, failures[0]
    windows.sync()
    page = daemon.page().ready()
    state = page.wait_until_same_as(compositor)
    assert not differences(state, page.world)


def test_connections_that_never_finish_their_handshake_hurt_nobody(daemon, page):
    half_open = []
    for greeting in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 3000):
        for _ in range(5):
            connection = socket.create_connection(("127.0.0.1", daemon.port), timeout=DEADLINE)
            connection.sendall(greeting)
            half_open.append(connection)
    assert page.ask("Ping")["type"] == "Pong"
    assert daemon.page().ready()
    for connection in half_open:
        connection.close()


def bare(bed, folder):
    """compositord where a folder of the system is empty, as in a chroot."""
    script = f'mount -t tmpfs tmpfs {folder} && exec "$@"'
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", *command(0, "--no-bus")]
    return bed.run(*words, display="none")


@pytest.mark.skipif(SANITIZED, reason="the sanitizers need it")
def test_without_proc_it_serves(bed):
    daemon = bare(bed, "/proc")
    port = int(daemon.err.wait(r"listening on http://127.0.0.1:(\d+)/").group(1))
    assert fetch(port, "/health").status == 200


def test_without_random_numbers_it_says_what_it_lacks(bed):
    daemon = bare(bed, "/dev")
    bed.forget(daemon)
    assert daemon.process.wait(DEADLINE) == 1
    daemon.err.wait(r"there are no random numbers, which connections need \(/dev/urandom\): No such file")
