"""compositorctl against a real compositord on a real bus."""

import json
import os
import pty
import re
import signal
import subprocess

import pytest

from bed.bus import BusDaemon
from bed.paths import COMPOSITORD, ROOT
from bed.puppet import Puppets
from bed.waiting import eventually

CTL = COMPOSITORD.parent / "compositorctl"
DONE, FAILED, USAGE, ABSENT, CANCELLED = 0, 1, 2, 3, 130


@pytest.fixture
def bus(bed):
    started = BusDaemon(bed.env)
    bed._programs.append(started)
    return started


@pytest.fixture
def puppets(bed):
    return Puppets(bed.directory)


@pytest.fixture
def daemon(bed, bus, puppets):
    ask = """echo '{"choices": [{"id": "go", "label": "Go on"}]}'; read choice; printf '{"result": "%s"}\\n' "$choice" """
    step = {"name": "ask", "command": ["sh", "-c", ask], "output": "events", "asks": True}
    (puppets.folder / "ask.json").write_text(json.dumps({"steps": [step]}))
    started = bed.daemon(display="none", options=puppets.options)
    eventually(lambda: "known on the bus" in started.err.text(), "its name on the bus")
    return started


@pytest.fixture
def ctl(bed, bus, daemon):
    def run(*words, status=DONE):
        done = subprocess.run([CTL, *words], env=bed.env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    return run


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def spawn(ctl, puppets):
    """A session that does what the test says, and its id."""
    puppet = puppets.new()
    session = ctl("sessions", "spawn", "puppet", "sing a song", "--parameter", f"fifo={puppet.path}", "--detach").stdout.strip()
    return puppet.start(), session


def test_a_session_from_its_start_to_its_end(bed, ctl, puppets):
    puppet, session = spawn(ctl, puppets)
    (listed,) = lines(ctl("sessions", "list", "--json").stdout)
    assert listed == {"id": session, "type": "puppet", "state": "running", "description": "sing a song", "progress": 0}
    assert re.fullmatch(rf"{session} +running +0 %  puppet: sing a song\n", ctl("sessions", "list").stdout)
    watch = bed.run(str(CTL), "sessions", "watch", session, "--json")
    puppet.tell(text="la\x1b[2J")
    puppet.tell(progress=0.5)
    watch.out.wait('"percent":50')
    puppet.tell(tool="piano", call="1", input={"key": "c"})
    puppet.tell(result="a song")
    puppet.end()
    eventually(lambda: not watch.running, "the end of watching")
    assert watch.process.returncode == DONE
    watch.out.join()
    events = lines(watch.out.text())
    assert [each["sequence"] for each in events] == list(range(1, len(events) + 1))
    assert {"event": "Output", "kind": "text", "text": "la\x1b[2J"}.items() <= next(e for e in events if e["event"] == "Output").items()
    assert events[-1]["event"] == "Completed" and events[-1]["result"] == "a song"
    assert next(e for e in events if e["event"] == "ToolStarted")["input"] == '{"key":"c"}'
    # Who comes late is told the same.
    assert lines(ctl("sessions", "watch", session, "--json").stdout) == events
    shown = json.loads(ctl("sessions", "show", session, "--json").stdout)
    assert shown["state"] == "completed" and shown["result"] == "a song" and shown["progress"] == 100 and shown["choices"] == []
    assert "state: completed" in ctl("sessions", "show", session).stdout
    ctl("sessions", "forget", session)
    assert ctl("sessions", "list").stdout == ""
    assert "there is no such session" in ctl("sessions", "show", session, status=FAILED).stderr


def test_the_status_says_how_it_ended(ctl):
    failed = ctl("sessions", "spawn", "puppet", "--parameter=fifo=/nowhere", status=FAILED)
    assert failed.stdout == "" and re.search("failed: only: cat ended with status 1", failed.stderr)
    assert "there is no type" in ctl("sessions", "spawn", "nothing", status=FAILED).stderr
    assert "needs the parameter fifo" in ctl("sessions", "spawn", "puppet", status=FAILED).stderr
    assert "priority must be" in ctl("sessions", "spawn", "loud", "--priority", "huge", status=FAILED).stderr


def test_what_a_program_prints_is_what_comes_out(ctl):
    assert ctl("sessions", "spawn", "loud").stdout == "".join(f"{n}\n" for n in range(1, 400001))


def test_a_choice_is_offered_and_made(bed, ctl):
    run = bed.run(str(CTL), "sessions", "spawn", "ask")
    session = run.err.wait(r"waits for one of go \(Go on\): compositorctl sessions choose (\S+) ID").group(1)
    assert "does not offer" in ctl("sessions", "choose", session, "stop", status=FAILED).stderr
    ctl("sessions", "choose", session, "go")
    eventually(lambda: not run.running, "its end")
    assert run.process.returncode == DONE
    run.err.wait("^go$")


def test_ctrl_c_cancels_what_was_begun_and_leaves_what_is_watched(bed, ctl, puppets):
    puppet, session = spawn(ctl, puppets)
    watch = bed.run(str(CTL), "sessions", "watch", session)
    watch.err.wait("only")
    os.kill(watch.pid, signal.SIGINT)
    eventually(lambda: not watch.running, "the end of watching")
    assert watch.process.returncode == CANCELLED
    watch.err.wait(f"it goes on; compositorctl sessions cancel {session} ends it")
    assert json.loads(ctl("sessions", "show", session, "--json").stdout)["state"] == "running"
    ctl("sessions", "cancel", session)
    other = puppets.new()
    mine = bed.run(str(CTL), "sessions", "spawn", "puppet", "--parameter", f"fifo={other.path}")
    other.start()
    os.kill(mine.pid, signal.SIGINT)
    eventually(lambda: not mine.running, "its end")
    assert mine.process.returncode == CANCELLED
    mine.err.wait("cancelled: it was cancelled")
    assert {each["state"] for each in lines(ctl("sessions", "list", "--json").stdout)} == {"cancelled"}


def test_a_bar_moves_on_a_terminal(bed, ctl, puppets):
    puppet, session = spawn(ctl, puppets)
    terminal, theirs = pty.openpty()
    watch = subprocess.Popen([CTL, "sessions", "watch", session], env=bed.env, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""

    def until(words):
        nonlocal seen
        while words not in seen:
            seen += os.read(terminal, 4096)

    until(b"[" + b" " * 30 + b"]   0 % only")
    puppet.tell(progress=0.5)
    until(b"[" + b"=" * 15 + b" " * 15 + b"]  50 % only")
    puppet.tell(text="la\x1b[2J\n")
    until(b"la [2J\r\n")
    puppet.end()
    assert watch.wait(timeout=60) == DONE
    os.close(terminal)


def test_compositord_may_be_absent_or_end_meanwhile(bed, ctl, daemon, puppets):
    puppet, session = spawn(ctl, puppets)
    watch = bed.run(str(CTL), "sessions", "watch", session)
    watch.err.wait("only")
    daemon.kill()
    eventually(lambda: not watch.running, "the end of watching")
    assert watch.process.returncode == ABSENT
    watch.err.wait("compositord has ended")
    assert "does not run" in ctl("sessions", "list", status=ABSENT).stderr
    assert "cannot be reached" in ctl("sessions", "list", "--bus", "unix:path=/nowhere", status=ABSENT).stderr
    bed.forget(daemon)


@pytest.mark.parametrize(
    "words, said",
    [
        ((), "a command is needed"),
        (("fly",), "there is no command fly"),
        (("sessions",), "sessions needs one of list, types"),
        (("sessions", "show"), "something is missing; see compositorctl sessions show --help"),
        (("sessions", "list", "x"), "there is too much"),
        (("sessions", "list", "--fast"), "--fast is no option"),
        (("sessions", "spawn", "x", "--priority"), "--priority needs a value"),
        (("sessions", "spawn", "x", "--parameter", "x"), "NAME=VALUE"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_said(bed, words, said):
    done = subprocess.run([CTL, *words], env=bed.env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == USAGE and done.stdout == "" and said in done.stderr, done.stderr


def test_every_command_has_help(bed):
    def run(*words):
        return subprocess.run([CTL, *words], env=bed.env, capture_output=True, text=True, timeout=60, check=True).stdout

    text = run("--help")
    commands = re.findall(r"^  ([a-z]+(?: [a-z]+)?)(?: |$)", text.partition("Every command")[0], re.MULTILINE)
    assert "wallpaper" in commands and "sessions watch" in commands and len(commands) >= 9
    assert re.search("130 +it was cancelled", text)
    for command in commands:
        assert run(*command.split(), "--help").startswith(f"Usage: compositorctl {command}")
    assert run("--version").startswith("compositorctl ")


def test_a_wallpaper(bed, bus):
    picture = f"{bed.directory}/red.png"
    subprocess.run(["/usr/bin/convert", "-size", "64x64", "xc:rgb(200,30,40)", picture], check=True)
    daemon = bed.daemon(display="none", options=["--pipelines", str(ROOT / "data/pipelines")])
    eventually(lambda: "known on the bus" in daemon.err.text(), "its name on the bus")
    run = [CTL, "wallpaper", "--effect", "blur", "--on", "nothing", "--cell=-3,4"]
    done = subprocess.run([*run, "red.png"], cwd=bed.directory, env=bed.env, capture_output=True, text=True, timeout=60, check=True)
    assert "#C81E28" in done.stdout and done.stderr.endswith("/blur.1.jpeg\n"), done
    missing = subprocess.run([*run, "blue.png"], cwd=bed.directory, env=bed.env, capture_output=True, text=True, timeout=60, check=False)
    assert missing.returncode == FAILED and "there is no file blue.png" in missing.stderr
