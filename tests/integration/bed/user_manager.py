"""A real systemd of an ordinary user, in a mount namespace and control group of its own; see user_manager.sh."""

import os
import shutil
import subprocess
from pathlib import Path

from .paths import COMPOSITOR, ROOT
from .program import Program
from .waiting import DEADLINE, eventually

GROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")
SOCKET = "wayland-units"


def missing():
    """Why there can be no such systemd here, if so."""
    if os.geteuid() != 0:
        return "only root can start the systemd of another user"
    if not any(os.access(f"{group}/cgroup.procs", os.W_OK) for group in GROUPS):
        return "no control groups can be made here"
    tried = subprocess.run(["unshare", "-m", "--propagation", "private", "true"], capture_output=True, text=True)
    return tried.stderr.strip()


class UserManager(Program):
    """systemd --user, without units of ours running."""

    def __init__(self, directory, installed):
        self.uid = 61000 + os.getpid() % 4000
        self.directory = Path(directory)
        self._group = self.directory.name
        script = ROOT / "tests/integration/bed/user_manager.sh"
        words = ["unshare", "-m", "--propagation", "private", "sh", script, directory, self.uid, installed, COMPOSITOR]
        super().__init__(words, {"PATH": os.environ["PATH"]})
        self.env = {"PATH": os.environ["PATH"], "HOME": str(directory), "XDG_RUNTIME_DIR": str(directory), "LANG": "C.UTF-8"}
        eventually(lambda: self.systemctl("is-active", "default.target").stdout == "active\n", "systemd --user is up")

    def run(self, *argv):
        """As the user would, on the user's machine."""
        enter = ["nsenter", "--target", str(self.pid), "--mount", f"--wd={self.directory}"]
        become = ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups"]
        words = [*enter, *become, *(str(word) for word in argv)]
        return subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=DEADLINE)

    def systemctl(self, *words):
        return self.run("systemctl", "--user", "--no-pager", *words)

    def do(self, *words):
        done = self.systemctl(*words)
        assert done.returncode == 0, f"systemctl {' '.join(map(str, words))}: {done.stderr}\n{self.tail()}"
        return done.stdout.strip()

    def show(self, unit, member):
        return self.do("show", "--value", "--property", member, unit)

    def write_unit(self, name, text):
        file = self.directory / ".config/systemd/user" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        for path in (file, *file.parents):
            if path == self.directory:
                break
            shutil.chown(path, self.uid, self.uid)
        self.do("daemon-reload")

    def drop_in(self, unit, text, name="bed.conf"):
        self.write_unit(f"{unit}.d/{name}", text)

    def stop(self, within=DEADLINE, number=None):
        try:
            self.systemctl("exit")
            self.process.wait(within)
        finally:
            self._kill_the_rest()
            self.out.join()
            self.err.join()

    def _kill_the_rest(self):
        for hierarchy in GROUPS:
            group = Path(hierarchy) / self._group
            if not group.is_dir():
                continue
            for folder in sorted(group.rglob("*"), reverse=True):
                if folder.is_dir():
                    _remove(folder)
            _remove(group)


def _remove(group):
    for pid in (group / "cgroup.procs").read_text().split():
        try:
            os.kill(int(pid), 9)
        except ProcessLookupError:
            pass

    def removed():
        try:
            group.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return False
        return True

    eventually(removed, f"{group} is empty")
