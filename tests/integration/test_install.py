"""`meson install`: everything is where other programs look for it, is valid there, and goes away again."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from bed.installation import BUILD, installed_and_removed
from bed.paths import ROOT, SANITIZED

pytestmark = pytest.mark.skipif(SANITIZED, reason="the ordinary build is what is installed")

FILES = """
bin/compositord bin/compositorctl libexec/compositord/compositord-session-guard
lib/systemd/user/compositord.service lib/systemd/user/compositord@.service
lib/systemd/user/compositord.socket lib/systemd/user/compositord-orchestrator.socket
share/applications/compositord.desktop share/metainfo/org.geometryos.compositord.metainfo.xml
share/icons/hicolor/scalable/apps/compositord.svg
share/dbus-1/services/org.geometryos.Compositord1.service share/dbus-1/interfaces/org.geometryos.Compositord1.xml
share/man/man1/compositord.1 share/man/man1/compositorctl.1 share/man/man5/compositord.5
share/man/man7/compositord-protocol.7 share/man/man7/infinite-map.7
share/wayland-protocols/infinite-map/infinite-map-v1.xml share/pkgconfig/infinite-map-protocols.pc
share/compositord/web/index.html share/compositord/pipelines/wallpaper.json share/compositord/prompts/system.md
share/compositord/schema/compositord.v1.json share/compositord/openapi.v1.json
""".split()


def found_by_pkg_config(prefix, *words):
    env = {"PATH": os.environ["PATH"], "PKG_CONFIG_PATH": str(prefix / "share/pkgconfig")}
    return subprocess.run(["pkg-config", *words, "infinite-map-protocols"], env=env, capture_output=True, text=True, check=True).stdout.strip()


def test_what_is_installed_is_found_is_valid_and_goes_away_again(tmp_path):
    prefix = tmp_path / "usr/local"
    with installed_and_removed(tmp_path):
        assert [file for file in FILES if not (prefix / file).is_file()] == []
        for program in ("bin/compositord", "bin/compositorctl"):
            said = subprocess.run([prefix / program, "--version"], capture_output=True, text=True, check=True).stdout
            assert said.split()[1] == version(), said
        folder = Path(found_by_pkg_config(prefix, "--define-prefix", "--variable=pkgdatadir"))
        assert (folder / "infinite-map-v1.xml").read_text() == (ROOT / "protocols/infinite-map-v1.xml").read_text()
        assert found_by_pkg_config(prefix, "--modversion") == version()
        subprocess.run(["desktop-file-validate", prefix / "share/applications/compositord.desktop"], check=True)
        metainfo = prefix / "share/metainfo/org.geometryos.compositord.metainfo.xml"
        checked = subprocess.run(["appstreamcli", "validate", "--no-net", "--pedantic", metainfo], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout
    assert list(tmp_path.iterdir()) == []


def version():
    return re.search(r"version: '([0-9.]+)'", (ROOT / "meson.build").read_text()).group(1)


def test_all_parts_have_one_version():
    """Where it is written by hand."""
    written = {
        "subprojects/infinite-map/Cargo.toml": r'^version = "(.*)"',
        "subprojects/web/packages/client/package.json": r'^  "version": "(.*)"',
        "subprojects/web/packages/react/package.json": r'^  "version": "(.*)"',
        "debian/changelog": r"^compositord \((.*)\)",
    }
    for file, pattern in written.items():
        assert re.search(pattern, (ROOT / file).read_text(), re.MULTILINE).group(1) == version(), file


def test_all_parts_have_one_licence_and_packages_have_its_text():
    written = {
        "meson.build": r"^    license: '(.*)'",
        "subprojects/infinite-map/Cargo.toml": r'^license = "(.*)"',
        "subprojects/web/packages/client/package.json": r'^  "license": "(.*)"',
        "subprojects/web/packages/react/package.json": r'^  "license": "(.*)"',
        "data/org.geometryos.compositord.metainfo.xml.in": r"<project_license>(.*)</project_license>",
    }
    for file, pattern in written.items():
        assert re.search(pattern, (ROOT / file).read_text(), re.MULTILINE).group(1) == "MIT", file
    text = (ROOT / "LICENSE").read_text()
    # Debian calls it Expat, and has it in lines of its own.
    (debian,) = re.findall(r"^License: Expat\n((?: .*\n)+)", (ROOT / "debian/copyright").read_text(), re.MULTILINE)
    assert re.sub(r"\s|\.", "", debian) in re.sub(r"\s|\.", "", text)
    for crate in ("server", "conformance", "compositor"):
        folder = ROOT / f"subprojects/infinite-map/infinite-map-{crate}"
        listed = subprocess.run(["cargo", "package", "--list", "--allow-dirty", "--offline"], cwd=folder, capture_output=True, text=True, check=True)
        assert {"LICENSE", "README.md"} <= set(listed.stdout.splitlines()) and (folder / "LICENSE").read_text() == text, crate
    for package in ("client", "react"):
        assert (ROOT / f"subprojects/web/packages/{package}/LICENSE").read_text() == text, package
