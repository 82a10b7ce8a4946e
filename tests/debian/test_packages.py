"""The packages for Debian: without fault, and in a fresh Debian from their coming to their going without a trace."""

import json
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
from bed.compositor import Compositor
from bed.http import fetch
from bed.page import Page
from bed.paths import ROOT
from bed.program import Program
from conftest import CACHE, field, run

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a Debian to install into")

UNITS = ("compositord.service", "compositord@.service", "compositord.socket", "compositord-orchestrator.socket")
# What dpkg and the linker keep for themselves.
BOOKS = ("/var/lib/dpkg/", "/var/log/", "/var/cache/", "/etc/ld.so.cache")


def test_lintian_finds_no_fault(packages):
    (changes,) = packages.glob("*.changes")
    said = run("lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", changes)
    assert not re.search(r"^[EW]: ", said, re.MULTILINE)


def test_the_packages_are_what_they_say(packages):
    (daemon,) = packages.glob("compositord_*.deb")
    (dev,) = packages.glob("compositord-dev_*.deb")
    assert field(dev, "Architecture") == "all" and field(daemon, "Version") == field(dev, "Version")
    assert "libwebsockets-evlib-uv" in field(daemon, "Depends"), "it is loaded at run time, so that no linker tells of it"
    (source,) = packages.glob("compositord_*.tar.xz")
    listed = run("tar", "-tf", source)
    assert "subprojects/web/dist/index.html" in listed and "node_modules" not in listed and "debian/README.source" in listed


def test_the_crate_is_packed(tmp_path):
    folder = ROOT / "subprojects/infinite-map"
    # It was compiled and tested where it is; this is what a registry would get.
    run("cargo", "package", "-p", "infinite-map-server", "--locked", "--offline", "--no-verify", "--allow-dirty", "--target-dir", tmp_path, cwd=folder)
    (crate,) = tmp_path.glob("package/infinite-map-server-*.crate")
    names = {name.partition("/")[2] for name in run("tar", "-tf", crate).splitlines()}
    assert {"Cargo.toml", "README.md", "LICENSE", "src/lib.rs", "protocols/infinite-map-v1.xml"} <= names
    assert not [name for name in names if name.startswith("tests/")]


# --- in a fresh Debian --------------------------------------------------------------------------------------------------


def inside(tree, *words):
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "XDG_RUNTIME_DIR": "/tmp", "LC_ALL": "C.UTF-8"}
    return run("chroot", tree, *words, env=env)


def state(tree):
    """Every file, and what it is."""
    found = {}
    for folder, names, files in os.walk(tree):
        for name in names + files:
            path = Path(folder, name)
            inner = f"/{path.relative_to(tree)}"
            if not inner.startswith(BOOKS):
                status = path.lstat()
                found[inner] = (stat.S_IFMT(status.st_mode), status.st_size if path.is_file() else 0)
    return found


@pytest.fixture
def installed(tree, packages):
    before = state(tree)
    for package in packages.glob("*.deb"):
        (tree / package.name).write_bytes(package.read_bytes())
    inside(tree, "dpkg", "--install", *(f"/{package.name}" for package in packages.glob("*.deb")))
    for package in packages.glob("*.deb"):
        (tree / package.name).unlink()
    return before


def start(tree, words):
    """compositord in the tree, a compositor outside: its socket is in the tree."""
    runtime = tree / "run/map"
    runtime.mkdir(mode=0o700)
    env = {"PATH": os.environ["PATH"], "HOME": str(runtime), "XDG_RUNTIME_DIR": str(runtime), "LANG": "C.UTF-8"}
    enter = ["unshare", "--mount", "sh", "-c", 'mount --rbind /proc "$0/proc" && exec chroot "$0" "$@"', tree]
    compositor = Compositor(env, allow=[tree / "usr/bin/compositord"])
    try:
        daemon = Program([*enter, *words], {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "XDG_RUNTIME_DIR": "/run/map", "WAYLAND_DISPLAY": compositor.display})
    except BaseException:
        compositor.kill()
        raise
    return compositor, daemon


def test_from_coming_to_going_without_a_trace(tree, installed):
    assert "install ok installed" in inside(tree, "dpkg-query", "-W", "-f=${Status}", "compositord")
    inside(tree, "systemd-analyze", "verify", "--user", *(f"/usr/lib/systemd/user/{unit}" for unit in UNITS))
    enabled = [path for path in state(tree) if path.startswith("/etc/systemd/user/") and "compositord" in path]
    assert enabled == [], "nobody asked for that"

    compositor, daemon = start(tree, ["compositord", "--port", "0", "--orchestrator-port", "0"])
    try:
        port = int(daemon.err.wait(r"listening on http://127\.0\.0\.1:(\d+)/").group(1))
        page = Page(port).ready()
        assert page.world.cameras
        page.close()
        assert b"<canvas" in fetch(port, "/").body
        assert json.loads(fetch(port, "/health").body)["status"] == "healthy"
        daemon.stop()
    finally:
        if daemon.running:
            daemon.kill()
        compositor.stop()
        compositor.release()

    inside(tree, "dpkg", "--purge", "compositord", "compositord-dev")
    ours = {path for path in set(state(tree)) - set(installed) if not path.startswith(("/run/map", "/root/", "/tmp/"))}
    assert ours == set()
    changed = {path for path, what in state(tree).items() if path in installed and installed[path] != what}
    assert changed == set()
    assert (tree / "root/.local/state/compositord").is_dir(), "what is the user's stays"


def test_what_is_cached_is_not_in_a_release():
    assert subprocess.run(["git", "check-ignore", "-q", CACHE], cwd=ROOT, check=False).returncode == 0
