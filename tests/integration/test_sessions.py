"""Sessions over the WebSocket: spawned, followed, cancelled, kept."""

import os
import signal

import pytest

from bed.daemon import free_port
from bed.program import alive
from bed.sessions import gated, pipeline
from bed.waiting import eventually


def events(page, session, start=0):
    return [m for m in page.messages[start:] if m["type"] == "SessionEvent" and m["session"] == session]


def wait_for_end(page, session):
    return page.wait(lambda p: next((m for m in events(p, session) if m["event"] == "task_ended"), None), "the session's end")


def spawn(page, kind, **members):
    start = page.count()
    page.send({"type": "SpawnSession", "id": f"spawn-{start}", "sessionType": kind, **members})
    answer = page.wait(lambda p: next((m for m in p.messages[start:] if m.get("id") == f"spawn-{start}"), None))
    assert answer["type"] == "SessionSpawned", answer
    return answer["session"]["id"]


def list_sessions(page):
    start = page.count()
    page.send({"type": "ListSessions", "id": f"list-{start}"})
    return page.wait(lambda p: next((m for m in p.messages[start:] if m.get("id") == f"list-{start}"), None))


def told(page, session):
    """The events without what tells one connection from another."""
    return [{k: v for k, v in m.items() if k != "missed"} for m in events(page, session)]


@pytest.mark.parametrize("subprotocol", ["compositord.v1.json", "compositord.v1.msgpack"])
def test_whoever_spawns_is_told_what_happens(bed, compositor, subprotocol):
    pipeline(bed, "two", ["sh", "-c", "printf 'grün\\377'; echo bad >&2"], ["echo", "{task}", "{word}"], parameters={"word": {"default": "w"}})
    page = bed.daemon(compositor).page(subprotocols=(subprotocol,)).ready()
    session = spawn(page, "two", task="$(x) *", parameters={"word": "a b"})
    end = wait_for_end(page, session)
    assert end["outcome"] == "completed" and end["result"] == "$(x) * a b"
    happened = events(page, session)
    assert [m["sequence"] for m in happened] == list(range(1, len(happened) + 1))
    output = {kind: "".join(m["text"] for m in happened if m["event"] == "output" and m["kind"] == kind) for kind in ("text", "diagnostic")}
    assert output == {"text": "grün\ufffd$(x) * a b\n", "diagnostic": "bad\n"}
    assert [m["percent"] for m in happened if m["event"] == "progress"] == [50, 100]
    listed = list_sessions(page)
    assert [t["name"] for t in listed["types"]] == ["two"] and listed["sessions"][0]["state"] == "completed"


def test_a_session_that_ended_takes_another_task_and_is_told_of_only_to_who_follows(bed, compositor):
    pipeline(bed, "say", ["echo", "{task}"])
    daemon = bed.daemon(compositor)
    page, other = daemon.page().ready(), daemon.page().ready()
    session = spawn(page, "say", task="one")
    wait_for_end(page, session)
    other.do("FollowSession", session=session)
    wait_for_end(other, session)
    other.do("UnfollowSession", session=session)
    seen = len(events(other, session))
    page.do("RunTask", session=session, task="two")
    results = page.wait(lambda p: (r := [m["result"] for m in events(p, session) if m["event"] == "task_ended"])[1:] and r, "the second end")
    assert results == ["one", "two"]
    assert other.ask("Ping")["type"] == "Pong"
    assert len(events(other, session)) == seen
    assert page.ask("RunTask", session="nobody")["code"] == "not_found"


def test_a_client_names_no_program(bed, compositor):
    pipeline(bed, "plain", ["cat", "{task}"])
    page = bed.daemon(compositor).page().ready()
    for kind in ("/bin/sh", "../plain", "sh"):
        assert page.ask("SpawnSession", sessionType=kind)["code"] == "not_found"
    assert page.ask("SpawnSession", sessionType="plain", parameters={"x": "y"})["code"] == "invalid_member"
    session = spawn(page, "plain", task="--help")
    assert "would be an option" in wait_for_end(page, session)["error"]


def test_late_clients_are_told_what_they_missed_once(bed, compositor):
    wait, open_gate = gated(bed)
    pipeline(bed, "slow", ["echo", "one"], wait, ["echo", "two"])
    daemon = bed.daemon(compositor)
    first = daemon.page().ready()
    session = spawn(first, "slow")
    first.wait(lambda p: any(m.get("text") == "one\n" for m in events(p, session)))
    late, partly, everything = daemon.page().ready(), daemon.page().ready(), daemon.page().ready()
    late.do("FollowSession", session=session)
    late.do("FollowSession", session=session)  # twice is once
    partly.do("FollowSession", session=session, since=3)
    everything.do("FollowSession")
    open_gate()
    for page in (first, late, partly, everything):
        wait_for_end(page, session)
    assert told(late, session) == told(first, session)
    assert told(partly, session) == told(first, session)[3:]
    rest = told(everything, session)
    assert rest and rest == told(first, session)[-len(rest) :]
    assert first.ask("FollowSession", session="nobody")["code"] == "not_found"


def test_cancelling_ends_all_that_was_started(bed, compositor):
    pipeline(bed, "tree", ["sh", "-c", "(setsid sh -c 'echo $$; exec sleep 1000' &); echo $$; exec sleep 1000"])
    page = bed.daemon(compositor).page().ready()
    session = spawn(page, "tree")
    text = lambda p: "".join(m["text"] for m in events(p, session) if m["event"] == "output")
    page.wait(lambda p: text(p).count("\n") == 2)
    processes = [int(word) for word in text(page).split()]
    assert all(alive(process) for process in processes)
    page.do("CancelSession", session=session)
    assert wait_for_end(page, session)["outcome"] == "cancelled"
    assert not any(alive(process) for process in processes)
    page.do("CancelSession", session=session)  # has no effect any more
    assert page.ask("CancelSession", session="nobody")["code"] == "not_found"


def test_nothing_outlives_a_daemon_that_is_killed(bed, compositor):
    pipeline(bed, "tree", ["sh", "-c", "(setsid sh -c 'echo $$; exec sleep 1000' &); echo $$; exec sleep 1000"])
    daemon = bed.daemon(compositor)
    page = daemon.page().ready()
    session = spawn(page, "tree")
    text = lambda p: "".join(m["text"] for m in events(p, session) if m["event"] == "output")
    page.wait(lambda p: text(p).count("\n") == 2)
    processes = [int(word) for word in text(page).split()]
    daemon.kill()
    bed.forget(daemon)
    eventually(lambda: not any(alive(process) for process in processes), "the end of all processes")


def test_sessions_survive_a_restart(bed, compositor):
    wait, _ = gated(bed)
    pipeline(bed, "quick", ["echo", "done"])
    pipeline(bed, "slow", wait)
    port = free_port()
    daemon = bed.daemon(compositor, port=port)
    page = daemon.page().ready()
    quick = spawn(page, "quick")
    wait_for_end(page, quick)
    before = told(page, quick)
    slow = spawn(page, "slow")
    page.wait(lambda p: any(m["event"] == "step_started" for m in events(p, slow)))
    os.kill(daemon.pid, signal.SIGKILL)
    daemon.process.wait()
    daemon.close_pages()
    bed.forget(daemon)
    page = bed.daemon(compositor, port=port).page().ready()
    page.do("FollowSession", session=quick)
    wait_for_end(page, quick)
    assert told(page, quick) == before
    page.do("FollowSession", session=slow)
    end = wait_for_end(page, slow)
    assert end["outcome"] == "failed" and "ended while it was running" in end["error"]
    page.do("ForgetSession", session=slow)
    page.wait_for_message(type="SessionForgotten", session=slow)
    assert [s["id"] for s in list_sessions(page)["sessions"]] == [quick]


def test_a_client_that_does_not_read_misses_what_is_no_longer_kept_and_is_told_so(bed, compositor):
    pipeline(bed, "flood", ["sh", "-c", "head -c 8000000 /dev/zero | tr '\\0' x"])
    daemon = bed.daemon(compositor)
    watcher = daemon.page().ready()
    stalled = daemon.page(receive_buffer=4096).ready()
    stalled.do("FollowSession")
    stalled.hold()
    session = spawn(watcher, "flood")
    wait_for_end(watcher, session)
    assert sum(len(m["text"]) for m in events(watcher, session) if m["event"] == "output") == 8000000
    assert not any("missed" in m for m in events(watcher, session))
    stalled.go_on()
    wait_for_end(stalled, session)
    got = events(stalled, session)
    assert sum(m.get("missed", 0) for m in got) > 0
    after = 0
    for message in got:
        assert message["sequence"] == after + 1 + message.get("missed", 0)
        after = message["sequence"]


def test_sessions_need_their_grant(bed, compositor):
    pipeline(bed, "quick", ["true"])
    page = bed.daemon(compositor, options=["--grant", "view,camera"]).page().ready()
    for kind, members in (("SpawnSession", {"sessionType": "quick"}), ("ListSessions", {}), ("FollowSession", {}), ("CancelSession", {"session": "x"})):
        assert page.ask(kind, **members)["code"] == "forbidden", kind


def test_so_many_run_at_once(bed, compositor):
    wait, open_gate = gated(bed)
    pipeline(bed, "slow", wait)
    page = bed.daemon(compositor, options=["--sessions-at-once", "1"]).page().ready()
    first, low, high = (spawn(page, "slow", priority=priority) for priority in ("normal", "low", "high"))
    page.wait(lambda p: any(m["event"] == "step_started" for m in events(p, first)))
    assert [s["state"] for s in list_sessions(page)["sessions"]] == ["running", "queued", "queued"]
    open_gate()
    for session in (first, low, high):
        wait_for_end(page, session)
    started = [m["session"] for m in page.messages if m.get("event") == "task_started"]
    assert started == [first, high, low]


def test_a_hundred_sessions_at_once_lose_and_reorder_nothing(bed, compositor):
    pipeline(bed, "chatty", ["sh", "-c", "i=0; while [ $i -lt 30 ]; do echo $i; i=$((i+1)); sleep 0.03; done"])
    daemon = bed.daemon(compositor, options=["--sessions-at-once", "100"])
    page = daemon.page().ready()
    watcher = daemon.page().ready()
    watcher.do("FollowSession")
    sessions = [spawn(page, "chatty") for _ in range(100)]
    for session in sessions:
        for client in (page, watcher):
            wait_for_end(client, session)
            happened = events(client, session)
            assert [m["sequence"] for m in happened] == list(range(1, len(happened) + 1))
            text = "".join(m["text"] for m in happened if m["event"] == "output")
            assert text == "".join(f"{i}\n" for i in range(30))
    compositor.ask("move_camera", output="HEADLESS-1", x=321)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 321)
