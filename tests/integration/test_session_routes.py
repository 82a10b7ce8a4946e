"""Sessions over HTTP, in the three ways that clients ask for them."""

import http.client
import json

import pytest

from bed.sessions import Http, gated, pipeline
from bed.waiting import DEADLINE


class Stream:
    """A reader of server-sent events."""

    def __init__(self, port, path, **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        self.connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        self.response = self.connection.getresponse()
        assert self.response.status == 200 and self.response.headers["content-type"] == "text/event-stream"

    def next(self):
        """(name, id, data) of the next event."""
        fields = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if line.startswith(":"):
                continue
            if not line and fields:
                return fields["event"], fields.get("id"), json.loads(fields["data"])
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value

    def until(self, name):
        found = []
        while not found or found[-1][0] != name:
            found.append(self.next())
        return found


@pytest.fixture
def daemon(bed, compositor):
    self = bed
    wait, self.open_gate = gated(bed)
    pipeline(bed, "echo", ["echo", "{task}"])
    pipeline(bed, "slow", wait)
    return bed.daemon(compositor)


@pytest.fixture
def web(daemon):
    made = Http(daemon.port)
    yield made
    made.connection.close()


def test_v1_spawns_shows_ends_and_forgets(bed, web):
    made = web.ask("POST", "/api/v1/sessions", {"sessionType": "echo", "task": "hello", "priority": "high"})
    assert made.status == 201 and made.body["state"] == "queued" and made.body["priority"] == "high"
    place = made.headers["location"]
    assert place == f"/api/v1/sessions/{made.body['id']}"
    assert web.until(place, state="completed")["result"] == "hello"
    assert web.ask("DELETE", place).status == 204 and web.ask("GET", place).status == 404
    slow = web.ask("POST", "/api/v1/sessions", {"sessionType": "slow"}).headers["location"]
    web.until(slow, state="running")
    listed = web.ask("GET", "/api/v1/sessions").body
    assert [s["sessionType"] for s in listed["sessions"]] == ["slow"] and [t["name"] for t in listed["types"]] == ["echo", "slow"]
    assert web.ask("DELETE", slow).status == 202
    web.until(slow, state="cancelled")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/v1/sessions", {"sessionType": "/bin/sh"}, 404),
        ("POST", "/api/v1/sessions", {}, 400),
        ("POST", "/api/v1/sessions", b"{", 400),
        ("POST", "/api/v1/sessions", b"[]", 400),
        ("POST", "/api/v1/sessions", {"sessionType": "echo", "priority": "urgent"}, 400),
        ("POST", "/api/v1/sessions", {"sessionType": "echo", "parameters": {"x": "y"}}, 400),
        ("POST", "/api/v1/sessions", b"", 400),
        ("DELETE", "/api/v1/sessions/nobody", None, 404),
        ("POST", "/sessions", {"sessionType": "echo"}, 400),
        ("POST", "/sessions/nobody/tasks", {"task": "x"}, 404),
        ("POST", "/sessions/nobody", {"task": "x"}, 404),
        ("DELETE", "/sessions/nobody", None, 404),
        ("PATCH", "/api/daemon/sessions", {"sessionId": "nobody", "status": "terminated"}, 404),
        ("PATCH", "/api/daemon/sessions", {}, 400),
        ("GET", "/api/v1/sessions/events?session=nobody", None, 404),
        ("GET", "/api/daemon/heartbeat", None, 405),
        ("PATCH", "/api/v1/sessions", {}, 405),
        ("PUT", "/api/v1/sessions", {}, 405),
        ("POST", "/api/v1/sessions", b'{"task":"' + b"x" * 200000 + b'"}', 413),
    ],
)
def test_what_is_wrong_is_said(daemon, method, path, body, status):
    web = Http(daemon.port)
    try:
        answer = web.ask(method, path, body)
    except (ConnectionResetError, BrokenPipeError):
        assert status == 413, "only what is too long is not read to its end"
        return
    assert answer.status == status, answer.body
    assert Http(daemon.port).ask("GET", "/api/v1/sessions").body["sessions"] == []


def test_pages_of_other_origins_begin_nothing(daemon):
    for headers in ({"Origin": "http://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Host": "evil.example"}):
        assert Http(daemon.port).ask("POST", "/api/v1/sessions", {"sessionType": "echo"}, **headers).status == 403
    plain = Http(daemon.port).ask("POST", "/api/v1/sessions", {"sessionType": "echo"}, Content_Type="text/plain")
    assert plain.status == 415, "what a form could send without asking first"
    assert Http(daemon.port).ask("GET", "/api/v1/sessions").body["sessions"] == []


def test_the_grant_is_needed(bed, compositor):
    pipeline(bed, "echo", ["echo"])
    port = bed.daemon(compositor, options=["--grant", "view"]).port
    for method, path in (("POST", "/api/v1/sessions"), ("GET", "/api/v1/sessions"), ("POST", "/sessions"), ("GET", "/status"), ("GET", "/api/daemon/events"), ("GET", "/api/v1/sessions/events")):
        assert Http(port).ask(method, path, {"sessionType": "echo"} if method == "POST" else None).status == 403, path


def test_orchestrator_clients_that_use_rest(bed, web):
    payload = {"orchestratorId": "vp_1", "task": {"type": "code", "description": "do it"}, "sessionType": "echo"}
    made = web.ask("POST", "/sessions", payload)
    assert made.status == 201 and made.body["status"] == "initializing" and made.body["orchestratorId"] == "vp_1"
    place = f"/sessions/{made.body['id']}"
    web.until(place, status="completed")
    again = web.ask("POST", f"{place}/tasks", {"task": "and this"})
    assert again.status == 202 and again.body["task"]["description"] == "and this"
    web.until(place, status="completed")
    status = web.ask("GET", "/status").body
    assert status["status"] == "running" and status["metrics"]["totalTasksProcessed"] == 2 and status["metrics"]["successRate"] == 1
    slow = web.ask("POST", "/sessions", {**payload, "sessionType": "slow"}).body["id"]
    web.until(f"/sessions/{slow}", status="running")
    assert web.ask("POST", f"/sessions/{slow}/tasks", {"task": "more"}).status == 409
    assert web.ask("DELETE", f"/sessions/{slow}").status == 200
    web.until(f"/sessions/{slow}", status="terminated")


def test_the_daemon_routes_of_the_web_ui(bed, daemon, web):
    assert web.ask("POST", "/api/daemon", {"orchestratorId": "o1"}).status == 201
    assert web.ask("POST", "/api/daemon", {"orchestratorId": "o1"}).status == 200
    assert web.ask("POST", "/api/daemon/heartbeat", {"orchestratorId": "o1"}).body["registered"] is True
    assert web.ask("DELETE", "/api/daemon", {"orchestratorId": "o1"}).status == 204
    assert web.ask("DELETE", "/api/daemon", {"orchestratorId": "o1"}).status == 404
    assert web.ask("GET", "/api/daemon").body["status"] == "running"
    assert web.ask("GET", "/api/daemon/ws").body["url"] == f"ws://127.0.0.1:{daemon.port}/orchestrator"
    made = web.ask("POST", "/api/daemon/sessions", {"orchestratorId": "o1", "task": "t", "sessionType": "slow"})
    session = made.body["id"]
    web.until(f"/sessions/{session}", status="running")
    assert [s["id"] for s in web.ask("GET", "/api/daemon/sessions").body["sessions"]] == [session]
    assert web.ask("PATCH", "/api/daemon/sessions", {"sessionId": session, "task": "x"}).status == 409
    assert web.ask("DELETE", f"/api/daemon/sessions?sessionId={session}").status == 200
    web.until(f"/sessions/{session}", status="terminated")


def test_events_are_streamed_and_go_on_where_a_reader_was(bed, daemon, web):
    stream, theirs = Stream(daemon.port, "/api/v1/sessions/events"), Stream(daemon.port, "/api/daemon/events")
    session = web.ask("POST", "/api/v1/sessions", {"sessionType": "echo", "task": "hi"}).body["id"]
    seen = []
    while not seen or seen[-1]["event"] != "task_ended":
        name, number, data = stream.next()
        assert name == "SessionEvent" and int(number) == data["sequence"] == len(seen) + 1 and data["session"] == session
        seen.append(data)
    assert "".join(m["text"] for m in seen if m["event"] == "output") == "hi\n"
    told = [name for name, _, _ in theirs.until("task_completed") if name != "session_status_update"]
    assert told == ["task_executing", "stream_start", "stream_chunk", "stream_end", "task_completed"]
    again = Stream(daemon.port, f"/api/v1/sessions/events?session={session}", Last_Event_ID="3")
    assert again.next()[2] == seen[3]
    whole = Stream(daemon.port, f"/api/v1/sessions/events?session={session}")
    assert [whole.next()[2] for _ in seen] == seen
