"""What compositord costs while nothing happens: wake-ups, memory, and the time from its start to READY, as ratios to the
limits that it is to keep: no wake-ups, 10 MiB without a client, 50 ms. The process is watched over some seconds with a
compositor connected and a page that looks on."""

import os
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from bed.daemon import command  # noqa: E402
from bed.program import resident_kib, switches  # noqa: E402
from conftest import Bed  # noqa: E402

SECONDS = 10
STARTS = 9
MOST_KIB = 10 * 1024
MOST_START = 0.050


def start(bed, compositor):
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


def main():
    bed = Bed(tempfile.mkdtemp(prefix="cbed-", dir="/tmp"))
    try:
        compositor = bed.compositor()
        took = statistics.median(start(bed, compositor) for _ in range(STARTS))
        print(f"start to READY: {took * 1000:.1f} ms, {took / MOST_START:.2f} of the limit")
        daemon = bed.daemon(compositor)
        kib = resident_kib(daemon.pid)
        print(f"memory without a client: {kib} KiB, {kib / MOST_KIB:.2f} of the limit")
        page = daemon.page().ready()
        time.sleep(2)
        before = switches(daemon.pid)
        time.sleep(SECONDS)
        print(f"wake-ups in {SECONDS} s with a compositor and a page: {switches(daemon.pid) - before} (limit 0)")
        page.close()
        daemon.pages.remove(page)
    finally:
        bed.end()


if __name__ == "__main__":
    main()
