"""Completions, in the shells that they are for."""

import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from bed.paths import COMPOSITORD
from bed.waiting import DEADLINE, eventually

FOLDER = COMPOSITORD.parents[1] / "data/completions"


@pytest.fixture
def env(bed):
    """The programs are found, and nothing of the user's shells is."""
    bed.env["PATH"] = f"{COMPOSITORD.parent}:{bed.env['PATH']}"
    bed.env["TERM"] = "dumb"
    return bed.env


def in_bash(env, line):
    """What bash offers; a line that it has cut into words as bash does."""
    script = f"""
        source {FOLDER}/compositorctl; source {FOLDER}/compositord
        COMP_LINE=$1 COMP_POINT=${{#1}}
        mapfile -t COMP_WORDS < <(printf '%s' "$1" | sed 's/=/ = /g' | tr -s ' ' '\\n')
        [[ $1 != *[\\ =] ]] || COMP_WORDS+=('')
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        compopt() {{ :; }}
        "_${{COMP_WORDS[0]}}"
        [[ ${{#COMPREPLY[@]}} == 0 ]] || printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "--norc", "-c", script, "bash", line], env=env, cwd=env["HOME"], capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert not done.stderr, done.stderr
    return set(done.stdout.split("\n")) - {""}


def in_fish(env, line):
    script = f"source {FOLDER}/compositorctl.fish; source {FOLDER}/compositord.fish; complete -C $argv[1]"
    done = subprocess.run(["fish", "--no-config", "-c", script, line], env=env, cwd=env["HOME"], capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert not done.stderr, done.stderr
    return {each.split("\t")[0] for each in done.stdout.splitlines()}


def in_zsh(env, line):
    """What zsh lists when the key is pressed; it completes only where it has a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(env["HOME"])
        os.execvpe("zsh", ["zsh", "-f", "-i"], env)
    seen = b""

    def until(there):
        nonlocal seen
        end = time.monotonic() + DEADLINE
        while not there(seen):
            assert time.monotonic() < end, seen
            if select.select([terminal], [], [], 0.1)[0]:
                seen += os.read(terminal, 65536)
        result, seen = seen, b""
        return result

    try:
        setup = (
            f"fpath=({FOLDER} $fpath); autoload -U compinit; compinit -u -D; PROMPT=; "
            "LISTMAX=9999; setopt no_list_beep no_auto_menu; zstyle ':completion:*' list-separator '--'; "
            "list-all() { compstate[insert]=; compstate[list]=list; _main_complete; }; "
            "zle -C list-all complete-word list-all; bindkey '^I' list-all; echo re''ady\n"
        )
        os.write(terminal, setup.encode())
        until(lambda seen: b"\x1b[?2004h" in seen.partition(b"ready\r")[2])  # it edits the next line
        # It lists nothing while more is typed. Below a list it shows the line again; without one it beeps.
        os.write(terminal, f"{line}\t".encode())
        listed = until(lambda seen: seen.count(line.encode()) > 1 or b"\a" in seen).decode(errors="replace")
    finally:
        os.kill(child, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(child, 0)
    words = listed.replace("\r", "\n").split("\n")
    return {word for each in words for word in each.split("--")[0].split()} | {word for each in words for word in each.split() if word.startswith("--")}


SHELLS = [in_bash, in_fish, in_zsh]


@pytest.mark.parametrize("complete", SHELLS)
def test_commands_and_options_are_completed(env, complete):
    assert {"windows", "cameras", "status", "debug"} <= complete(env, "compositorctl ")
    assert complete(env, "compositorctl win") >= {"windows"}
    second = complete(env, "compositorctl windows ")
    assert {"list", "focus", "fullscreen"} <= second and "status" not in second
    assert "--duration" in {each.rstrip("=") for each in complete(env, "compositorctl cameras animate --d")}
    assert "--listen" in {each.rstrip("=") for each in complete(env, "compositord --li")}
    assert {"debug", "error", "info", "warn"} <= complete(env, "compositord --log-level ")


@pytest.mark.parametrize("complete", SHELLS)
def test_what_only_a_running_compositord_knows_is_asked(bed, env, compositor, complete):
    assert not complete(env, "compositorctl windows focus ") & {"1", "HEADLESS-1"}  # none runs, and none is started
    daemon = bed.daemon(compositor)
    eventually(lambda: "connected to the compositor" in daemon.err.text(), "its compositor")
    bed.windows(compositor).open(1, title="it's a title: of *1")
    eventually(lambda: complete(env, "compositorctl windows focus ") >= {"1"}, "the window")
    assert "HEADLESS-1" in complete(env, "compositorctl cameras get ")
    assert "HEADLESS-1" in complete(env, "compositorctl windows center 1 --camera ")


@pytest.mark.parametrize("complete", SHELLS)
def test_compositors_and_what_is_theirs_are_completed(bed, env, complete):
    desk, attic = bed.compositor(), bed.compositor()
    settings = Path(bed.directory) / ".config/compositord/compositord.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        f"compositors:\n  - {{name: desk, protocol: wayland, address: {desk.display}}}\n"
        f"  - {{name: The Attic, protocol: wayland, address: {attic.display}, offset: [0, 10000]}}\n"
    )
    bed.daemon(display=desk.display)
    eventually(lambda: "desk" in complete(env, "compositorctl windows list --compositor "), "the names")
    assert any("Attic" in each for each in complete(env, "compositorctl status --compositor Th"))
    wanted = lambda: complete(env, "compositorctl cameras get --compositor desk ")  # noqa: E731
    eventually(lambda: "HEADLESS-1" in wanted(), "its camera, as it is called there")
    assert not [each for each in wanted() if "Attic" in each]
    assert any("Attic" in each for each in complete(env, "compositorctl cameras get "))


@pytest.mark.parametrize("complete", SHELLS)
def test_files_are_completed(bed, env, complete):
    with open(f"{bed.directory}/forest-picture.jpg", "w", encoding="utf-8"):
        pass
    assert "forest-picture.jpg" in complete(env, "compositorctl wallpaper for")
    assert "forest-picture.jpg" in complete(env, "compositord --token-file for")
    assert complete(env, "compositorctl sessions spawn --priority ") >= {"low", "critical"}
