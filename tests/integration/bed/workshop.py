"""A repository that models work on, with code of several kinds, and what must not change whatever they say."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from .model import ModelServer
from .paths import ROOT

REAL_HOME = Path(os.environ.get("HOME", "/root"))
CARGO_HOME = os.environ.get("CARGO_HOME", str(REAL_HOME / ".cargo"))
RUSTUP_HOME = os.environ.get("RUSTUP_HOME", str(REAL_HOME / ".rustup"))
NODE_MODULES = ROOT / "subprojects/web/node_modules"

CRATE = '[package]\nname = "part"\nversion = "0.1.0"\nedition = "2021"\n'
LIB = "//! A part.\n\n/// One.\npub fn one() -> u32 {\n    1\n}\n"
A_JS = "export const a = 1;\n"
TASKS = "## 1. All\n\n- [ ] 1.1 Make a 2\n- [ ] 1.2 Make one() two\n"

FILES = {
    ".gitignore": "node_modules\n",
    "README.md": "A project.\n",
    "CMakeLists.txt": "project(part)\n",
    "openspec/changes/numbers/proposal.md": "## Why\nNumbers are too small.\n",
    "openspec/changes/numbers/tasks.md": TASKS,
    "js/package.json": '{"type": "module"}\n',
    "js/eslint.config.js": 'export default [{ rules: { "no-undef": "error", "no-unused-vars": "error" } }];\n',
    "js/a.js": A_JS,
    "js/dos.js": "export const dos = 1;\r\nexport const lines = 2;\r\n",
    "js/twice.js": "export const x = [\n  1,\n  2,\n  1,\n  2,\n];\n",
    "js/latin.js": b"export const name = 'Gr\xfc\xdfe';\n",
    "js/large.js": "// " + "x" * (1 << 20) + "\n",
    "js/old.js": "export const old = true;\n",
    "ts/package.json": '{"type": "module"}\n',
    "ts/tsconfig.json": '{"compilerOptions": {"strict": true, "module": "esnext", "moduleResolution": "bundler", "noEmit": true, "types": [], "lib": ["es2022"]}, "include": ["src"]}\n',
    "ts/src/b.ts": "export const b: number = 1;\n",
    "crate/Cargo.toml": CRATE,
    "crate/Cargo.lock": 'version = 4\n\n[[package]]\nname = "part"\nversion = "0.1.0"\n',
    "crate/src/lib.rs": LIB,
}


def git(folder, *words, **options):
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(["git", *who, *words], cwd=folder, env=env, check=True, capture_output=True, timeout=60, **options).stdout.decode("utf-8", "surrogateescape")


def listing(folder, *, passing=()):
    """All that is below a folder: path -> what it is, without the folders of these paths."""
    found = {}
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        folders[:] = [name for name in folders if str((here / name).relative_to(folder)) not in passing]
        for name in [*folders, *files]:
            path = here / name
            status = path.lstat()
            if path.is_symlink():
                what = os.readlink(path)
            elif path.is_file():
                what = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                what = "folder"
            found[str(path.relative_to(folder))] = (oct(status.st_mode), what)
    return found


# What git makes on its way that says nothing of the user's: blobs of no tree, and a folder that is empty or gone.
OF_GIT = (".git/objects", ".git/worktrees")


class Workshop:
    def __init__(self, directory):
        self.repository = directory / "project"
        self.canary = directory / "canary"
        self.canary.mkdir()
        (self.canary / "treasure").write_text("gold\n")
        (self.canary / "run.sh").write_text("#!/bin/sh\n")
        (self.canary / "run.sh").chmod(0o755)
        for path, content in FILES.items():
            file = self.repository / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        (self.repository / "js/link.js").symlink_to("a.js")
        (self.repository / "js/out").symlink_to(self.canary)
        for folder in ("js", "ts"):
            (self.repository / folder / "node_modules").symlink_to(NODE_MODULES)
        git(self.repository, "init", "-q", "-b", "main")
        git(self.repository, "config", "core.autocrlf", "false")
        git(self.repository, "add", ".")
        git(self.repository, "commit", "-qm", "first")
        self.base = git(self.repository, "rev-parse", "HEAD").strip()
        self.server = ModelServer()
        self.checked = directory / "checked"  # a clone in which results are tried

    def script(self, answers):
        """These are the answers from now on; what was asked before is forgotten."""
        self.server.answers = self.server.scripted(answers)
        self.server.requests.clear()

    def everything(self):
        return listing(self.repository, passing=OF_GIT) | {f"canary/{path}": what for path, what in listing(self.canary).items()}

    def restore(self):
        git(self.repository, "checkout", "-q", "main")
        git(self.repository, "reset", "-q", "--hard", self.base)
        git(self.repository, "clean", "-qfd")

    def prove(self, diff):
        """Applies a diff to the base in a clone, runs the checks there again, and says which files it changed."""
        if not self.checked.exists():
            git(self.repository, "clone", "-q", self.repository, self.checked)
            for folder in ("js", "ts"):
                (self.checked / folder / "node_modules").symlink_to(NODE_MODULES)
        git(self.checked, "reset", "-q", "--hard", self.base)
        git(self.checked, "clean", "-qfd")
        git(self.checked, "apply", "--index", "-", input=diff.encode("utf-8", "surrogateescape"))
        changed = git(self.checked, "-c", "core.quotePath=false", "diff", "--cached", "--name-only", "--no-renames").splitlines()
        env = {"PATH": f"{CARGO_HOME}/bin:{os.environ['PATH']}", "HOME": str(REAL_HOME), "CARGO_HOME": CARGO_HOME, "RUSTUP_HOME": RUSTUP_HOME}
        env["CARGO_TARGET_DIR"] = str(self.checked.parent / "target")

        def check(folder, *words):
            done = subprocess.run(words, cwd=self.checked / folder, env=env, capture_output=True, timeout=120)
            assert done.returncode == 0, f"{words} fails: {(done.stdout + done.stderr).decode()}"

        there = [path for path in changed if (self.checked / path).exists()]
        for path in there:
            if path.endswith(".js"):
                check(".", "node", "--check", path)
        if scripts := [path.removeprefix("js/") for path in there if path.startswith("js/") and path.endswith(".js")]:
            check("js", "./node_modules/.bin/eslint", *scripts)
        if any(path.startswith("ts/") for path in changed):
            check("ts", "./node_modules/.bin/tsc", "--noEmit", "-p", ".")
        if any(path.startswith("crate/") for path in changed):
            check("crate", "cargo", "clippy", "--offline", "--all-targets", "-q")
            check("crate", "cargo", "fmt", "--check")
        return changed

    def close(self):
        self.server.close()
        shutil.rmtree(self.checked, ignore_errors=True)
