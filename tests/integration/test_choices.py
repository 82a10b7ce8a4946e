"""Sessions that wait until somebody chooses, and every way to choose."""

import contextlib
import json
from pathlib import Path

import pytest

from bed.bus import NAME, SESSION, BusClient, BusDaemon, BusError
from bed.notifications import ScriptedServer
from bed.sessions import Http
from bed.waiting import eventually

# Offers two choices, reads one, and says which it was.
ASK = """echo '{"choices": [{"id": "apply", "label": "Apply <it>"}, {"id": "discard", "label": "Discard"}]}'
read choice && printf '{"result": "did %s"}\\n' "$choice" """

# Closes its input before it offers something.
DEAF = """exec <&-; echo '{"choices": [{"id": "go", "label": "Go"}]}'; exec sleep 1000"""


@pytest.fixture
def bus(bed):
    started = BusDaemon(bed.env)
    bed._programs.append(started)
    return started


@pytest.fixture
def daemon(bed, bus):
    folder = Path(bed.directory) / "pipelines"
    folder.mkdir()
    for name, script in (("ask", ASK), ("deaf", DEAF)):
        step = {"name": "review", "command": ["sh", "-c", script], "output": "events", "asks": True}
        (folder / f"{name}.json").write_text(json.dumps({"steps": [step]}))
    return bed.daemon(display="none", options=["--pipelines", str(folder), "--sessions-at-once", "1"])


@pytest.fixture
def client(bus, daemon):
    with contextlib.closing(BusClient(bus)) as made:
        yield made.wait_for_name().listen(sender=NAME)


def offered(client, path):
    return client.wait(lambda each: each.path == path and each.member == "ChoicesOffered", "an offer").body[1]


def result(client, path):
    return client.wait(lambda each: each.path == path and each.member in ("Completed", "Failed", "Cancelled"), "its end").body[2]


def test_on_the_bus(client):
    path = client.spawn("ask", "", {})
    choices = [("apply", "Apply <it>"), ("discard", "Discard")]
    assert [tuple(each) for each in offered(client, path)] == choices
    assert [tuple(each) for each in client.get(path, SESSION, "Choices")] == choices
    with pytest.raises(BusError, match="NoSuchChoice"):
        client.call(path, SESSION, "Choose", "s", "burn")
    client.call(path, SESSION, "Choose", "s", "discard")
    assert result(client, path) == "did discard"
    assert client.get(path, SESSION, "Choices") == []
    _, kept = client.call(path, SESSION, "GetEvents", "t", 0)
    assert [name for _, name, _ in kept if name.startswith("Choice")] == ["ChoicesOffered", "ChoiceMade"]
    with pytest.raises(BusError, match="NoSuchChoice"):
        client.call(path, SESSION, "Choose", "s", "discard")


def test_over_http_by_pages_and_while_others_run(daemon):
    web = Http(daemon.port)
    page = daemon.page()
    ids = [web.ask("POST", "/api/v1/sessions", {"sessionType": "ask"}).body["id"] for _ in range(2)]
    # One may run at a time; one that waits for a person is not in the way of the other.
    for each in ids:
        eventually(lambda: web.ask("GET", f"/api/v1/sessions/{each}").body.get("choices"), "an offer")
    place = f"/api/v1/sessions/{ids[0]}/choice"
    assert web.ask("POST", place, {"choice": "burn"}).status == 404
    assert web.ask("POST", place, {}).status == 400
    assert web.ask("POST", f"/api/v1/sessions/{ids[0]}", {"choice": "apply"}).status == 404
    assert web.ask("POST", place, {"choice": "apply"}).status == 204
    assert web.ask("POST", place, {"choice": "apply"}).status == 404
    web.until(f"/api/v1/sessions/{ids[0]}", state="completed", result="did apply")
    assert page.ask("ChooseSession", session=ids[1], choice="burn")["code"] == "not_found"
    page.do("FollowSession", session=ids[1])
    page.do("ChooseSession", session=ids[1], choice="discard")
    events = page.wait(lambda p: (e := [m for m in p.messages if m["type"] == "SessionEvent"]) and e[-1]["event"] == "task_ended" and e, "its end")
    assert next(m for m in events if m["event"] == "choices")["choices"][0] == {"id": "apply", "label": "Apply <it>"}
    assert next(m for m in events if m["event"] == "chosen")["choice"] == "discard"
    assert events[-1]["result"] == "did discard"


def test_on_the_desktop(bus, client):
    with contextlib.closing(ScriptedServer(bus)) as server:
        path = client.spawn("ask", "review this", {})
        card = server.wait(lambda each: "choose-apply" in each.actions, "a notification that asks")
        assert card.body == "Waits for your choice: review" and card.timeout == 0 and card.hints["urgency"] == 1
        assert list(card.actions.items())[2:] == [("choose-apply", "Apply <it>"), ("choose-discard", "Discard"), ("cancel", "Cancel")]
        server.act(card.id, "choose-apply")
        assert result(client, path) == "did apply"


def test_a_program_that_does_not_listen_harms_nobody(daemon, client):
    path = client.spawn("deaf", "", {})
    offered(client, path)
    client.call(path, SESSION, "Choose", "s", "go")
    client.call(path, SESSION, "Cancel")
    assert result(client, path) == "it was cancelled"
    assert daemon.running


def test_a_session_that_waits_is_cancelled_like_any(client):
    path = client.spawn("ask", "", {})
    offered(client, path)
    client.call(path, SESSION, "Cancel")
    assert result(client, path) == "it was cancelled"
    assert client.get(path, SESSION, "Choices") == []
