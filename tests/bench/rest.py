"""What compositord costs while nothing happens: wake-ups, memory, and the time from its start until it is ready. Beside each
figure stands that of a peer on the same machine, in the same minutes: mako, which also is a client of a compositor and a service
on the user's bus, but serves no pages. The limits: no wake-ups, and in memory and time what the factors below allow."""

import contextlib
import os
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from bed.bus import BusClient, BusDaemon  # noqa: E402
from bed.daemon import command  # noqa: E402
from bed.program import kib, switches  # noqa: E402
from bed.waiting import eventually  # noqa: E402
from conftest import Bed  # noqa: E402

SECONDS = 10
STARTS = 9
MOST_MEMORY = 2.5  # times the peer's
MOST_TIME = 3.0
PEER_NAME = "org.freedesktop.Notifications"


def start_ours(bed, compositor):
    """Seconds from the start of the process to READY=1, as a service manager would see it."""
    path = f"{bed.directory}/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        notify.settimeout(20)
        begin = time.monotonic()
        started = bed.run("env", f"NOTIFY_SOCKET={path}", *command(), display=compositor.display)
        while b"READY=1" not in notify.recv(4096):
            pass
        took = time.monotonic() - begin
    os.unlink(path)
    started.stop()
    bed.forget(started)
    return took


def start_peer(bed, compositor, bus):
    """The same until it has its name; and the program."""
    with contextlib.closing(BusClient(bus)) as client:
        begin = time.monotonic()
        started = bed.run("mako", display=compositor.display)
        client.wait_for_name(PEER_NAME)
        return time.monotonic() - begin, started


def end(bed, program):
    program.process.terminate()
    program.process.wait(20)
    bed.forget(program)


def wakeups(pid):
    """In SECONDS; once what was just done has had its consequences."""
    time.sleep(2)
    before = switches(pid)
    time.sleep(SECONDS)
    return switches(pid) - before


def line(what, ours, peers, unit, most):
    ratio = ours / peers
    print(f"{what}: {ours:.1f} {unit}, mako {peers:.1f} {unit}, ratio {ratio:.2f} (at most {most})", flush=True)
    return ratio <= most


def main():
    bed = Bed(tempfile.mkdtemp(prefix="cbed-", dir="/tmp"))
    try:
        bus = BusDaemon(bed.env)
        bed._programs.append(bus)
        compositor = bed.compositor()
        ours, peers = [], []
        for _ in range(STARTS):  # by turns: the machine is shared
            ours.append(start_ours(bed, compositor))
            took, peer = start_peer(bed, compositor, bus)
            peers.append(took)
            end(bed, peer)
        good = line("start until ready, median", 1e3 * statistics.median(ours), 1e3 * statistics.median(peers), "ms", MOST_TIME)

        daemon = bed.daemon(compositor)
        eventually(lambda: "known on the bus" in daemon.err.text(), "its name on the bus")
        _, peer = start_peer(bed, compositor, bus)
        good &= line("memory without a client", kib(daemon.pid, "VmRSS"), kib(peer.pid, "VmRSS"), "KiB", MOST_MEMORY)
        good &= line("of that not shared with files", kib(daemon.pid, "RssAnon"), kib(peer.pid, "RssAnon"), "KiB", MOST_MEMORY)
        page = daemon.page().ready()
        woken, peers_woken = wakeups(daemon.pid), wakeups(peer.pid)
        print(f"wake-ups in {SECONDS} s with a compositor, a bus and a page: {woken}, mako {peers_woken} (at most 0)")
        page.close()
        daemon.pages.remove(page)
        end(bed, peer)
        return 0 if good and woken == 0 else 1
    finally:
        bed.end()


if __name__ == "__main__":
    sys.exit(main())
