"""The log: how much of it there is, where it goes, and what it looks like there."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
from pathlib import Path

import jsonschema
import pytest

from bed import user_manager
from bed.bus import MANAGER, NAME, PROPERTIES, ROOT, BusClient, BusDaemon
from bed.ctl import FAILED, USAGE, Ctl, lines
from bed.daemon import command
from bed.http import fetch
from bed.paths import ROOT as SOURCE
from bed.program import switches
from bed.waiting import DEADLINE, eventually

LOG_CONTROL = "/org/freedesktop/LogControl1", "org.freedesktop.LogControl1"
LINE = r"compositord: (error|warn|info|debug): [a-z_]+: "
DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4} "
OPENAPI = json.loads((SOURCE / "data/openapi.v1.json").read_text())

namespaces = pytest.mark.skipif(bool(user_manager.missing()), reason=user_manager.missing() or "")


def write(bed, text):
    file = Path(bed.directory) / ".config/compositord/compositord.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def control(bed):
    return f"{bed.directory}/compositord/ctl.sock"


def came(daemon, start):
    """What is said at the level debug, of the category web."""
    daemon.page().close()
    daemon.err.wait("debug: web: a client came", start=start)


@pytest.fixture
def bus(bed):
    started = BusDaemon(bed.env)
    bed._programs.append(started)
    return started


@pytest.fixture
def busctl(bus):
    def run(*words, refused=None):
        done = subprocess.run(["busctl", f"--address={bus.address}", *words], capture_output=True, text=True, timeout=DEADLINE)
        assert (done.returncode == 0) == (refused is None), done.stderr
        assert refused is None or refused in done.stderr
        return done.stdout.strip()

    return run


def test_levels_are_changed_over_the_bus_while_it_runs(bed, bus, busctl):
    daemon = bed.daemon(display="none", options=("--bus", bus.address))
    level = (NAME, ROOT, MANAGER, "LogLevel")
    with contextlib.closing(BusClient(bus)) as client:
        client.wait_for_name()
        assert busctl("get-property", *level) == 's "info"'
        daemon.page().close()
        assert "debug: " not in daemon.err.text()
        client.listen(sender=NAME, interface=PROPERTIES, path=ROOT)
        start = len(daemon.err)
        busctl("set-property", *level, "s", "warn,web=debug")
        told = client.wait(lambda each: each.path == ROOT and "LogLevel" in dict(each.body[1]), "the change")
        assert dict(told.body[1])["LogLevel"] == ("s", "warn,web=debug")
        came(daemon, start)
        busctl("set-property", *level, "s", "wbe=debug", refused="is web meant?")
        assert busctl("get-property", *level) == 's "warn,web=debug"'
        categories = busctl("get-property", NAME, ROOT, MANAGER, "LogCategories")
        assert '"web"' in categories and '"infinite_map"' in categories
        assert client.get(ROOT, MANAGER, "Malformed") == 0
        # A set of another kind of value, or of what cannot be set, is.
        busctl("set-property", *level, "u", "7", refused="Incorrect")
        busctl("set-property", NAME, ROOT, MANAGER, "LogCategories", "as", "0", refused="not writable")
        assert client.get(ROOT, MANAGER, "Malformed") == 2


def test_what_systemctl_asks_for_is_there(bed, bus, busctl):
    # As org.freedesktop.LogControl1(5) has it; with systemctl itself in test_units.py.
    daemon = bed.daemon(display="none", options=("--bus", bus.address, "--log-level", "info,web=info"))
    with contextlib.closing(BusClient(bus)) as client:
        client.wait_for_name()
        at = (NAME, *LOG_CONTROL)
        described = busctl("introspect", *at)
        assert re.search(r"^\.LogLevel +property +s +\"info\" +writable", described, re.MULTILINE)
        assert re.search(r"^\.LogTarget +property +s +\"console\" +writable", described, re.MULTILINE)
        assert re.search(r"^\.SyslogIdentifier +property +s +\"compositord\" +const", described, re.MULTILINE)
        for name, is_then in (("debug", "debug"), ("notice", "info"), ("crit", "err"), ("warning", "warning")):
            busctl("set-property", *at, "LogLevel", "s", name)
            assert busctl("get-property", *at, "LogLevel") == f's "{is_then}"'
            is_then = {"err": "error", "warning": "warn"}.get(is_then, is_then)
            assert busctl("get-property", NAME, ROOT, MANAGER, "LogLevel") == f's "{is_then},web=info"'
        busctl("set-property", *at, "LogLevel", "s", "loud", refused="there is no level")
        busctl("set-property", *at, "LogTarget", "s", "kmsg", refused="console, journal or auto")
        if not os.path.exists("/run/systemd/journal/socket"):
            busctl("set-property", *at, "LogTarget", "s", "journal", refused="there is no journal")
        busctl("set-property", *at, "LogTarget", "s", "auto")
        assert busctl("get-property", *at, "LogTarget") == 's "console"'
        assert client.get(ROOT, MANAGER, "Malformed") == 0
    assert daemon.running


@pytest.mark.parametrize("way", ["bus", "socket"])
def test_levels_are_shown_and_changed_from_the_command_line(bed, bus, way):
    daemon = bed.daemon(display="none", options=("--bus", bus.address))
    if way == "bus":
        with contextlib.closing(BusClient(bus)) as client:
            client.wait_for_name()
    ctl = Ctl(bed.env, *(("--bus", bus.address) if way == "bus" else ("--socket", control(bed))))
    shown = ctl("log", "level").stdout.splitlines()
    assert shown[0].split() == ["CATEGORY", "LEVEL"] and ["web", "info"] in [line.split() for line in shown]
    start = len(daemon.err)
    assert ctl("log", "level", "web", "debug").stdout.splitlines()[1].split() == ["web", "debug"]
    came(daemon, start)
    assert ctl("log", "level", "warn").stdout.count("warn") == len(shown) - 2
    assert ctl.json("log", "level", "web") == [{"name": "web", "level": "debug", "own": True}]
    assert ctl.json("log", "level", "web", "default") == [{"name": "web", "level": "warn", "own": False}]
    [answer] = ctl.json("log", "level")
    assert (answer["level"], answer["target"], answer["file"]) == ("warn", "console", None)
    described = OPENAPI["paths"]["/api/v1/log"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator(described).validate(answer)
    assert "is web meant?" in ctl("log", "level", "wbe", status=USAGE).stderr
    assert "not loud" in ctl("log", "level", "web", "loud", status=USAGE).stderr
    assert "[CATEGORY] [LEVEL]" in ctl("log", "level", "--help").stdout


def test_what_is_posted_is_checked_and_only_its_owner_may(bed):
    daemon = bed.daemon(display="none")
    assert fetch(daemon.port, "/api/v1/log").status == 403
    assert fetch(daemon.port, "/api/v1/log", "POST", Content_Length=0).status == 403
    wrong = {
        "": "level", "[]": "", '{"level":"loud"}': "level", '{"level":"default"}': "level", '{"level":1}': "level",
        '{"level":"info","category":"wbe"}': "category",
    }
    for body, member in wrong.items():
        words = ["curl", "-s", "-H", "Content-Type: application/json", "-w", "%{http_code}", "--unix-socket", control(bed), "-d", body, "http://localhost/api/v1/log"]
        said = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE, check=True).stdout
        assert said.endswith("400"), (body, said)
        assert json.loads(said[:-3]).get("member", "") == member, (body, said)


def test_levels_of_the_settings_are_checked_and_taken_over_by_a_reload(bed):
    file = write(bed, "log-level: [info, wbe=debug]\n")
    done = subprocess.run([*command(), "--check-config"], env=bed.env, capture_output=True, text=True, timeout=DEADLINE)
    assert (done.returncode, done.stderr) == (2, f'compositord: {file}:1: log-level: there is no category "wbe"; is web meant?\n')
    write(bed, "log-level: info\n")
    daemon = bed.daemon(display="none")
    ctl = Ctl(bed.env, "--socket", control(bed))
    ctl("log", "level", "bus", "debug")
    write(bed, "log-level: [warn, web=debug]\n")
    assert ctl("reload").stdout == ""
    start = len(daemon.err)
    came(daemon, start)
    [answer] = ctl.json("log", "level")
    assert {each["name"]: each["level"] for each in answer["categories"] if each["own"]} == {"web": "debug"}


def test_what_is_said_again_and_again_is_counted_and_no_timer_is_left(bed):
    write(bed, "log-level: info\n")
    daemon = bed.daemon(display="none", options=("--no-bus",))
    ctl = Ctl(bed.env, "--socket", control(bed))
    write(bed, "log-level: loud\n")
    for _ in range(4):
        ctl("reload", status=FAILED)
    # Nothing else is said: only the timer can tell.
    daemon.err.wait("repeated 3 times: the settings stay as they were")
    said = [line for line in daemon.err.text().splitlines() if "the settings stay as they were" in line]
    assert said[0] == "compositord: error: compositord: the settings stay as they were" and len(said) == 2
    assert sum('not "loud"' in line for line in daemon.err.text().splitlines()) == 2
    write(bed, "log-level: louder\n")
    ctl("reload", status=FAILED)
    daemon.err.wait('not "louder"')  # another error is another line

    def quiet():
        before = switches(daemon.pid)
        with contextlib.suppress(AssertionError):
            daemon.err.wait("nothing is said", deadline=2)  # what is measured is that nothing happens meanwhile
        return switches(daemon.pid) == before

    eventually(quiet, "a time without a wake-up", deadline=40)


def fill(bed, count):
    """So many different lines of more than 100 bytes."""
    for number in range(count):
        write(bed, f"log-level: loud{number}\n")
        assert fetch(0, "/api/v1/reload", "POST", unix=control(bed), Content_Length=0).status == 200


def test_a_file_is_renamed_when_it_is_full_and_when_another_program_does(bed):
    folder = Path(bed.directory) / "logs/of it"
    path = folder / "log"
    write(bed, f"log-file: {path}\nlog-file-size: 4\nlog-files: 2\n")
    daemon = bed.daemon(display="none", options=("--no-bus",))
    fill(bed, 60)
    last = 'not "loud59"'
    daemon.err.wait(last)
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["log", "log.1", "log.2"]
    assert all(oct(file.stat().st_mode & 0o777) == "0o600" and file.stat().st_size <= 4096 for file in files)
    text = "".join(file.read_text() for file in reversed(files))
    assert all(re.match(DATE + LINE, line) for line in text.splitlines())
    numbers = [int(number) for number in re.findall(r'not "loud(\d+)"', text)]
    assert numbers == list(range(numbers[0], 60)) and 20 < len(numbers) < 60
    # What is there keeps its lines: those of stderr are those of the file.
    assert last in files[0].read_text()

    write(bed, f"log-file: {path}\nlog-file-size: 4\nlog-files: 2\n")
    path.rename(folder / "rotated")
    daemon.process.send_signal(signal.SIGHUP)
    eventually(path.exists, "it is opened again")
    other = folder / "other"
    write(bed, f"log-file: {other}\n")
    daemon.process.send_signal(signal.SIGHUP)
    eventually(other.exists, "a reload takes another file")
    [answer] = Ctl(bed.env, "--socket", control(bed)).json("log", "level")
    assert answer["file"] == str(other)


@namespaces
def test_a_full_disk_is_said_once_and_all_else_goes_on(bed):
    disk = Path(bed.directory) / "disk"
    disk.mkdir()
    write(bed, "")
    script = f"mount -t tmpfs -o size=64k tmpfs {disk} && head -c 60000 /dev/zero >{disk}/ballast && exec \"$@\""
    words = command(0, "--no-bus", "--log-file", f"{disk}/log")
    daemon = bed.run("unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", *words, display="none")
    daemon.err.wait("listening on")
    fill(bed, 60)
    said = daemon.err.wait(r"warn: compositord: cannot write the log \(.*disk/log\): No space left on device")
    assert said
    daemon.err.wait('not "loud59"')
    assert daemon.err.text().count("cannot write the log") == 1
    inside = Path(f"/proc/{daemon.pid}/root{disk}")
    assert (inside / "log").read_text().endswith("\n")
    (inside / "ballast").unlink()
    fill(bed, 1)
    daemon.err.wait(r"disk/log is written again; \d+ lines are missing there")
    kept = (inside / "log").read_text()
    assert all(re.match(DATE + LINE, line) for line in kept.splitlines())
    assert "not \"loud59\"" not in kept and 'not "loud0"' in kept.splitlines()[-1] + kept.splitlines()[-2]


def test_a_file_that_cannot_be_written_stops_nothing(bed):
    daemon = bed.daemon(display="none", options=("--no-bus", "--log-file", "/proc/nowhere/log"))
    assert daemon.err.text().count("/proc/nowhere/log") == 1
    assert fetch(daemon.port, "/health").status == 200


def on_terminal(bed, **env):
    """What it prints on a terminal until it listens."""
    terminal, theirs = pty.openpty()
    try:
        words = [str(word) for word in command(0, "--no-bus", "--log-file", "/proc/nowhere/log")]
        ran = subprocess.Popen(words, env={**bed.env, "TERM": "xterm", "WAYLAND_DISPLAY": "none", **env}, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        seen = b""
        while b"listening on" not in seen:
            seen += os.read(terminal, 65536)
        ran.terminate()
        assert ran.wait(DEADLINE) == 0
        return seen.decode()
    finally:
        os.close(terminal)


def test_a_terminal_gets_colours_and_the_time_and_a_pipe_gets_neither(bed):
    clock = r"\d\d:\d\d:\d\d\.\d{3} "
    coloured = on_terminal(bed)
    assert re.search(rf"^{clock}compositord: \x1b\[33mwarn\x1b\[0m: compositord: ", coloured, re.MULTILINE)
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = on_terminal(bed, **env)
        assert "\x1b" not in plain and re.search(rf"^{clock}{LINE}", plain)
    daemon = bed.daemon(display="none", options=("--no-bus",))
    assert all(re.match(LINE, line) for line in daemon.err.text().splitlines())
    daemon.stop()
    bed.forget(daemon)
    with open(f"{bed.directory}/err", "w", encoding="utf-8") as err:
        ran = subprocess.Popen([str(word) for word in command(0, "--no-bus")], env={**bed.env, "WAYLAND_DISPLAY": "none"}, stderr=err)
    read = Path(f"{bed.directory}/err").read_text
    eventually(lambda: "listening on" in read(), "it listens")
    ran.terminate()
    assert ran.wait(DEADLINE) == 0
    assert all(re.match(DATE + LINE, line) for line in read().splitlines())


@namespaces
@pytest.mark.skipif(not os.path.exists("/lib/systemd/systemd-journald"), reason="there is no systemd-journald")
def test_the_journal_gets_fields(bed, compositor, bus):
    # A real systemd-journald in a mount namespace with a /run of its own: sd_journal_sendv(3) has no other place for its socket.
    # compositord's stderr is a stream of it, as systemd would have it; journalctl reads what came.
    pipelines = Path(bed.directory) / ".config/compositord/pipelines"
    pipelines.mkdir(parents=True)
    (pipelines / "greet.json").write_text(json.dumps({"description": "greets", "steps": [{"name": "greet", "command": ["true"]}]}))
    script = str(SOURCE / "tests/integration/bed/journal.sh")
    words = command(0, "--bus", bus.address, "--log-level", "info,web=debug")
    daemon = bed.run("unshare", "-m", "--propagation", "private", "sh", script, *words, display=compositor.display)

    def entries(*matches):
        inside = ["nsenter", "--target", str(daemon.pid), "--mount"]
        done = subprocess.run([*inside, "journalctl", "-q", "-D", "/run/log/journal", "-o", "json", *matches], capture_output=True, text=True, timeout=DEADLINE)
        return lines(done.stdout)

    def entry(words, *matches):
        return eventually(lambda: [each for each in entries(*matches) if words in each["MESSAGE"]], words)[0]

    listening = entry("listening on http", "SYSLOG_IDENTIFIER=compositord")
    assert (listening["PRIORITY"], listening["COMPOSITORD_CATEGORY"]) == ("6", "compositord")
    assert listening["CODE_FILE"].endswith("src/daemon.cpp") and int(listening["CODE_LINE"]) > 1
    assert not listening["MESSAGE"].startswith("compositord: ")
    connected = entry("connected to the compositor", f"COMPOSITORD_COMPOSITOR={compositor.display}")
    assert connected["COMPOSITORD_CATEGORY"] == "infinite_map"
    ctl = Ctl(bed.env, "--socket", control(bed))
    ctl("sessions", "spawn", "greet", "hello")
    [session] = ctl.json("sessions", "list")
    ended = entry("is completed", f"COMPOSITORD_SESSION={session['id']}")
    assert ended["COMPOSITORD_CATEGORY"] == "sessions"
    write(bed, "max-connections: none\n")
    ctl("reload", status=FAILED)
    assert entry("the settings stay as they were", "PRIORITY=3")
    # Nothing went by the stream: every line has our fields.
    assert not [each for each in entries("_TRANSPORT=stdout")]
    # systemctl service-log-target does this.
    with contextlib.closing(BusClient(bus)) as client:
        client.wait_for_name()
        client.call(LOG_CONTROL[0], PROPERTIES, "Set", "ssv", LOG_CONTROL[1], "LogTarget", ("s", "console"))
        write(bed, "max-connections: many\n")
        ctl("reload", status=FAILED)
        assert eventually(lambda: entries("_TRANSPORT=stdout"), "lines on stderr")[0]["MESSAGE"].startswith("compositord: error: ")
