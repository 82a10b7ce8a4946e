"""The packages as `meson dist` and dpkg-buildpackage make them, and a fresh Debian to install them into."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from bed.paths import COMPOSITORD, ROOT  # noqa: E402

CACHE = ROOT / ".cache/dev/debian"
# compiler.sh takes most objects from the build under test. So that what is in a release compiles with the flags of Debian is not
# shown here, but for those files that are compiled anew; DEB_ALL=1 compiles all of them.
BUILD = {"DEB_BUILD_OPTIONS": "nocheck noautodbgsym noopt parallel=2", "DEB_CXXFLAGS_APPEND": "-g0", "DPKG_DEB_COMPRESSOR_LEVEL": "1", "LC_ALL": "C.UTF-8"}
ALL = bool(os.environ.get("DEB_ALL"))
# Debian checks the units with it; compositord itself does not need it.
BESIDE = ["systemd"]


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    assert done.returncode == 0, f"{words}:\n{done.stdout[-6000:]}"
    return done.stdout


def field(package, name):
    return run("dpkg-deb", "-f", package, name).strip()


@pytest.fixture(scope="session")
def packages():
    """Folder with the source package, the binary ones and .changes; built again only when the release differs."""
    build = COMPOSITORD.parents[1]
    run("meson", "dist", "-C", build, "--no-tests", "--allow-dirty", "--formats", "gztar")
    (release,) = (build / "meson-dist").glob("*.tar.gz")
    listed = run("git", "-C", ROOT, "rev-parse", "HEAD^{tree}") + run("tar", "-tf", release)
    listed += "all" if ALL else ""
    key = hashlib.sha256(listed.encode()).hexdigest()  # names of the page's files tell what is in them
    folder = CACHE / "packages"
    if not (folder / key).exists():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "source").mkdir(parents=True)
        run("tar", "-xf", release, "-C", folder / "source", "--strip-components=1")
        compiler = {"CXX": str(Path(__file__).with_name("compiler.sh")), "BUILT": str(build), "SOURCES": str(ROOT), "COMPILED": str(folder / "compiled")}
        # Nothing but this machine can be reached from there.
        run("unshare", "--net", "dpkg-buildpackage", "-us", "-uc", "--source-option=-z1", cwd=folder / "source", env={**os.environ, **BUILD, **({} if ALL else compiler)})
        (folder / key).touch()
    return folder


def sources():
    """Where this machine has its Debian from."""
    listed = run("apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages", "Origin: Debian")
    return sorted(set(listed.splitlines()))


@pytest.fixture(scope="session")
def fresh(packages):
    """A tar archive of a new minimal Debian, with what our packages depend on."""
    release = run("sh", "-c", ". /etc/os-release && echo $VERSION_CODENAME").strip()
    (package,) = packages.glob("compositord_*.deb")
    needed = [each.split()[0] for each in field(package, "Depends").split(",")]
    words = ["--variant=minbase", f"--include={','.join(needed + BESIDE)}", release]
    key = hashlib.sha256(" ".join(words + sources()).encode()).hexdigest()
    archive = CACHE / f"fresh-{key[:16]}.tar"
    if not archive.exists():
        (CACHE / "sources.list").write_text("\n".join(sources()) + "\n")
        run("mmdebstrap", "--mode=root", "--dpkgopt=force-unsafe-io", *words, CACHE / "new.tar", CACHE / "sources.list")
        (CACHE / "new.tar").rename(archive)
    return archive


def processes_in(folder):
    """The command lines of those whose root it is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if Path(os.readlink(process / "root")) == folder:
                found.append((process / "cmdline").read_text())
    return found


@pytest.fixture
def tree(fresh):
    folder = Path(tempfile.mkdtemp(prefix="cdeb-", dir="/tmp"))
    folder.chmod(0o755)
    run("tar", "-xf", fresh, "-C", folder, "--numeric-owner")
    yield folder
    left = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if f" {folder}" in line]
    assert left == [], "it was mounted into, and still is"
    assert processes_in(folder) == []
    shutil.rmtree(folder)
