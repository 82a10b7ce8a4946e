"""The conformance program, run as a compositor's author would run it, and what a package of the crates has in it."""

import json
import subprocess

import pytest

from bed.paths import COMPOSITOR, ROOT

MAP = ROOT / "subprojects/infinite-map"
PROGRAM = COMPOSITOR.parent / "infinite-map-conformance"


def check(bed, *words, **options):
    return subprocess.run([PROGRAM, *map(str, words)], env=bed.env, capture_output=True, text=True, timeout=120, check=False, **options)


def test_the_reference_compositor_passes_as_the_one_that_spawns_it(bed):
    done = check(bed, "--json", "--timeout", 20, "--spawn", COMPOSITOR, "--companion", "{companion}")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["failed"] == 0 and report["passed"] > 80
    skipped = {check["name"]: check["reason"] for check in report["checks"] if check["verdict"] == "skipped"}
    assert set(skipped) == {"input/needs-permission", "tiles/others-are-told"}, skipped


def test_it_runs_in_place_of_compositord(bed, tmp_path):
    report = tmp_path / "report"
    compositor = bed.compositor(socket_name="wayland-place", companion_words=[PROGRAM, "camera/", "--output", report])
    compositor.err.wait("companion ended")
    assert report.read_text().splitlines()[-1].endswith(" 0 failed, 1 skipped") or " 0 failed" in report.read_text()


def test_it_says_when_any_client_sees_the_extension(bed):
    words = ["--timeout", 20, "bind/", "--spawn", COMPOSITOR, "--allow-exe", PROGRAM, "--companion", "{companion}"]
    done = check(bed, *words)
    assert done.returncode == 1
    assert "FAIL  bind/hidden-from-ordinary-clients" in done.stdout
    assert "the rule: A compositor must not advertise the global to ordinary clients." in done.stdout


def test_it_says_why_nothing_could_be_checked(bed, compositor):
    cases = {
        ("--display", "nosuch"): (3, "cannot connect to"),
        ("--display", compositor.display): (3, "does not offer infinite_map_manager_v1"),
        ("nosuchcheck",): (3, "--list names them"),
        ("--timeout", "0"): (2, "from 0.05 to 600"),
        ("--spawn", COMPOSITOR): (3, "needs {companion}"),
        ("--spawn", "/bin/false", "{companion}"): (3, "has ended"),
    }
    for words, (status, message) in cases.items():
        done = check(bed, *words)
        assert done.returncode == status, (words, done)
        assert message in done.stderr, (words, done)


def test_every_check_is_listed_with_its_sentence(bed):
    lines = check(bed, "--list").stdout.splitlines()
    names = lines[::2]
    assert len(names) > 80 and len(set(names)) == len(names)
    assert all(line.startswith("       ") for line in lines[1::2])


@pytest.mark.parametrize("crate", ["infinite-map-server", "infinite-map-conformance"])
def test_the_crates_can_be_packed(crate):
    listing = subprocess.run(
        ["cargo", "package", "--offline", "--locked", "--allow-dirty", "--no-verify", "--list", "-p", crate], cwd=MAP, capture_output=True, text=True, timeout=120, check=False
    )
    assert listing.returncode == 0, listing.stderr
    files = set(listing.stdout.split())
    assert {"Cargo.toml", "README.md", "src/lib.rs", "protocols/infinite-map-v1.xml"} <= files
    described = subprocess.run(["cargo", "metadata", "--offline", "--locked", "--no-deps", "--format-version", "1"], cwd=MAP, capture_output=True, text=True, timeout=120, check=True)
    package = next(found for found in json.loads(described.stdout)["packages"] if found["name"] == crate)
    assert all(package[member] for member in ("description", "license", "readme", "keywords", "categories", "authors", "rust_version"))
