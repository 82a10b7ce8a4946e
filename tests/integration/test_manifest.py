"""manifest.json under kill -9, full disks, and other programs: nothing that was acknowledged is lost, and whoever
reads the file at whatever moment gets valid JSON."""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from bed.paths import ROOT
from bed.waiting import eventually

WRITER = Path(os.environ.get("MANIFEST_WRITER", ROOT / "build/tests/unit/manifest_writer"))
KILLS = int(os.environ.get("MANIFEST_KILLS", "50"))


def writer(path, staleness=1, seed=0):
    return subprocess.Popen(
        [WRITER, path, str(staleness), str(seed)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )


@contextlib.contextmanager
def ended(process):
    """Whatever becomes of the test, the process does not outlive it."""
    try:
        yield
    finally:
        process.kill()


def apply(acknowledged, output):
    """The newest acknowledged brick of each cell. A line that was cut was not told to anybody."""
    for line in output.decode().split("\n")[:-1]:
        x, y, brick = line.split(" ")
        acknowledged[f"{x},{y}"] = brick


def number(brick):
    """The order of a writer's puts."""
    return int(re.fullmatch(r"\d+-(\d+)\.png", brick)[1])


class Reader(threading.Thread):
    """Fetches the file all the time, as a page that polls does."""

    def __init__(self, path):
        super().__init__()
        self.path, self.reads, self.problem, self.ending = path, 0, None, threading.Event()

    def run(self):
        while not self.ending.is_set():
            try:
                text = self.path.read_bytes()
            except FileNotFoundError:
                continue  # before the first one is written
            try:
                json.loads(text)
                self.reads += 1
            except ValueError as error:
                self.problem = f"{error} in {text[:200]!r}…{text[-200:]!r}"
                return

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join()
        assert self.problem is None
        assert self.reads > 0


@pytest.mark.timeout(240 + KILLS)
def test_kill_at_any_moment_loses_nothing_that_was_acknowledged(tmp_path):
    path = tmp_path / "manifest.json"
    acknowledged = {}
    randomly = random.Random(1)
    total = 0
    with Reader(path):
        for seed in range(KILLS):
            # The staleness decides how often whole files are written meanwhile.
            process = writer(path, staleness=randomly.choice([0, 1, 5, 1000]), seed=seed)
            output = process.stdout.readline()
            timer = threading.Timer(randomly.random() * 0.03, process.kill)
            timer.start()
            rest, problems = process.communicate(timeout=60)
            timer.join()
            assert process.returncode == -signal.SIGKILL, problems
            output += rest
            total += output.count(b"\n")
            # A put that was not acknowledged may have come in all the same: only then is it another one.
            now = {}
            apply(now, output)
            acknowledged.update(now)
            check(path, acknowledged, process.pid, seed % 10 == 9 or seed == KILLS - 1)
    assert total > KILLS
    print(f"{KILLS} kills, {total} acknowledged puts")


def check(path, acknowledged, pid, whole):
    """Replays file and journal as the program does; sometimes lets the program itself do it."""
    if whole:
        process = writer(path, staleness=3600000)
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest, problems = process.communicate(timeout=60)
        assert process.returncode == 0, problems
        journal = path.with_name("manifest.json.journal")
        assert journal.read_bytes() == b""
        newest = process.pid
    else:
        newest = None
    state = {}
    if path.exists():
        for cell, entry in json.loads(path.read_bytes()).items():
            state[cell] = (round(entry["timestamp"] * 1e6), entry["brick"])
    for line in path.with_name("manifest.json.journal").read_text().split("\n")[:-1]:
        _, verb, x, y, when, brick = line.split(" ")
        assert verb == "put"
        state[f"{x},{y}"] = max(state.get(f"{x},{y}", (0, "")), (int(when), brick))
    for cell, brick in list(acknowledged.items()):
        assert cell in state, f"{brick} at {cell} is lost"
        found = state[cell][1]
        if found == brick:
            continue
        # Only a later put of the last writer, or of the one that has just looked, may be in its place.
        owner, expected = found.split("-")[0], brick.split("-")[0]
        assert owner in (str(pid), str(newest)) and (owner != expected or number(found) > number(brick)), (
            f"{found} is at {cell} instead of {brick}"
        )
        acknowledged[cell] = found


def test_a_second_writer_is_told_who_has_the_manifest(tmp_path):
    path = tmp_path / "manifest.json"
    first = writer(path)
    first.stdout.readline()
    second = writer(path)
    _, problem = second.communicate(timeout=20)
    assert second.returncode == 1
    assert f"manifest_writer (process {first.pid})" in problem.decode()
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=20)
    assert first.returncode == 0


def test_edits_by_scripts_and_editors_meet_a_busy_writer(tmp_path):
    path = tmp_path / "manifest.json"
    with subprocess.Popen([WRITER, path, "1", "0"], stdout=subprocess.DEVNULL) as process, ended(process), Reader(path):
        eventually(path.exists, "the first manifest")
        for i in range(40):
            # jq … > tmp && mv tmp manifest.json
            tiles = json.loads(path.read_bytes())
            tiles[f"{1000 + i},0"] = {"brick": f"script-{i}.png", "timestamp": time.time()}
            temporary = tmp_path / "tmp"
            temporary.write_text(json.dumps(tiles))
            temporary.rename(path)
        # Each version of the script keeps what was in the file, and the writer merges what comes: none is lost.
        wanted = {f"{1000 + i},0" for i in range(40)}
        eventually(lambda: wanted <= json.loads(path.read_bytes()).keys(), "all edits of the script")
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert wanted <= json.loads(path.read_bytes()).keys()


NAMESPACE = shutil.which("unshare") and os.geteuid() == 0
in_a_namespace = pytest.mark.skipif(not NAMESPACE, reason="needs root and unshare for a private mount")


@in_a_namespace
def test_a_full_disk_loses_nothing_and_is_recovered_from(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    # In a mount namespace of its own: fill the disk, see the program go on, make room, see it written.
    script = f"""
set -e
trap 'kill -KILL $pid 2>/dev/null || true' EXIT
mount -t tmpfs -o size=1m tmpfs {folder}
{WRITER} {folder}/manifest.json 1 0 >{tmp_path}/out 2>{tmp_path}/err &
pid=$!
until grep -q . {tmp_path}/out; do sleep 0.01; done
dd if=/dev/zero of={folder}/filler bs=4k 2>/dev/null || true
until grep -q 'No space left' {tmp_path}/err; do sleep 0.01; done
cp {folder}/manifest.json {tmp_path}/while-full.json || true
rm {folder}/filler
size=$(stat -c %s {tmp_path}/out)
until [ $(stat -c %s {tmp_path}/out) -gt $size ]; do sleep 0.01; done
kill -TERM $pid
wait $pid
cp {folder}/manifest.json {tmp_path}/after.json
"""
    subprocess.run(["unshare", "-m", "--propagation", "private", "timeout", "60", "bash", "-c", script], check=True)
    acknowledged = {}
    apply(acknowledged, (tmp_path / "out").read_bytes())
    after = json.loads((tmp_path / "after.json").read_bytes())
    for cell, brick in acknowledged.items():
        assert cell in after
        assert number(after[cell]["brick"]) >= number(brick)
    assert "make room on that disk" in (tmp_path / "err").read_text()
    json.loads((tmp_path / "while-full.json").read_bytes())


@in_a_namespace
def test_a_read_only_folder_is_served_from_memory_and_written_when_it_can_be(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"1,1": {"brick": "kept.png", "timestamp": 5}}')
    script = f"""
set -e
trap 'kill -KILL $pid 2>/dev/null || true' EXIT
mount --bind {folder} {folder}
mount -o remount,ro,bind {folder}
{WRITER} {folder}/manifest.json 1 0 >{tmp_path}/out 2>{tmp_path}/err &
pid=$!
until grep -q 'make the folder writable' {tmp_path}/err; do sleep 0.01; done
mount -o remount,rw,bind {folder}
until grep -q . {tmp_path}/out; do sleep 0.01; done
kill -TERM $pid
wait $pid
"""
    subprocess.run(["unshare", "-m", "--propagation", "private", "timeout", "60", "bash", "-c", script], check=True)
    after = json.loads((folder / "manifest.json").read_bytes())
    acknowledged = {}
    apply(acknowledged, (tmp_path / "out").read_bytes())
    assert acknowledged and acknowledged.keys() <= after.keys()
