"""What `meson install` puts into /usr/local, in a new folder."""

import contextlib
import fcntl
import os
import subprocess
import tempfile
from pathlib import Path

from .paths import COMPOSITORD

BUILD = COMPOSITORD.parents[1]


@contextlib.contextmanager
def alone():
    """meson notes in the build folder what it installed, for uninstall: one at a time."""
    with open(BUILD / "meson-logs/.install-lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _put(folder):
    words = ["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", folder]
    subprocess.run(words, check=True, capture_output=True)


def install():
    folder = tempfile.mkdtemp(prefix="cbed-install-", dir="/tmp")
    os.chmod(folder, 0o755)
    with alone():
        _put(folder)
    return Path(folder)


@contextlib.contextmanager
def installed_and_removed(folder):
    """What is there after the block is what `ninja uninstall` has left."""
    with alone():
        _put(folder)
        yield
        subprocess.run(["ninja", "-C", BUILD, "uninstall"], check=True, capture_output=True)
