"""One session on every outlet at once: the same order, the same numbers, the same end."""

import json
import socket
from pathlib import Path

import pytest

from bed.sessions import ProgressClient, gated, pipeline
from test_session_routes import Stream
from test_sessions import events, spawn, told, wait_for_end


class Watchers:
    """A client on each outlet."""

    def __init__(self, bed, daemon):
        folder = Path(bed.directory) / "compositord"
        self.v1 = daemon.page().ready()
        self.msgpack = daemon.page(subprotocols=("compositord.v1.msgpack",)).ready()
        for page in (self.v1, self.msgpack):
            page.do("FollowSession")
        self.orchestrator = daemon.page(subprotocols=("orchestrator",), strict=False, reads_world=False)
        self.orchestrator.wait(lambda p: p.messages)
        self.stream = Stream(daemon.port, "/api/v1/sessions/events")
        self.frames = ProgressClient(folder / "work_progress.sock")
        self.lines = ProgressClient(folder / "work_progress.json.sock", lines=True)

    def execute(self, session):
        self.orchestrator.send({"type": "execute_task", "payload": {"sessionId": session, "task": "work"}})

    # What each was told of progress, and how it ended.

    def of_page(self, page, session):
        wait_for_end(page, session)
        happened = events(page, session)
        return [m["percent"] for m in happened if m["event"] == "progress"], happened[-1]["outcome"]

    def of_stream(self):
        happened = []
        while not happened or happened[-1]["event"] != "task_ended":
            happened.append(self.stream.next()[2])
        return [m["percent"] for m in happened if m["event"] == "progress"], happened[-1]["outcome"]

    def of_orchestrator(self, session):
        def updates(page):
            return [m["session"] for m in page.messages if m["type"] == "session_status_update" and m["session"]["id"] == session]

        self.orchestrator.wait(lambda p: updates(p) and updates(p)[-1]["status"] in ("completed", "failed", "terminated"))
        percent = list(dict.fromkeys(u["progress"] for u in updates(self.orchestrator)))
        return [p for p in percent if p > 0], {"completed": "completed", "terminated": "cancelled"}[updates(self.orchestrator)[-1]["status"]]

    @staticmethod
    def of_progress(client):
        happened = client.read_until_end()
        percent = list(dict.fromkeys(m["data"]["progress"] for m in happened if "progress" in m["data"]))
        return [p for p in percent if p > 0], {"complete": "completed", "error": "cancelled"}[happened[-1]["data"]["status"]]


@pytest.fixture
def work(bed):
    wait, open_gate = gated(bed)
    lines = "".join(json.dumps({"progress": i / 8}) + "\n" for i in range(1, 8))
    told_by_itself = {"name": "first", "output": "events", "input": lines, "command": ["cat"]}
    pipeline(bed, "work", told_by_itself, {"name": "wait", "command": wait}, {"name": "last", "command": ["echo", "done"], "weight": 2})
    return open_gate


def test_all_report_the_same(bed, compositor, work):
    watchers = Watchers(bed, bed.daemon(compositor))
    session = spawn(watchers.v1, "work", task="work")
    watchers.execute(session)
    work()
    expected = watchers.of_page(watchers.v1, session)
    assert expected == ([3.13, 6.25, 9.38, 12.5, 15.63, 18.75, 21.88, 25, 50, 100], "completed")
    assert watchers.of_page(watchers.msgpack, session) == expected
    assert told(watchers.msgpack, session) == told(watchers.v1, session)
    assert watchers.of_stream() == expected
    assert watchers.of_progress(watchers.frames) == expected
    assert watchers.of_progress(watchers.lines) == expected
    # It tells how the session stands rather than what happened, and may have been late for the first of it.
    percent, outcome = watchers.of_orchestrator(session)
    assert outcome == "completed" and percent == expected[0][-len(percent) :]


@pytest.mark.parametrize("victim", ["v1", "msgpack", "orchestrator", "stream", "frames", "lines"])
def test_an_outlet_that_is_cut_off_leaves_the_others_alone(bed, compositor, work, victim):
    daemon = bed.daemon(compositor)
    watchers = Watchers(bed, daemon)
    spawner = daemon.page().ready()
    session = spawn(spawner, "work", task="work")
    watchers.execute(session)
    spawner.wait(lambda p: any(m.get("step") == "wait" for m in events(p, session)))
    client = getattr(watchers, victim)
    if isinstance(client, Stream):
        client.connection.sock and client.connection.sock.shutdown(socket.SHUT_RDWR)
    elif isinstance(client, ProgressClient):
        client.close()
    else:
        client.abort()
        daemon.pages.remove(client)
    work()
    expected = watchers.of_page(spawner, session)
    assert expected[1] == "completed"
    reports = {
        "v1": lambda: watchers.of_page(watchers.v1, session),
        "msgpack": lambda: watchers.of_page(watchers.msgpack, session),
        "stream": watchers.of_stream,
        "frames": lambda: watchers.of_progress(watchers.frames),
        "lines": lambda: watchers.of_progress(watchers.lines),
    }
    for name, report in reports.items():
        if name != victim:
            assert report() == expected, name
    if victim != "orchestrator":
        assert watchers.of_orchestrator(session)[1] == "completed"
