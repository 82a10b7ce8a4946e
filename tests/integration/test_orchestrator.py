"""Clients of the kind orchestrator: by subprotocol, by path, and by the second port."""

import json
import re
from pathlib import Path

import pytest

from bed.daemon import free_port
from bed.http import fetch
from bed.sessions import gated, pipeline

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
        ("spawn_session", {"orchestratorId": "o", "task": "t", "sessionType": "/bin/sh"}),
        ("execute_task", {"sessionId": "s1", "task": "t", "streamResponse": True}),
        ("session_status", {"sessionId": "s1"}),
        ("stop_session", {"sessionId": "s1"}),
    ):
        answer = ask(page, {"type": kind, "payload": payload})
        assert answer["type"] == "error" and answer["code"] == "not_found", kind
        assert answer.get("sessionId") == payload.get("sessionId")
    assert ask(page, {"type": "list_sessions"}) == {"type": "sessions_list", "sessions": [], "payload": []}
    status = ask(page, {"type": "daemon_status"})
    assert status["status"] == status["payload"] and status["status"]["status"] == "running"
    assert status["status"].keys() == {"status", "uptime", "activeSessions", "queuedTasks", "metrics", "subsystems"}
    assert "fly" not in str(ask(page, {"type": "fly"})) and page.messages[-1]["code"] == "unknown_type"
    page.send_text(b"nonsense")
    page.wait(lambda p: p.messages[-1].get("code") == "malformed")
    assert ask(page, {"type": "ping"}) == {"type": "pong"}
    assert {m["type"] for m in page.messages} == {"health_check_response", "pong", "error", "sessions_list", "daemon_status_update"}, "nothing of the map"


def messages(page, session):
    def about(m):
        return m.get("sessionId") or (m.get("data") or m.get("session") or {}).get("sessionId") or (m.get("session") or {}).get("id")

    return [m for m in page.messages if about(m) == session]


def wait_for_end(page, session):
    ends = ("completed", "failed", "terminated")
    page.wait(lambda p: any(m["type"] == "session_status_update" and m["session"]["status"] in ends for m in messages(p, session)))


def test_a_session_is_spawned_streamed_and_ends(bed, compositor):
    lines = [{"thinking": "hm"}, {"tool": "read_file", "call": "1", "input": {"path": "/x"}}, {"tool": "read_file", "call": "1", "result": {"content": "y"}}, {"text": "Here it is"}, {"tokens": 7}]
    agent = {"name": "agent", "output": "events", "input": "\n".join(json.dumps(line) for line in lines) + "\n", "command": ["cat"]}
    pipeline(bed, "claude-code", agent)
    wait, open_gate = gated(bed)
    pipeline(bed, "slow", wait)
    daemon = bed.daemon(compositor)
    page, other = (connect(daemon, path="/orchestrator") for _ in range(2))
    other.wait(lambda p: p.messages)
    task = {"type": "code", "description": "Implement feature X", "priority": "high", "status": "pending"}
    page.send({"type": "spawn_session", "payload": {"orchestratorId": "vp_123", "task": task, "sessionType": "claude-code", "memoryProfile": "default"}})
    spawned = page.wait(lambda p: next((m for m in p.messages if m["type"] == "session_spawned"), None))
    session = spawned["session"]
    assert session == spawned["payload"] and session["status"] == "initializing" and session["orchestratorId"] == "vp_123"
    assert session["task"]["description"] == "Implement feature X" and session["task"]["priority"] == "high"
    page.send({"type": "execute_task", "payload": {"sessionId": session["id"], "task": "Implement feature X", "streamResponse": True}})
    wait_for_end(page, session["id"])
    told = messages(page, session["id"])
    kinds = [m["type"] for m in told if m["type"] != "session_status_update"]
    assert kinds == ["session_spawned", "task_executing", "stream_start", "stream_chunk", "tool_call_start", "tool_call_result", "stream_chunk", "stream_end", "task_completed"]
    chunks = [m["data"] for m in told if m["type"] == "stream_chunk"]
    assert [(c["chunk"], c["metadata"]["type"]) for c in chunks] == [("hm", "thinking"), ("Here it is", "text")]
    start, result = (next(m["data"] for m in told if m["type"] == kind) for kind in ("tool_call_start", "tool_call_result"))
    assert start["toolInput"] == {"path": "/x"} and start["status"] == "started" and result["result"] == {"content": "y"}
    end = told[-1]["session"]
    assert end["status"] == "completed" and end["metrics"]["tokensUsed"] == 7 and end["endedAt"]
    # Others hear that it is there and how it ended, and nothing of what it says.
    wait_for_end(other, session["id"])
    assert {m["type"] for m in messages(other, session["id"])} == {"session_status_update"}
    # Another task for it, and one that is stopped.
    page.send({"type": "execute_task", "payload": {"sessionId": session["id"], "task": "And now Y"}})
    page.wait(lambda p: [m["type"] for m in messages(p, session["id"])].count("task_completed") == 2)
    other.send({"type": "spawn_session", "payload": {"orchestratorId": "o", "task": "wait", "sessionType": "slow"}})
    slow = other.wait(lambda p: next((m for m in p.messages if m["type"] == "session_spawned"), None))["session"]["id"]
    other.wait(lambda p: any(m["type"] == "task_executing" for m in messages(p, slow)))
    busy = ask_for_error(other, {"type": "execute_task", "payload": {"sessionId": slow, "task": "something else"}})
    assert busy["code"] == "busy" and busy["sessionId"] == slow
    page.send({"type": "stop_session", "payload": {"sessionId": slow}})
    wait_for_end(other, slow)
    assert messages(other, slow)[-1]["session"]["status"] == "terminated"
    assert any(m["type"] == "task_failed" and m["error"] == "it was cancelled" for m in messages(other, slow))


def ask_for_error(page, message):
    start = page.count()
    page.send(message)
    return page.wait(lambda p: next((m for m in p.messages[start:] if m["type"] == "error"), None))


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
