"""What a hundred sessions with a thousand chunks a second in all do to the camera stream: from a commit of the compositor to
its write, as compositord counts it, beside the same without sessions. Turns are interleaved, since the machine is shared."""

import re
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from bed.sessions import pipeline  # noqa: E402
from conftest import Bed  # noqa: E402

SESSIONS = 100
TURNS = 4
SECONDS = 4
CHATTER = '$| = 1; select(undef, undef, undef, 0.05) until -e $ARGV[0]; for (1..$ARGV[1]) { print "line $_\\n"; select(undef, undef, undef, 0.1) }'


def buckets(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        found = re.findall(r'commit_to_write_seconds_bucket\{le="([^"]+)"\} (\d+)', answer.read().decode())
    assert found, "compositord does not count the time from commits to writes"
    return [(float(bound.replace("+Inf", "inf")), int(count)) for bound, count in found]


def quantile(before, after, share):
    """In microseconds, linear within a bucket."""
    told = [(bound, count - old) for (bound, count), (_, old) in zip(after, before)]
    wanted = share * told[-1][1]
    low, below = 0.0, 0
    for bound, count in told:
        if count >= wanted:
            return 1e6 * (low + (min(bound, 2 * low or bound) - low) * (wanted - below) / max(1, count - below))
        low, below = bound, count
    raise AssertionError("no commits")


def move(compositor, seconds):
    """The camera moves in each frame."""
    end = time.monotonic() + seconds
    side = 1
    while time.monotonic() < end:
        compositor.ask("move_camera", output="HEADLESS-1", x=500 * side, y=0, duration=900)
        side = -side
        time.sleep(0.9)


def main():
    bed = Bed(tempfile.mkdtemp(prefix="cbed-", dir="/tmp"))
    try:
        pipeline(bed, "chatter", ["perl", "-e", CHATTER, "{gate}", str(10 * (SECONDS + 1))], parameters={"gate": {"description": "to wait for"}})
        compositor = bed.compositor()
        daemon = bed.daemon(compositor, options=("--sessions-at-once", str(SESSIONS), "--no-notifications"))
        page = daemon.page().ready()
        page.do("FollowSession")
        results = {"alone": [], "beside": []}
        for turn in range(TURNS):
            before = buckets(daemon.port)
            move(compositor, SECONDS)
            results["alone"].append([quantile(before, buckets(daemon.port), share) for share in (0.5, 0.95)])

            gate = Path(bed.directory) / f"gate{turn}"
            start = page.count()
            for _ in range(SESSIONS):
                page.send({"type": "SpawnSession", "sessionType": "chatter", "task": "x", "parameters": {"gate": str(gate)}})
            begun = lambda p, kind, at: sum(m["type"] == "SessionEvent" and m["event"] == kind for m in p.messages[at:])
            while begun(page, "step_started", start) < SESSIONS:
                time.sleep(0.1)
            gate.touch()
            time.sleep(0.3)
            chunks, since = begun(page, "output", start), time.monotonic()
            before = buckets(daemon.port)
            move(compositor, SECONDS)
            results["beside"].append([quantile(before, buckets(daemon.port), share) for share in (0.5, 0.95)])
            rate = (begun(page, "output", start) - chunks) / (time.monotonic() - since)
            while begun(page, "task_ended", start) < SESSIONS:
                time.sleep(0.1)
        alone, beside = ([statistics.median(column) for column in zip(*results[name])] for name in ("alone", "beside"))
        print(f"camera, from commit to write: p50 {alone[0]:.0f} us, p95 {alone[1]:.0f} us; beside {SESSIONS} sessions with {rate:.0f} chunks/s "
              f"p50 {beside[0]:.0f} us, p95 {beside[1]:.0f} us: ratios {beside[0] / alone[0]:.2f} and {beside[1] / alone[1]:.2f}")
        daemon.close_pages()
    finally:
        bed.end()


main()
