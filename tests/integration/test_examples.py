"""Every command in the documents and in --help is run: here, by the test that is named here, or it is said why not.

Blocks of the README and of the man pages have tests of their own (test_readme.py, test_manual.py), which fail too when one is
added that nothing runs; the TypeScript of the packages' READMEs is compiled by `npm run check-packages`."""

import os
import re
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest

from bed import examples
from bed.daemon import command
from bed.paths import COMPOSITORD, ROOT
from bed.waiting import DEADLINE, eventually

CTL = COMPOSITORD.parent / "compositorctl"

# By its first line. What runs it elsewhere...
RUN_BY = {
    "./dev run": "test_dev.py::test_dev_run_shows_real_windows_and_ctrl_c_ends_all_of_it",
    "systemctl --user reload compositord": "test_units.py::test_it_starts_with_the_session_reloads_and_ends_with_it_and_comes_with_the_next",
    "systemd-analyze security --user --offline=true": "test_units.py::test_the_readme_says_how_far_the_service_is_closed",
    "systemctl --user service-log-level compositord": "test_units.py::test_systemctl_changes_how_much_is_logged_and_where_to",
    "kill -HUP": "test_settings.py::test_a_reload_takes_over_what_it_can_and_nothing_of_a_file_with_faults",
    "meson install": "test_install.py::test_what_is_installed_is_found_is_valid_and_goes_away_again",
}
# ... which steps of ./dev do it...
STEPS = ("npm test", "npm run check-frames", "npm run check-packages", "npm run build", "npm ci")
# ... and what cannot be run here.
NOT_RUN = {
    "./dev run --backend winit": "opens a window on a desktop, of which there is none",
    "./dev test": "it is what runs this",
    'spawn-at-startup "compositord"': "a line of niri's settings; niri does not start without a GPU",
    'autostart = ["compositord"]': "a line of driftwm's settings; driftwm does not start without a GPU",
    "exec-once = compositord": "a line of Hyprland's settings; Hyprland does not start without a GPU",
    "systemctl --user edit compositord": "opens an editor; what it makes, a drop-in, the tests of the units use",
    "exec systemctl --user import-environment WAYLAND_DISPLAY && systemctl --user start sway-session.target": "a line of sway's settings, about a target that the user's system has",
    "compositord --web-root": "names the option; each test here starts it with the page",
    "npm run dev": "serves the page for those who work on it, until it is ended",
    "cargo doc --open -p infinite-map-server": "opens a browser",
    'cargo run -p infinite-map-compositor -- --bricks ~/bricks --companion "compositord --port 8765" foot': "would compile; with a path instead of cargo it is how each test here starts it",
    "infinite-map-conformance --spawn my-compositor --companion {companion}": "my-compositor is the reader's; test_conformance.py runs it with ours",
    "npm ci": "the steps of ./dev install and test",
}


def first_line(text):
    return text.split("\n")[0].split("  #")[0].split("   ")[0].strip()


FOUND = {first_line(text): document for document, text in examples.everywhere()}


# --- those that are run here ------------------------------------------------------------------------------------------


@pytest.fixture
def shell(bed):
    """Runs an example as it stands; compositord gets ports and a page of the test's."""
    programs = Path(bed.directory) / "bin"
    programs.mkdir()
    words = " ".join(str(word) for word in command())
    (programs / "compositord").write_text(f'#!/bin/sh\ncase $1 in --check-config | --help) exec {COMPOSITORD} "$@" ;; esac\nexec {words} "$@"\n')
    (programs / "compositord").chmod(0o755)
    (programs / "compositorctl").symlink_to(CTL)
    bed.env["PATH"] = f"{programs}:{bed.env['PATH']}"
    return lambda script, display="none": bed.run("sh", "-ec", f"cd; exec env {script}", display=display)


def ends_well(bed, shell, example):
    started = shell(example)
    assert started.process.wait(DEADLINE) == 0, started.tail()


def listens(bed, shell, example):
    shell(example).err.wait("listening on")


def tells_of_wayland(bed, shell, example):
    shell(example, display=bed.compositor().display).err.wait(r"wl_display@1\.get_registry")


def with_two(bed):
    compositor = bed.compositor()
    return bed.daemon(compositor, options=("--name", "nested", "--protocol", "wayland", "--address", compositor.display))


def answers(bed, shell, example):
    with_two(bed)
    eventually(lambda: "nested" in subprocess.run([CTL, "compositors"], env=bed.env, capture_output=True, text=True, check=True).stdout, "the compositor")
    ends_well(bed, shell, example)


def shows_until_ctrl_c(bed, shell, example):
    daemon = with_two(bed)
    started = shell(example)

    def shown():
        subprocess.run([CTL, "cameras", "set", "--x", str(len(started.out))], env=bed.env, capture_output=True, check=False)
        daemon.page().ready()
        daemon.close_pages()
        return started.out.text()

    eventually(shown, "something")
    os.kill(started.pid, signal.SIGINT)
    assert started.process.wait(DEADLINE) == 130


def packs(bed, shell, example):
    answers(bed, shell, example)
    (report,) = Path(bed.directory).glob("compositord-report-*.tar.gz")
    assert tarfile.open(report).getnames()


def asks_the_compositor(bed, shell, example):
    compositor = bed.compositor()
    (Path(bed.directory) / "bin/infinite-map-compositor").symlink_to(compositor.argv[0])
    done = subprocess.run(["sh", "-ec", example], env={**bed.env, "WAYLAND_DISPLAY": compositor.display}, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stderr
    assert compositor.camera()["target"]["x"] == 500


RUN = {
    "compositord --help": ends_well,
    "compositord --check-config": ends_well,
    "compositord --log-level=debug": listens,
    "compositord --grant all": listens,
    "compositord --allow-input": listens,
    "compositord --allow-origin=http://localhost:5173": listens,
    "exec compositord": listens,
    "WAYLAND_DEBUG=1 compositord": tells_of_wayland,
    "compositorctl compositors": answers,
    "compositorctl windows list --compositor nested": answers,
    "compositorctl log level": answers,
    "compositorctl log level web debug": answers,
    "compositorctl debug wayland": shows_until_ctrl_c,
    "compositorctl debug traffic": shows_until_ctrl_c,
    "compositorctl debug report": packs,
    """infinite-map-compositor ctl '{"cmd":"move_camera","output":"HEADLESS-1","x":500,"duration":300}'""": asks_the_compositor,
}


@pytest.mark.parametrize("example", sorted(FOUND.keys() & RUN.keys()))
def test_it_does_what_is_said(bed, shell, example):
    RUN[example](bed, shell, example.removeprefix("exec "))


def test_each_is_run_or_it_is_said_why_not():
    nothing = [f"{document}: {line}" for line, document in FOUND.items() if not any(line in known for known in (RUN, RUN_BY, STEPS, NOT_RUN))]
    assert nothing == [], "nothing runs"
    gone = [line for known in (RUN, RUN_BY, NOT_RUN) for line in known if line not in FOUND]
    assert gone == [], "no document has these any more"
    assert [test for test in RUN_BY.values() if not examples.source_of(test)] == []
    steps = (ROOT / "dev").read_text()
    assert [line for line in STEPS if line not in steps] == []


def test_values_that_the_help_has_as_examples_are_taken(bed):
    for program, least in ((COMPOSITORD, 3), (CTL, 0)):
        helped = subprocess.run([program, "--help"], env=bed.env, capture_output=True, text=True, timeout=DEADLINE, check=True).stdout
        found = examples.in_help(helped)
        assert len(found) >= least and helped.count("such as") == len(found), helped
        for each in found:
            option = each if each.startswith("--") else "--" + re.sub(": ", "=", each)
            done = subprocess.run([program, option, "--check-config"], env=bed.env, capture_output=True, text=True, timeout=DEADLINE, check=False)
            assert (done.returncode, done.stderr) == (0, ""), each
