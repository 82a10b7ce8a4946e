"""Tasks are counted as the real openspec CLI counts them."""

import json
import os
import subprocess
from pathlib import Path

from bed.paths import ROOT

COUNTER = Path(os.environ.get("TASK_COUNTER", ROOT / "build/tests/unit/task_counter"))
CLI = ROOT / "subprojects/web/node_modules/.bin/openspec"
CORPUS = sorted((ROOT / "tests/fuzz/corpus/task_list").glob("*.md"))


def test_the_corpus_is_read_as_the_cli_reads_it(tmp_path):
    for file in CORPUS:
        change = tmp_path / "openspec/changes" / file.stem
        change.mkdir(parents=True)
        (change / "proposal.md").write_text("## Why\nA test.\n")
        (change / "tasks.md").write_bytes(file.read_bytes())
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "OPENSPEC_TELEMETRY": "0", "CI": "1"}
    said = subprocess.run([CLI, "list", "--json"], cwd=tmp_path, env=env, check=True, capture_output=True, timeout=60)
    theirs = {change["name"]: (change["totalTasks"], change["completedTasks"]) for change in json.loads(said.stdout)["changes"]}
    counted = subprocess.run([COUNTER, *CORPUS], check=True, capture_output=True, text=True, timeout=60)
    lines = [tuple(map(int, line.split())) for line in counted.stdout.splitlines()]
    ours = dict(zip([file.stem for file in CORPUS], lines, strict=True))
    assert len(ours) >= 11
    assert ours["fences"][1] == 0 and theirs["fences"][1] == 1  # what is in a fence is an example: for us only
    theirs["fences"] = (theirs["fences"][0], 0)
    assert ours == theirs
