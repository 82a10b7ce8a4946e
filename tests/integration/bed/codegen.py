"""A repository with OpenSpec changes, and a daemon that works on their tasks with a scripted model."""

import json
import shutil
import subprocess
from pathlib import Path

from .model import ModelServer
from .paths import ROOT
from .waiting import eventually

TASKS = """## 1. Numbers

- [ ] 1.1 Make `a.js` export a 2
  - keep it a constant
- [ ] 1.2 Add `b.js` that exports a 3
- [x] 1.3 Think about it
"""


class Project:
    """A git repository with one change; its branch is not one of the protected ones."""

    def __init__(self, bed, tasks=TASKS, change="add-two", name="project"):
        self.bed, self.folder = bed, Path(bed.directory) / name
        self.change = self.folder / "openspec/changes" / change
        self.tasks = self.change / "tasks.md"
        self.change.mkdir(parents=True)
        self.tasks.write_text(tasks)
        (self.change / "proposal.md").write_text("# Two\n\nOne is not enough.\n")
        (self.folder / "a.js").write_text("export const a = 1;\n")
        (self.folder / "package.json").write_text('{"type": "module"}\n')
        self.git("init", "-q", "-b", "work")
        self.git("config", "user.name", "t")
        self.git("config", "user.email", "t@t")
        self.commit("first")

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.folder, env=self.bed.env, check=True, capture_output=True, text=True, timeout=60)
        return done.stdout

    def commit(self, message):
        self.git("add", ".")
        self.git("commit", "-qm", message)

    def evidence(self):
        """Of all tasks that were ticked."""
        return [json.loads(path.read_text()) for path in sorted((self.change / "evidence").glob("*.json"))]


def start(bed, project, server: ModelServer, *options, **more):
    """The daemon; it has read the tasks."""
    prompts = Path(bed.directory) / ".config/compositord/prompts"
    if not prompts.exists():
        shutil.copytree(ROOT / "data/prompts", prompts)
    daemon = bed.daemon(
        display="none", options=["--codegen", str(project.folder), *options], extra_env={"LM_STUDIO_URL": server.url, **more.pop("extra_env", {})}, **more
    )
    daemon.err.wait(r"codegen\W.*\d+ tasks of \d+ changes")
    return daemon


def leftovers(bed):
    """Worktrees that something was made in."""
    folder = Path(bed.directory) / ".local/state/compositord/workspaces"
    return [path for path in folder.glob("*/*") if path.name != "lock"]


def wait_until_clean(bed):
    eventually(lambda: not leftovers(bed), "the worktrees to go")
