"""The units of the user's systemd, as `meson install` puts them, under a real systemd --user."""

import json
import os
import re
import shutil
import signal
import socket
import tempfile
from http.client import HTTPConnection

import pytest

from bed import user_manager
from bed.installation import install
from bed.paths import ROOT, SANITIZED
from bed.waiting import DEADLINE, eventually

pytestmark = [
    pytest.mark.skipif(SANITIZED, reason="the sanitizers need system calls that the unit forbids"),
    pytest.mark.skipif(bool(user_manager.missing()), reason=user_manager.missing() or ""),
]

README = (ROOT / "README.md").read_text()
UNITS = ("compositord.service", "compositord@.service", "compositord.socket", "compositord-orchestrator.socket")
# A compositor's session as units make it: the target that services of the session belong to comes with it, and a conflict ends
# all of it.
SESSION = """
[Unit]
BindsTo=graphical-session.target
Before=graphical-session.target
[Service]
ExecStart=/run/map/infinite-map-compositor --socket wayland-units --allow-exe /usr/local/bin/compositord
"""
SHUTDOWN = """
[Unit]
DefaultDependencies=no
StopWhenUnneeded=yes
Conflicts=graphical-session.target
After=graphical-session.target
"""


@pytest.fixture(scope="module")
def installed():
    folder = install()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def manager(installed):
    directory = tempfile.mkdtemp(prefix="cbed-", dir="/tmp")
    started = user_manager.UserManager(directory, installed)
    try:
        started.write_unit("map-session.service", SESSION)
        started.write_unit("map-shutdown.target", SHUTDOWN)
        # Ports of its own: other tests run beside this one.
        started.drop_in("compositord.service", "[Service]\nEnvironment=WAYLAND_DISPLAY=wayland-units\nExecStart=\n"
                        "ExecStart=/usr/local/bin/compositord --port 0 --orchestrator-port 0\n")
        started.drop_in("compositord.socket", f"[Socket]\nListenStream=\nListenStream={directory}/compositord.sock\n")
        yield started
    finally:
        started.stop()
        shutil.rmtree(directory)


def session(manager):
    manager.do("start", "map-session.service")
    eventually((manager.directory / "wayland-units").exists, "the compositor's socket")


def connected(manager):
    return manager.show("compositord.service", "StatusText").startswith("connected to")


class UnixConnection(HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=DEADLINE)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(self._path)


def health(path):
    connection = UnixConnection(path)
    try:
        connection.request("GET", "/health")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def test_the_readme_names_units_that_can_be_enabled(manager):
    lines = [line.split("#")[0] for line in README.splitlines() if line.startswith("systemctl --user enable")]
    assert len(lines) == 3
    for line in lines:
        manager.do(*(word for word in line.split()[2:] if word != "--now"))  # at the ports of the whole machine


def test_systemd_finds_no_fault_in_the_units(manager):
    checked = manager.run("systemd-analyze", "verify", "--user", *(f"/usr/local/lib/systemd/user/{unit}" for unit in UNITS))
    ours = [line for line in (checked.stdout + checked.stderr).splitlines() if "compositord" in line]
    assert (checked.returncode, ours) == (0, [])


def test_the_readme_says_how_far_the_service_is_closed(manager):
    (version, figure), = re.findall(r"systemd-analyze security --user --offline=true` of systemd\s+(\d+)\s+says ([0-9.]+)\.", README)
    if not manager.run("systemctl", "--version").stdout.startswith(f"systemd {version} "):
        pytest.skip(f"each systemd has a scale of its own; that of the README is {version}")
    for unit in UNITS[:2]:
        said = manager.run("systemd-analyze", "security", "--user", "--offline=true", "--no-pager", f"/usr/local/lib/systemd/user/{unit}")
        assert re.search(r"Overall exposure level for \S+: ([0-9.]+)", said.stdout).group(1) == figure, unit


@pytest.mark.parametrize("setting", ["CapabilityBoundingSet=", "ProtectClock=yes"])
def test_what_would_close_it_further_a_users_systemd_cannot_do(manager, setting):
    """Else it belongs into the unit."""
    manager.drop_in("compositord.service", f"[Service]\n{setting}\n", "closed.conf")
    session(manager)
    assert manager.systemctl("start", "compositord.service").returncode != 0
    assert manager.show("compositord.service", "ExecMainStatus") == "218", "EXIT_CAPABILITIES"


def test_it_starts_with_the_session_reloads_and_ends_with_it_and_comes_with_the_next(manager):
    manager.do("enable", "compositord.service")
    for _ in range(2):
        session(manager)
        eventually(lambda: connected(manager), "compositord is connected")
        assert manager.show("compositord.service", "ActiveState") == "active"
        pid = manager.show("compositord.service", "MainPID")
        manager.do("reload", "compositord.service")
        assert (manager.show("compositord.service", "ActiveState"), manager.show("compositord.service", "MainPID")) == ("active", pid)
        manager.do("start", "--job-mode=replace-irreversibly", "map-shutdown.target")
        for unit in ("compositord.service", "map-session.service"):
            eventually(lambda: manager.show(unit, "ActiveState") == "inactive", f"{unit} ended with the session")
        assert manager.show("compositord.service", "Result") == "success"


def test_programs_of_sessions_can_make_sandboxes_in_it(manager):
    sandbox = "/usr/bin/bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev --tmpfs /tmp --cap-drop ALL true"
    manager.drop_in("compositord.service", f"[Service]\nExecStartPre={sandbox}\n", "sandbox.conf")
    session(manager)
    manager.do("start", "compositord.service")


def test_ending_it_or_losing_it_does_not_end_the_compositor(manager):
    session(manager)
    compositor = manager.show("map-session.service", "MainPID")
    manager.do("start", "compositord.service")
    manager.do("kill", "--signal=SIGKILL", "compositord.service")
    eventually(lambda: manager.show("compositord.service", "NRestarts") == "1" and connected(manager), "it is back")
    manager.do("stop", "compositord.service")
    assert manager.show("map-session.service", "ActiveState") == "active"
    assert manager.show("map-session.service", "MainPID") == compositor


def test_one_that_hangs_is_ended_by_the_watchdog_and_started_again(manager):
    manager.drop_in("compositord.service", "[Service]\nWatchdogSec=1\nRestart=on-watchdog\nRestartSec=0\n", "watchdog.conf")
    session(manager)
    manager.do("start", "compositord.service")
    pid = int(manager.show("compositord.service", "MainPID"))
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: manager.show("compositord.service", "NRestarts") == "1" and connected(manager), "another one runs")
    assert int(manager.show("compositord.service", "MainPID")) != pid


def test_a_wrong_command_line_is_not_tried_again(manager):
    manager.drop_in("compositord.service", "[Service]\nExecStart=\nExecStart=/usr/local/bin/compositord --nonsense\n", "wrong.conf")
    session(manager)
    assert manager.systemctl("start", "compositord.service").returncode != 0
    assert manager.show("compositord.service", "ExecMainStatus") == "2"
    assert manager.show("compositord.service", "NRestarts") == "0"


def test_the_first_client_of_the_socket_starts_it_and_is_answered(manager):
    manager.do("enable", "compositord.socket")
    session(manager)
    assert manager.show("compositord.service", "ActiveState") == "inactive"
    path = manager.directory / "compositord.sock"
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert health(path)["status"] == "healthy"
    assert manager.show("compositord.service", "ActiveState") == "active"
    # Who comes while it is down waits, and is answered by the next one.
    manager.do("kill", "--signal=SIGKILL", "compositord.service")
    assert health(path)["status"] == "healthy"


def test_a_caller_on_the_bus_starts_the_unit(manager):
    manager.do("start", "dbus.socket")
    session(manager)
    called = manager.run(
        "busctl", "--user", "get-property", "org.geometryos.Compositord1", "/org/geometryos/Compositord1",
        "org.geometryos.Compositord1.Manager", "Version",
    )
    assert called.returncode == 0, called.stderr
    assert called.stdout.startswith('s "')
    assert manager.show("compositord.service", "ActiveState") == "active"


def test_systemctl_changes_how_much_is_logged_and_where_to(manager):
    manager.do("start", "dbus.socket")
    session(manager)
    manager.do("start", "compositord.service")
    called = ("busctl", "--user", "get-property", "org.geometryos.Compositord1", "/org/geometryos/Compositord1", "org.geometryos.Compositord1.Manager", "LogLevel")
    eventually(lambda: manager.run(*called).returncode == 0, "it is on the bus")
    assert manager.do("service-log-level", "compositord.service") == "info"
    manager.do("service-log-level", "compositord.service", "debug")
    assert manager.run(*called).stdout == 's "debug"\n'
    assert manager.do("service-log-target", "compositord.service") == "console"
    assert "there is no journal" in manager.systemctl("service-log-target", "compositord.service", "journal").stderr


def test_two_instances_serve_two_compositors(manager):
    session(manager)
    manager.write_unit("second.service", "[Service]\nExecStart=/run/map/infinite-map-compositor --socket wayland-second "
                                         "--allow-exe /usr/local/bin/compositord\n")
    manager.do("start", "second.service")
    for display in ("wayland-units", "wayland-second"):
        manager.do("start", f"compositord@{display}.service")
        status = health(manager.directory / f"compositord-{display}.sock")
        assert status["status"] == "healthy"
        eventually(lambda: manager.show(f"compositord@{display}.service", "StatusText").startswith("connected to"), "connected")
