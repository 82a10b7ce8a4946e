"""Clients of the kind orchestrator: by subprotocol, by path, and by the second port."""

import re
from pathlib import Path

import pytest

from bed.daemon import free_port
from bed.http import fetch

TOKEN = "token-for-everything"


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def daemon(bed, compositor, port):
    return bed.daemon(compositor, options=["--orchestrator-port", str(port)])


def connect(daemon, **options):
    return daemon.page(**{"subprotocols": (), "strict": False, "reads_world": False, **options})


def ask(page, message):
    start = page.count()
    page.send(message)
    return page.wait(lambda p: p.messages[start:] and p.messages[start])


@pytest.mark.parametrize("way", ["subprotocol", "path", "port"])
def test_it_is_greeted_and_answered(bed, compositor, daemon, port, way):
    if way == "port":
        daemon.port = port
    page = connect(daemon, **{"subprotocol": {"subprotocols": ("orchestrator",)}, "path": {"path": "/orchestrator"}, "port": {}}[way])
    health = {"type": "health_check_response", "healthy": True}
    assert page.wait(lambda p: p.messages and p.messages[0]) == health
    assert page.subprotocol == ("orchestrator" if way == "subprotocol" else None)
    bed.windows(compositor).open(1)
    compositor.ask("move_camera", output="HEADLESS-1", x=99)
    assert ask(page, {"type": "ping"}) == {"type": "pong"}
    assert ask(page, {"type": "health_check"}) == health
    page.send({"type": "auth", "token": "none is needed here"})
    for kind, payload in (
        ("spawn_session", {"orchestratorId": "o", "task": "t", "sessionType": "main"}),
        ("execute_task", {"sessionId": "s1", "task": "t", "streamResponse": True}),
        ("session_status", {"sessionId": "s1"}),
        ("list_sessions", None),
        ("daemon_status", None),
        ("stop_session", {"sessionId": "s1"}),
    ):
        answer = ask(page, {"type": kind, **({"payload": payload} if payload else {})})
        assert answer["type"] == "error" and "sessions are not available" in answer["error"], kind
        assert answer.get("sessionId") == (payload or {}).get("sessionId")
    assert "fly" not in str(ask(page, {"type": "fly"})) and page.messages[-1]["code"] == "unknown_type"
    page.send_text(b"nonsense")
    page.wait(lambda p: p.messages[-1].get("code") == "malformed")
    assert ask(page, {"type": "ping"}) == {"type": "pong"}
    assert {m["type"] for m in page.messages} == {"health_check_response", "pong", "error"}, "nothing of the map"


def test_health_is_told_on_the_second_port(daemon, port):
    reply = fetch(port, "/health")
    assert reply.status == 200 and re.fullmatch(rb'{"status":"healthy","timestamp":"[-0-9T:.]+Z"}', reply.body)


def test_the_second_port_serves_every_other_dialect_too(daemon, port):
    daemon.port = port
    assert daemon.page().ready().world.cameras


def test_a_second_port_that_is_taken_is_warned_of_and_the_first_one_serves(bed, compositor, daemon, port):
    other = bed.daemon(compositor, options=["--orchestrator-port", str(port)])
    other.err.wait(f"{port}.*--orchestrator-port|--orchestrator-port.*{port}")
    assert other.page().ready()
    assert connect(other, path="/orchestrator").wait(lambda p: p.messages)


def test_a_token_comes_in_a_message_or_in_the_handshake(bed, compositor, port):
    tokens = Path(bed.directory) / "tokens"
    tokens.write_text(f"{TOKEN} sessions\n")
    tokens.chmod(0o600)
    daemon = bed.daemon(compositor, options=["--orchestrator-port", str(port), "--token-file", str(tokens)])
    daemon.port = port
    page = connect(daemon)
    page.wait(lambda p: p.messages)
    assert ask(page, {"type": "list_sessions"})["code"] == "unauthorized"
    assert ask(page, {"type": "auth", "token": TOKEN})["type"] == "health_check_response"
    assert ask(page, {"type": "ping"}) == {"type": "pong"}
    for headers in ({"Authorization": f"Bearer {TOKEN}"}, {"x-api-key": TOKEN}):
        let_in = connect(daemon, headers=headers)
        let_in.wait(lambda p: p.messages)
        assert ask(let_in, {"type": "ping"}) == {"type": "pong"}
    wrong = connect(daemon)
    wrong.wait(lambda p: p.messages)
    assert ask(wrong, {"type": "auth", "token": "nobody-s-token-at-all"})["code"] == "unauthorized"
    assert wrong.wait_for_close() == 1008
    silent = connect(daemon)
    assert silent.wait_for_close(deadline=40) == 1008
