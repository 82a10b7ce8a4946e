"""The man pages: without fault, of one mind with --help, and with examples that work."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from bed import manual
from bed.bus import BusDaemon
from bed.daemon import command
from bed.page import Page
from bed.paths import COMPOSITORD, ROOT
from bed.waiting import DEADLINE, eventually

CTL = COMPOSITORD.parent / "compositorctl"
# scdoc begins each paragraph so, also where there is one already.
HARMLESS = "skipping paragraph macro"


def run(bed, *words):
    return subprocess.run(words, env=bed.env, capture_output=True, text=True, timeout=DEADLINE)


def options_in(text):
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", text, re.MULTILINE))


@pytest.mark.parametrize("page", manual.PAGES)
def test_groff_and_mandoc_find_no_fault(page):
    file = manual.FOLDER / page
    man = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file],
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (man.returncode, man.stderr) == (0, "")
    lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", file], capture_output=True, text=True, check=False)
    assert [line for line in lint.stdout.splitlines() if HARMLESS not in line] == []
    assert "@" not in "".join(line for line in manual.text(page).splitlines() if line.strip().endswith("@"))


def test_the_pages_of_programs_have_what_their_help_has(bed):
    page, helped = manual.text("compositord.1"), run(bed, COMPOSITORD, "--help").stdout
    assert options_in(page) == options_in(helped) and len(options_in(page)) > 20
    page, helped = manual.text("compositorctl.1"), run(bed, CTL, "--help").stdout
    commands = re.findall(r"^  ([a-z]+(?: [a-z]+)?)(?: |$)", helped, re.MULTILINE)
    assert len(commands) > 5
    for each in commands:
        assert re.search(rf"^ +{each}( |$)", page, re.MULTILINE), each
        assert options_in(run(bed, CTL, *each.split(), "--help").stdout) <= options_in(page)


def test_the_page_of_settings_has_all_of_them_and_no_others(bed):
    names = re.findall(r"^ +([a-z-]+): \S", manual.text("compositord.5").partition("SETTINGS")[2].partition("EXAMPLES")[0], re.MULTILINE)
    assert {f"--{name}" for name in names} | {"--config", "--check-config", "--help", "--version", "--protocol", "--address", "--name"} == options_in(run(bed, COMPOSITORD, "--help").stdout)
    file = Path(bed.directory) / "all.yaml"
    file.write_text("".join(f"{name}: {{}}\n" for name in names))
    said = run(bed, COMPOSITORD, "--config", file, "--check-config").stderr
    assert said.count("a value, not a mapping") == len(names)


def test_the_pages_of_interfaces_have_every_message():
    page = manual.text("infinite-map.7")
    for kind, name in re.findall(r'<(request|event|interface) name="(\w+)"', (ROOT / "protocols/infinite-map-v1.xml").read_text()):
        assert re.search(rf"^ *{kind.upper() if kind == 'interface' else kind.title()} {name}$", page, re.MULTILINE), name
    page = manual.text("compositord-protocol.7")
    for name in json.loads((ROOT / "data/schema/compositord.v1.json").read_text())["$defs"]:
        assert name in ("ServerMessage", "ClientMessage") or re.search(rf"^ *{name}$", page, re.MULTILINE), name


# --- examples: each has a test here, by its first words ---------------------------------------------------------------


@pytest.fixture
def shell(bed):
    """Runs an example as it stands; compositord gets ports and a page of the test's."""
    programs = Path(bed.directory) / "bin"
    programs.mkdir()
    words = " ".join(str(word) for word in command())
    (programs / "compositord").write_text(f'#!/bin/sh\n[ "$1" = --check-config ] && exec {COMPOSITORD} "$@"\nexec {words} "$@"\n')
    (programs / "compositord").chmod(0o755)
    (programs / "compositorctl").symlink_to(CTL)
    bed.env["PATH"] = f"{programs}:{bed.env['PATH']}"

    def start(script):
        return bed.run("sh", "-ec", script if "\n" in script else f"exec {script}", display="none")

    return start


def check_config(bed, example, shell):
    shell(example).out.wait("everything is as it is by default")


def grant_view(bed, example, shell):
    started = shell(example)
    port = int(started.err.wait(r"listening on http://127\.0\.0\.1:(\d+)/").group(1))
    page = Page(port)
    try:
        assert page.wait(lambda p: p.world.hello)["grants"] == ["view"]
    finally:
        page.close()


def listen(bed, example, shell):
    started = shell(example)
    started.err.wait("listening on unix:")
    assert (Path(bed.directory) / "map.sock").is_socket() and "http://" not in started.err.text()


def settings(bed, example, shell):
    file = Path(bed.directory) / ".config/compositord/compositord.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(example)
    done = run(bed, COMPOSITORD, "--check-config")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"manifest: {bed.directory}/map/manifest.json" in done.stdout


@pytest.fixture
def on_the_bus(bed):
    bed._programs.append(BusDaemon(bed.env))
    compositor = bed.compositor()
    options = ["--pipelines", str(ROOT / "data/pipelines"), "--name", "desk", "--protocol", "wayland", "--address", compositor.display]
    daemon = bed.daemon(compositor, options=options)
    eventually(lambda: "known on the bus" in daemon.err.text(), "its name on the bus")


def test_each_example_of_compositorctl_works(bed, on_the_bus, shell):
    pictures = Path(bed.directory) / "Pictures"
    pictures.mkdir()
    subprocess.run(["/usr/bin/convert", "-size", "64x64", "xc:rgb(200,30,40)", pictures / "forest.jpg"], check=True)
    for example in manual.examples("compositorctl.1"):
        started = shell(f"{example}\n:")
        assert started.process.wait(60) == 0, (example, started.tail())


EXAMPLES = {
    "compositord --check-config": check_config,
    "compositord --grant view": grant_view,
    'compositord --listen "unix:$XDG_RUNTIME_DIR/map.sock" --orchestrator-port 0': listen,
    "log-level: [info, web=debug]": settings,
}


@pytest.mark.parametrize("example", [each for page in ("compositord.1", "compositord.5", "compositord-protocol.7", "infinite-map.7") for each in manual.examples(page)])
def test_each_other_example_does_what_is_said(bed, example, shell):
    EXAMPLES[example.partition("\n")[0]](bed, example, shell)
