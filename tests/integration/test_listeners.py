"""Where compositord listens: addresses, a Unix socket, sockets of the service manager; and how many it lets in."""

import json
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from bed.daemon import free_port
from bed.http import fetch, metric
from bed.paths import COMPOSITORD, WEB_ROOT
from bed.program import descriptors
from bed.waiting import DEADLINE, eventually

TOKEN = "token-for-everything"


@pytest.fixture
def tokens(bed):
    path = Path(bed.directory) / "tokens"
    path.write_text(f"{TOKEN} all\n")
    path.chmod(0o600)
    return path


def ended(bed, *options):
    run = [COMPOSITORD, "--port", "0", "--orchestrator-port", "0", *options]
    done = subprocess.run(run, env={**bed.env, "WAYLAND_DISPLAY": "none"}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode not in (0, -6, -11)
    return done.stderr


def test_other_machines_are_let_in_only_with_tokens(bed, compositor, tokens):
    for address in ("0.0.0.0", "0.0.0.0:0", "::"):
        said = ended(bed, "--listen", address)
        assert "--token-file" in said and "loopback" in said
    daemon = bed.daemon(compositor, options=["--listen", "0.0.0.0", "--token-file", str(tokens)])
    assert fetch(daemon.port, "/health", Host=f"192.0.2.7:{daemon.port}").status == 200
    assert fetch(daemon.port, "/api/v1/state").status == 401
    assert daemon.page(headers={"Authorization": f"Bearer {TOKEN}"}).ready()


def test_what_cannot_be_listened_on_is_named(bed):
    for text in ("localhost", "127.0.0.1:http", "unix:relative", "unix:/nowhere/at/all", "192.0.2.1"):
        assert text.removeprefix("unix:") in ended(bed, "--listen", text)


def test_it_listens_on_several_addresses(bed, compositor):
    port = free_port()
    daemon = bed.daemon(compositor, options=["--listen", "127.0.0.1", "--listen", f"127.0.0.2:{port}"])
    assert fetch(daemon.port, "/health").status == 200
    with socket.create_connection(("127.0.0.2", port), timeout=DEADLINE) as connection:
        connection.sendall(f"GET /api/v1/state HTTP/1.1\r\nHost: 127.0.0.2:{port}\r\nConnection: close\r\n\r\n".encode())
        assert b"200 OK" in connection.recv(65536)
    assert daemon.err.count(f"http://127.0.0.2:{port}/") == 1


def test_a_machine_s_name_is_answered_to_when_it_is_allowed(bed, compositor):
    daemon = bed.daemon(compositor, options=["--allow-host", "map.home.arpa"])
    host = f"map.home.arpa:{daemon.port}"
    assert daemon.page(host=host, origin=f"http://{host}").ready()
    assert fetch(daemon.port, "/", Host="evil.example").status == 403
    assert metric(daemon.port, 'refused_total{kind="host"}') == 1


def test_programs_of_the_same_user_come_in_by_a_unix_socket_without_a_token(bed, compositor, tokens):
    path = Path(bed.directory) / "compositord.sock"
    daemon = bed.daemon(compositor, options=["--listen", f"unix:{path}", "--token-file", str(tokens), "--grant", "view,camera"])
    assert daemon.port is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    page = daemon.page(unix=str(path)).ready()
    assert page.world.hello["grants"] == ["view", "camera"]
    page.do("SetCamera", x=12)
    assert page.ask("Focus", window=1)["code"] == "forbidden"
    curl = subprocess.run(
        ["curl", "-s", "--fail", "--unix-socket", path, "http://compositord/api/v1/cameras"], capture_output=True, text=True, timeout=20, check=True
    )
    assert json.loads(curl.stdout)["cameras"][0]["target"]["x"] == 12
    assert not [what for what in descriptors(daemon.pid).values() if what == "listening"], "and nowhere else"
    daemon.stop()
    bed.forget(daemon)
    assert not path.exists()


def test_another_user_on_a_unix_socket_needs_a_token(bed, compositor, tokens):
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    path = Path(bed.directory) / "compositord.sock"
    bed.daemon(compositor, options=["--listen", f"unix:{path}", "--token-file", str(tokens)])
    command = f"curl -s -o /dev/null -w '%{{http_code}}' --unix-socket {path} http://localhost/api/v1/state"
    other = ["setpriv", "--reuid=65534", "--clear-groups", "sh", "-c"]
    refused = subprocess.run([*other, command], capture_output=True, text=True, timeout=20, check=False)
    assert refused.stdout == "000", "the file is its owner's"
    os.chmod(bed.directory, 0o711)
    path.chmod(0o666)  # as a service manager may make it
    assert subprocess.run([*other, command], capture_output=True, text=True, timeout=20, check=False).stdout == "401"
    command += f" -H 'x-api-key: {TOKEN}'"
    assert subprocess.run([*other, command], capture_output=True, text=True, timeout=20, check=False).stdout == "200"


def test_a_socket_that_a_killed_run_left_is_replaced_and_a_living_one_is_not(bed, compositor):
    path = Path(bed.directory) / "compositord.sock"
    first = bed.daemon(compositor, options=["--listen", f"unix:{path}"])
    said = ended(bed, "--listen", f"unix:{path}")
    assert str(path) in said and "in use" in said
    first.kill()
    bed.forget(first)
    assert path.exists()
    second = bed.daemon(compositor, options=["--listen", f"unix:{path}"])
    assert second.page(unix=str(path)).ready()


def test_the_service_manager_may_hand_sockets_over(bed, compositor):
    path = Path(bed.directory) / "handed.sock"
    port, second = free_port(), free_port()
    listen = [f"--listen=127.0.0.1:{port}", f"--listen={path}", f"--listen=127.0.0.1:{second}"]
    keep = [f"--setenv={name}" for name in ("WAYLAND_DISPLAY", *bed.env)]
    started = bed.run(
        "systemd-socket-activate", *listen, *keep, "--fdname=page:local:orchestrator", COMPOSITORD, "--web-root", WEB_ROOT, display=compositor.display
    )
    started.err.wait("Listening on .*:%d" % second)
    # The first connection starts it.
    assert fetch(port, "/health").status == 200
    assert fetch(None, "/health", unix=str(path)).status == 200
    started.err.wait(f"listening on http://127.0.0.1:{second}/ for orchestrator clients")
    assert descriptors(started.pid)
    assert "8765" not in started.err.text() and "8787" not in started.err.text()


def test_connections_beyond_the_limit_are_turned_away_and_others_stay(bed, compositor):
    path = Path(bed.directory) / "compositord.sock"
    options = ["--max-connections", "12", "--max-connections-per-peer", "10", "--listen", "127.0.0.1", "--listen", f"unix:{path}"]
    daemon = bed.daemon(compositor, options=options)
    page = daemon.page().ready()
    idle = [socket.create_connection(("127.0.0.1", daemon.port), timeout=DEADLINE) for _ in range(9)]
    eventually(lambda: metric(None, "connections", unix=str(path)) == 11, "all have come")
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=DEADLINE) as late:
        try:
            assert late.recv(1000).startswith(b"HTTP/1.1 503")
        except ConnectionResetError:
            pass
    assert daemon.page(unix=str(path)).ready(), "another peer"
    with socket.socket(socket.AF_UNIX) as last, socket.socket(socket.AF_UNIX) as late:
        last.connect(str(path))
        late.settimeout(DEADLINE)
        late.connect(str(path))
        assert b"503" in late.recv(1000), "that was the last of all"
    page.do("SetCamera", x=1)
    while idle:
        idle.pop().close()
    eventually(lambda: metric(daemon.port, "connections") == 3, "they are gone, and counted so")
    assert metric(daemon.port, 'refused_total{kind="connections"}') == 2
    assert daemon.err.count("--max-connections-per-peer") == 1


def test_a_connection_that_says_nothing_is_given_up(daemon, page):
    before = metric(daemon.port, "connections")
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=60) as silent:
        assert silent.recv(10) == b""
    assert page.ask("Ping")["type"] == "Pong"
    eventually(lambda: metric(daemon.port, "connections") == before, "it is gone")


def test_a_flood_of_messages_is_said_once_dropped_and_then_ended(daemon, page):
    flooder = daemon.page()
    flooder.send_timeout(DEADLINE)
    ping = b'{"type":"Ping"}'
    try:
        for _ in range(200_000):
            flooder.send_text(ping)
    except OSError:
        pass
    assert flooder.wait_for_close() in (1008, 1006)
    warned = [m for m in flooder.messages if m["type"] == "Error"]
    assert len(warned) == 1 and warned[0]["code"] == "rate_limited"
    assert page.ask("Ping")["type"] == "Pong"
    assert metric(daemon.port, 'clients_closed_total{reason="rate"}') + metric(daemon.port, 'clients_closed_total{reason="stalled"}') == 1
    assert metric(daemon.port, 'refused_total{kind="rate"}') > 100
    assert daemon.err.count("too fast") == 1
