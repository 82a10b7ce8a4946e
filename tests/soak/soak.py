#!/usr/bin/env python3
"""24 hours in small: soak.py [MINUTES]. Windows, cameras, pages, tiles and sessions come and go, the compositor is started
again, the settings are read again. At the end compositord must hold what it held at the beginning, after a warm-up that fills
what is bounded: descriptors, what its loop waits for, threads, children; and memory, but for what an allocator strews."""

import collections
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from bed.bus import BusDaemon  # noqa: E402
from bed.http import fetch, metric  # noqa: E402
from bed.paths import COMPOSITORD  # noqa: E402
from bed.program import alive, descriptors  # noqa: E402
from bed.sessions import pipeline  # noqa: E402
from bed.waiting import eventually  # noqa: E402
from conftest import Bed  # noqa: E402

CTL = COMPOSITORD.parent / "compositorctl"
DIALECTS = ("compositord.v1.json", "compositord.v1.msgpack")
RESTARTS = 5  # the compositor is another one in each round of so many
RELOADS = 3
WARM_UP = 2 * RESTARTS  # rounds
# Where a tile was removed is remembered, of the last 65,536 cells (TileMap::kMostRemovals): the first round fills these few.
CELLS = [(x, y) for x in range(-8, 8) for y in range(-8, 8)]
# Growth that is no leak: what an allocator strews, which is less the longer it goes on. With the 150 messages of a round, a leak
# of 100 bytes for each would be more after a minute.
MOST_KIB = 512


class Soak:
    def __init__(self, bed, seed):
        self.bed = bed
        self.random = random.Random(seed)
        self.rounds = 0
        pipeline(bed, "say", ["echo", "{task}"])
        pipeline(bed, "wait", ["sleep", "1000"])
        self.settings = Path(bed.directory) / ".config/compositord/compositord.yaml"
        self.settings.write_text("log-level: info\n")
        bed._programs.append(BusDaemon(bed.env))
        self.compositor = bed.compositor()
        self.daemon = bed.daemon(self.compositor, options=("--no-notifications",))
        eventually(lambda: "known on the bus" in self.daemon.err.text(), "its name on the bus")
        self.connected()

    def connected(self):
        eventually(lambda: metric(self.daemon.port, "compositor_connected") == 1, "its compositor")

    # --- what happens in a round ---

    def round(self):
        pages = [self.daemon.page(subprotocols=(dialect,)).ready() for dialect in DIALECTS for _ in range(2)]
        shell = self.daemon.page(subprotocols=("geometry-os",), strict=False, reads_world=False)
        self.windows(pages[0])
        self.cameras(pages[0])
        self.tiles(pages[1])
        self.sessions(pages[0])
        self.questions()
        if self.rounds % RELOADS == 0:
            self.reload()
        if self.rounds % RESTARTS == 0:
            self.restart(pages[0])
        for page in (*pages, shell):
            page.abort() if self.random.random() < 0.3 else page.close()
            self.daemon.pages.remove(page)
        self.rounds += 1

    def windows(self, page):
        client = self.bed.windows(self.compositor)
        for number in range(1, 6):
            client.open(number, title=f"window {number} of round {self.rounds}")
        ours = page.wait(lambda p: len(p.world.windows) == 5 and list(p.world.windows), "five windows")
        for window in ours:
            page.do("Move", window=window, x=self.random.randrange(-900, 900), y=self.random.randrange(-900, 900))
        page.do("Focus", window=ours[0])
        page.do("Close", window=ours[1])
        client.event(event="close")
        if self.random.random() < 0.5:
            client.stop()
        else:
            client.kill()
        self.bed.forget(client)
        page.wait(lambda p: not p.world.windows, "no window")

    def cameras(self, page):
        for _ in range(10):
            x, y = self.random.randrange(-5000, 5000), self.random.randrange(-5000, 5000)
            page.do("SetCamera", x=x, y=y, duration=self.random.choice((0, 30)))
            self.compositor.ask("move_camera", output="HEADLESS-1", x=y, y=x)
        page.wait_until_same_as(self.compositor)

    def tiles(self, page):
        cells = set(self.random.sample(CELLS, 40)) if self.rounds else set(CELLS)
        for kind, members in (("PutTile", {"brick": f"brick{self.rounds}.png"}), ("RemoveTile", {})):
            start = page.count()
            for number, (x, y) in enumerate(cells):  # at once: each is answered when it is on the disk
                page.send({"type": kind, "id": f"{kind}{number}", "x": x, "y": y, **members})
            page.wait(lambda p: sum(m["type"] == "Ack" for m in p.messages[start:]) == len(cells), f"an answer to each {kind}")  # noqa: B023
        page.wait(lambda p: not p.world.tiles, "an empty map")

    def sessions(self, page):
        page.do("FollowSession")
        start = page.count()
        for kind, count in (("say", 3), ("wait", 1)):
            for number in range(count):
                page.send({"type": "SpawnSession", "id": f"{kind}{number}", "sessionType": kind, "task": f"round {self.rounds}"})
        begun = page.wait(lambda p: (found := {m["id"]: m["session"]["id"] for m in p.messages[start:] if m["type"] == "SessionSpawned"}) and len(found) == 4 and found, "four sessions")
        page.do("CancelSession", session=begun["wait0"])
        page.wait(lambda p: sum(m.get("event") == "task_ended" for m in p.messages[start:]) == 4, "the end of four sessions")
        for session in begun.values():
            page.do("ForgetSession", session=session)

    def questions(self):
        for path in ("/health", "/", "/api/v1/state", "/api/v1/windows", "/metrics", "/api/v1/tiles", "/nowhere"):
            fetch(self.daemon.port, path)
        for words in (("status",), ("cameras", "list"), ("sessions", "list", "--json")):
            subprocess.run([CTL, *words], env=self.bed.env, check=True, capture_output=True, timeout=60)
        watch = self.bed.run(str(CTL), "debug", "wayland")
        events = self.bed.run(str(CTL), "events", "--json")
        events.out.wait('"Snapshot"')
        for program in (watch, events):
            program.kill()
            self.bed.forget(program)

    def reload(self):
        level = "debug" if "info" in self.settings.read_text() else "info"
        self.settings.write_text(f"log-level: {level}\n")
        subprocess.run([CTL, "reload"], env=self.bed.env, check=True, capture_output=True, timeout=60)

    def restart(self, page):
        self.compositor.kill() if self.random.random() < 0.5 else self.compositor.stop()
        self.bed.forget(self.compositor)
        page.wait(lambda p: not p.world.compositor["connected"], "that it is gone")
        self.compositor = self.bed.compositor(socket_name=self.compositor.display)
        page.wait(lambda p: p.world.compositor["connected"] and p.world.cameras, "the next compositor")

    # --- what is held ---

    def held(self):
        pid = self.daemon.pid
        status = dict(re.findall(r"^(\w+):\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE))
        heap = sum(int(kib) for kib in re.findall(r"\[heap\]\n(?:.*\n)*?Rss: +(\d+) kB", Path(f"/proc/{pid}/smaps").read_text()))
        kinds = collections.Counter(re.sub(r"[:\d\[\]]+$", "", what) for what in descriptors(pid).values())
        return {
            "loop sources": int(metric(self.daemon.port, "loop_sources")),
            "descriptors": sum(kinds.values()),
            **{f"  {kind if len(kind) < 36 else '…' + kind[-34:]}": count for kind, count in kinds.items()},
            "threads": int(status["Threads"]),
            "children": sum(alive(child) for child in children(pid)),
            "memory, KiB": int(status["RssAnon"]),
            "heap, KiB": heap,
        }

    def settled(self, wanted=None):
        """As it is once what went has gone; the same twice, or, at the end, what is wanted."""
        seen = [self.held()]

        def done():
            seen.append(self.held())
            counts = [{name: count for name, count in each.items() if "KiB" not in name} for each in (*seen[-2:], wanted or {})]
            return counts[1] == (counts[2] if wanted else counts[0])

        with contextlib.suppress(AssertionError):
            eventually(done, "the same", deadline=10, every=0.5)
        return seen[-1]


def children(pid):
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def faults(begin, end):
    for name in sorted(begin.keys() | end.keys()):
        before, after = begin.get(name, 0), end.get(name, 0)
        if after > before + MOST_KIB if "KiB" in name else after != before:
            yield f"{name.strip()}: {before} at the beginning, {after} at the end"


def table(begin, end):
    rows = [("", "begin", "end"), *((name, begin.get(name, 0), end.get(name, 0)) for name in [*begin, *(end.keys() - begin.keys())])]
    return "\n".join(f"{name:<40}{before:>10}{after:>10}" for name, before, after in rows)


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(os.environ.get("SOAK_SEED", time.time()))
    print(f"SOAK_SEED={seed}", flush=True)
    bed = Bed(tempfile.mkdtemp(prefix="cbed-", dir="/tmp"))
    try:
        soak = Soak(bed, seed)
        start = time.monotonic()
        while soak.rounds < WARM_UP:
            soak.round()
        begin = soak.settled()
        warm = time.monotonic() - start
        print(f"warm after {soak.rounds} rounds, {warm:.0f} s", flush=True)
        tell = time.monotonic()
        while time.monotonic() - start < 60 * minutes or soak.rounds % RESTARTS:
            soak.round()
            if time.monotonic() - tell > 60:
                tell = time.monotonic()
                print(f"round {soak.rounds}: {json.dumps({k.strip(): v for k, v in soak.held().items() if '/' not in k})}", flush=True)
        end = soak.settled(begin)
        print(f"{soak.rounds} rounds in {time.monotonic() - start:.0f} s\n{table(begin, end)}")
        found = list(faults(begin, end))
    finally:
        bed.end()
    for each in found:
        print(f"soak: {each}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
