"""The stream of traffic: what it shows, to whom, and what it costs."""

import json
import socket
import time

import jsonschema
import pytest

from bed.paths import ROOT, SANITIZED
from bed.program import descriptors, resident_kib
from bed.waiting import DEADLINE, eventually

EVENTS = json.loads((ROOT / "data/openapi.v1.json").read_text())["paths"]["/api/v1/traffic"]["get"]["responses"]["200"]["content"]["text/event-stream"]["x-events"]


class Traffic:
    """A reader of the stream; checks each event against data/openapi.v1.json."""

    def __init__(self, port, *, receive_buffer=None, headers=()):
        self.socket = socket.socket()
        self.socket.settimeout(DEADLINE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        more = "".join(f"{header}\r\n" for header in headers)
        self.socket.sendall(f"GET /api/v1/traffic HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        self.stream = self.socket.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        self.headers = {}
        while line := self.stream.readline().strip():
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()

    def next(self):
        """(name, data) of the next event."""
        while True:
            fields = {}
            while line := self.stream.readline():
                if line == b"\n":
                    break
                name, _, value = line.decode().rstrip("\n").partition(": ")
                fields[name] = value
            assert line, "the stream ended"
            if "data" in fields:
                data = json.loads(fields["data"])
                assert set(data) <= set(EVENTS[fields["event"]]["properties"]), data
                jsonschema.validate(data, EVENTS[fields["event"]])
                return fields["event"], data

    def until(self, name, **members):
        """The next event with this name and these members."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            kind, data = self.next()
            if kind == name and all(data.get(member) == value for member, value in members.items()):
                return data
        raise AssertionError(f"no {name} with {members}")

    def close(self):
        self.stream.close()
        self.socket.close()


@pytest.fixture
def inspected(bed, compositor):
    return bed.daemon(compositor, options=["--grant", "view,camera,windows,tiles,sessions,inspect"])


@pytest.fixture
def look(inspected):
    opened = []

    def look(**options):
        opened.append(Traffic(inspected.port, **options))
        return opened[-1]

    yield look
    for each in opened:
        each.close()


def test_without_the_grant_nothing_is_shown(daemon):
    traffic = Traffic(daemon.port)
    assert traffic.status == 403
    assert b"grant inspect" in traffic.stream.read()
    traffic.close()


def test_a_token_needs_the_grant_too(bed, compositor, tmp_path):
    tokens = tmp_path / "tokens"
    looker, viewer = "looks-at-everything", "views-the-world-only"
    tokens.write_text(f"{looker} view,inspect\n{viewer} view\n")
    tokens.chmod(0o600)
    daemon = bed.daemon(compositor, options=["--token-file", str(tokens), "--grant", "all"])
    for headers, status in (
        ([], 401),
        (["Authorization: Bearer wrong-but-long-enough"], 401),
        ([f"Authorization: Bearer {viewer}"], 403),
        ([f"Authorization: Bearer {looker}"], 200),
    ):
        traffic = Traffic(daemon.port, headers=headers)
        assert traffic.status == status, headers
        traffic.close()

    traffic = Traffic(daemon.port, headers=[f"x-api-key: {looker}"])
    page = daemon.page(reads_world=False)
    page.do("Auth", token=viewer)
    shown = [traffic.until("message") for _ in range(4)]
    assert [message["type"] for message in shown] == ["Error", "Auth", "Ack", "Hello"]
    assert viewer not in json.dumps(shown)
    traffic.close()


def test_a_page_of_another_origin_sees_nothing(look):
    for headers in (["Origin: http://evil.example"], ["Sec-Fetch-Site: cross-site"]):
        assert look(headers=headers).status == 403


def test_what_is_said_is_shown_as_it_was(inspected, look):
    traffic = look()
    assert traffic.status == 200 and traffic.headers["content-type"] == "text/event-stream"
    page = inspected.page().ready()
    came = traffic.until("client")
    number = came["client"]
    assert came["dialect"] == "compositord.v1.json" and came["peer"] == "127.0.0.1"
    assert came["subscription"] == {"kinds": ["cameras", "windows"]}
    assert abs(came["since"] / 1000 - time.time()) < 60
    hello = traffic.until("message", client=number)
    assert hello["direction"] == "sent" and hello["type"] == "Hello" and json.loads(hello["text"]) == page.messages[0]
    snapshot = traffic.until("message", client=number, direction="sent")
    assert snapshot["type"] == "Snapshot" and json.loads(snapshot["text"]) == page.messages[1]
    page.send({"type": "Ping", "id": "look at me"})
    ping = traffic.until("message", client=number, direction="received")
    assert (ping["type"], json.loads(ping["text"])["id"], ping["kind"]) == ("Ping", "look at me", "text")
    assert traffic.until("message", direction="sent")["type"] == "Pong"
    page.send_text(b'nonsense\n"')
    wrong = traffic.until("message", direction="received")
    assert (wrong["type"], wrong["text"]) == ("", 'nonsense\n"')
    assert traffic.until("message", direction="sent")["type"] == "Error"
    page.close()
    assert traffic.until("gone")["client"] == number


def test_clients_that_were_there_before_are_shown_and_what_they_subscribe(inspected, look):
    page = inspected.page().ready()
    traffic = look()
    number = traffic.until("client")["client"]
    area = {"x": -5, "y": 0, "width": 10, "height": 20}
    page.do("Subscribe", kinds=["windows"], area=area, maxRate=20)
    assert traffic.until("client")["subscription"] == {"kinds": ["windows"], "area": area, "maxRate": 20}
    counts = traffic.until("counts")
    [mine] = counts["clients"]
    assert mine["client"] == number and mine["received"]["frames"] == 1 and mine["sent"]["frames"] == 2


def test_every_dialect_is_decoded(compositor, inspected, look):
    traffic = look()
    packed = inspected.page(subprotocols=("compositord.v1.msgpack",)).ready()
    number = traffic.until("client")["client"]
    assert json.loads(traffic.until("message", client=number, kind="binary")["text"]) == packed.messages[0]
    packed.ask("Ping")
    assert traffic.until("message", direction="received", kind="binary")["type"] == "Ping"

    both = inspected.page(subprotocols=(), strict=False).ready()
    number = traffic.until("client")["client"]
    types = [traffic.until("message", client=number)["type"] for _ in range(3)]
    assert types == ["Hello", "Snapshot", "camera_update"], "the messages of one frame are told one by one"

    inspected.page(subprotocols=("geometry-os",), reads_world=False, strict=False)
    number = traffic.until("client", dialect="geometry-os")["client"]
    assert traffic.until("message", client=number)["type"] == "camera_update"

    with socket.create_connection(("127.0.0.1", inspected.port)) as events:
        events.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        number = traffic.until("client", dialect="events")["client"]
        told = traffic.until("message", client=number, kind="event")
        assert told["type"] == "Snapshot"
        snapshot = {"type": "Snapshot", "revision": both.world.revision, "compositor": both.world.compositor}
        assert snapshot.items() <= json.loads(told["text"]).items()
    assert traffic.until("gone")["client"] == number


def test_a_token_is_not_shown(inspected, look):
    page = inspected.page(reads_world=False, strict=False)
    page.wait_for_message(type="Snapshot")
    traffic = look()
    page.send({"type": "Auth", "token": "hush-hush"})
    page.send({"token": "hush-hush", "type": 7})
    for _ in range(2):
        assert "hush" not in traffic.until("message", direction="received")["text"]


def test_long_messages_are_cut(bed, compositor, inspected, look):
    windows = bed.windows(compositor)
    windows.tell("burst", 100)
    page = inspected.page().ready()
    page.wait(lambda p: len(p.world.windows) == 100)
    traffic = look()
    inspected.page()
    snapshot = traffic.until("message", type="Snapshot")
    assert snapshot["cut"] and snapshot["bytes"] > 16 * 1024 and len(snapshot["text"].encode()) == 16 * 1024


def test_inspectors_are_not_shown_to_each_other(inspected, look):
    first, second = look(), look()
    page = inspected.page().ready()
    for traffic in (first, second):
        number = traffic.until("client")["client"]
        page.ask("Ping")
        kinds = [traffic.next() for _ in range(4)]
        assert {data["client"] for name, data in kinds if "client" in data} == {number}


def test_an_inspector_that_does_not_read_costs_little_and_is_told_what_it_missed(bed, compositor, inspected, look):
    windows = bed.windows(compositor)
    windows.tell("burst", 100)
    page = inspected.page().ready()
    page.strict = False
    page.wait(lambda p: len(p.world.windows) == 100)
    slow = look(receive_buffer=4096)
    before = resident_kib(inspected.pid)
    for step in range(150):
        for number in range(1, 101):
            windows.tell("title", number, f"{step} " + "x" * 900)
        page.wait(lambda p: all(w["title"].startswith(f"{step} ") for w in p.world.windows.values()))
    # What waits in the program: text to be sent, text on its way, and a copy of the rest of it.
    assert resident_kib(inspected.pid) - before < (300 * 1024 if SANITIZED else 6 * 1024)
    assert page.ask("Ping")["type"] == "Pong"
    assert slow.until("dropped")["messages"] > 0
    # The numbers are right all the same.
    received = sum(1 for message in page.messages if message["type"] != "Pong")
    assert slow.until("counts")["clients"][0]["sent"]["frames"] <= received + 1


def test_when_inspectors_are_gone_nothing_of_them_is_left(inspected, look):
    page = inspected.page().ready()
    baseline = len(descriptors(inspected.pid))
    for _ in range(20):
        traffic = look()
        traffic.until("client")
        traffic.close()
    eventually(lambda: len(descriptors(inspected.pid)) <= baseline, "the streams are gone")
    assert page.ask("Ping")["type"] == "Pong"
    traffic = look()
    page.ask("Ping")
    assert traffic.until("counts")["clients"][0]["received"]["frames"] == 1, "it counts anew"
