"""Tokens and grants: who comes in, by each way to show a token, and what each may then do."""

import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from bed.http import fetch, metric
from bed.page import MSGPACK, Refused
from bed.paths import COMPOSITORD

EVERYTHING = "token-for-everything"
LOOKING = "token-for-looking-only"
USUAL = "dXN1YWwtdG9rZW4tKy8vKw=="
WRONG = "token-of-nobody-known"


def write(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)


@pytest.fixture
def tokens(bed):
    path = Path(bed.directory) / "tokens"
    write(path, "# who may come", "", f"{EVERYTHING} all", f"{LOOKING} view", USUAL)
    return path


@pytest.fixture
def guarded(bed, compositor, tokens):
    return bed.daemon(compositor, options=["--token-file", str(tokens)])


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def enter(daemon, token, **options):
    return daemon.page(headers=bearer(token), **options).ready()


def stranger(daemon, **options):
    """A page that has shown no token, and was told so."""
    page = daemon.page(**options)
    page.wait_for_message(type="Error", code="unauthorized", id=None)
    return page


def test_who_shows_no_token_is_told_nothing_and_can_do_nothing(bed, compositor, guarded):
    pages = [stranger(guarded), stranger(guarded, subprotocols=(MSGPACK,)), stranger(guarded, subprotocols=(), strict=False)]
    friend = enter(guarded, EVERYTHING)
    bed.windows(compositor).open(1, title="secret")
    friend.wait(lambda p: len(p.world.windows) == 1)
    for page in pages:
        for kind, members in (("SetCamera", {"x": 5}), ("Subscribe", {}), ("Resume", {"revision": 1, "instance": "x"}), ("Ping", {}), ("Fly", {})):
            answer = page.ask(kind, **members)
            assert (answer["type"], answer["code"]) == ("Error", "unauthorized"), kind
        page.send_text(b"nonsense") if not page.binary else page.send_binary(b"\xc1")
        page.wait(lambda p: len(p.messages) == 7)
        assert {m["type"] for m in page.messages} == {"Error"}
        assert "secret" not in str(page.messages)
    assert compositor.state()["cameras"][0]["x"] == 0
    shell = guarded.page(subprotocols=("geometry-os",), strict=False, reads_world=False)
    shell.send({"type": "camera_update", "x": 9, "y": 9, "zoom": 1})
    friend.do("SetCamera", x=77)
    friend.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 77)
    assert shell.messages == []


@pytest.mark.parametrize("path", ["/api/v1/state", "/api/v1/cameras", "/api/v1/windows", "/api/v1/events", "/api/v1/schema.json", "/metrics"])
def test_plain_http_needs_the_token_too(guarded, path):
    port = guarded.port
    for headers in ({}, {"Authorization": "Basic abc"}, {"Cookie": f"compositord-token-{port}={WRONG}"}, {"Cookie": f"compositord-token-1={EVERYTHING}"}):
        reply = fetch(port, path, until_end=False, **headers)
        assert reply.status == 401 and reply.headers["www-authenticate"].startswith("Bearer"), headers
        assert b"HEADLESS" not in reply.body and b"compositord_" not in reply.body
    for headers in (bearer(EVERYTHING), {"x-api-key": EVERYTHING}, {"Cookie": f"a=b; compositord-token-{port}={EVERYTHING}"}):
        assert fetch(port, path, until_end=False, **headers).status == 200, headers
    for headers in (bearer(WRONG), {"X-Api-Key": WRONG}):
        assert fetch(port, path, **headers).status == 401


def test_health_and_the_files_of_the_page_need_none(guarded):
    for path in ("/health", "/", "/index.html"):
        assert fetch(guarded.port, path).status == 200


@pytest.mark.parametrize("way", ["Authorization", "x-api-key", "cookie"])
def test_a_websocket_comes_in_by_each_way_of_the_handshake(guarded, way):
    def headers(token):
        return {
            "Authorization": bearer(token),
            "x-api-key": {"X-API-Key": token},
            "cookie": {"Cookie": f"compositord-token-{guarded.port}={token}"},
        }[way]

    page = guarded.page(headers=headers(EVERYTHING)).ready()
    assert page.messages[0]["type"] == "Hello"
    assert page.world.hello["grants"] == ["view", "camera", "windows", "tiles", "input", "sessions", "inspect"]
    if way == "cookie":
        stranger(guarded, headers=headers(WRONG))  # a page cannot see why a handshake failed
    else:
        with pytest.raises(Refused) as refusal:
            guarded.page(headers=headers(WRONG))
        assert refusal.value.status == 401


@pytest.mark.parametrize("subprotocols", [("compositord.v1.json",), (MSGPACK,), ()])
def test_a_websocket_comes_in_by_a_message(guarded, subprotocols):
    page = stranger(guarded, subprotocols=subprotocols, strict=bool(subprotocols))
    assert page.ask("Auth", token=LOOKING)["type"] == "Ack"
    page.ready()
    assert page.world.hello["grants"] == ["view"]
    assert page.ask("Auth", token=EVERYTHING)["type"] == "Ack"
    page.wait(lambda p: "input" in p.world.hello["grants"])
    page.do("SetCamera", x=5)


def test_a_wrong_token_in_a_message_ends_the_connection(guarded):
    page = stranger(guarded)
    assert page.ask("Auth", token=WRONG)["code"] == "unauthorized"
    assert page.wait_for_close() == 1008
    assert "token" in page.close_reason
    page = stranger(guarded)
    assert page.ask("Auth", token=5)["code"] == "unauthorized", "said before anything about its members"
    assert WRONG not in guarded.err.text()


def test_who_says_nothing_is_sent_away(guarded):
    silent = guarded.page(subprotocols=("geometry-os",), reads_world=False, strict=False)
    talking = stranger(guarded)
    for page in (silent, talking):
        assert page.wait_for_close(deadline=40) == 1008
        assert page.close_reason == "a token is needed, and none came"
    assert silent.messages == []
    assert metric(guarded.port, 'refused_total{kind="no_token"}', **bearer(EVERYTHING)) == 2


def test_the_address_of_the_page_may_carry_the_token_once(guarded):
    port = guarded.port
    reply = fetch(port, f"/?token={USUAL.replace('+', '%2B').replace('=', '%3D')}")
    assert reply.status == 303 and reply.headers["location"] == "/"
    cookie, *attributes = reply.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes) and "Secure" not in attributes
    assert cookie == f"compositord-token-{port}={USUAL}"
    assert fetch(port, "/", Cookie=cookie).status == 200
    page = guarded.page(origin=f"http://127.0.0.1:{port}", headers={"Cookie": cookie}).ready()
    assert page.world.hello["grants"] == ["view", "camera", "windows", "tiles", "sessions"], "those of whom nothing else is said"
    wrong = fetch(port, f"/?token={WRONG}")
    assert wrong.status == 401 and "set-cookie" not in wrong.headers
    # Another page that makes a browser send the cookie is still another page.
    with pytest.raises(Refused):
        guarded.page(origin="http://127.0.0.1:1", headers={"Cookie": cookie})
    assert fetch(port, "/api/v1/state", Cookie=cookie, Sec_Fetch_Site="same-site").status == 403


COMMANDS = {
    "camera": [("SetCamera", {"x": 1}), ("CancelCamera", {}), ("Center", {"window": 1})],
    "windows": [
        ("Focus", {"window": 1}),
        ("Close", {"window": 1}),
        ("Move", {"window": 1, "x": 0, "y": 0}),
        ("Resize", {"window": 1, "width": 9, "height": 9}),
        ("Raise", {"window": 1}),
        ("Lower", {"window": 1}),
        ("Minimize", {"window": 1, "minimized": True}),
        ("Maximize", {"window": 1, "maximized": True}),
        ("Fullscreen", {"window": 1, "fullscreen": True}),
    ],
    "input": [("Input", {"events": [{"kind": "text", "text": "a"}]})],
}


@pytest.mark.parametrize("withheld", ["camera", "windows", "input"])
def test_what_is_not_granted_is_refused_and_the_rest_is_not(bed, compositor, withheld):
    granted = [grant for grant in ("view", "camera", "windows", "tiles", "input", "sessions", "inspect") if grant != withheld]
    daemon = bed.daemon(compositor, options=["--grant", ",".join(granted)])
    page = daemon.page().ready()
    assert page.world.hello["grants"] == granted
    for grant, commands in COMMANDS.items():
        for kind, members in commands:
            answer = page.ask(kind, **members)
            if grant == withheld:
                assert answer["code"] == "forbidden" and withheld in answer["message"], answer
            else:
                assert answer.get("code") in (None, "not_found", "unsupported"), answer
    assert daemon.err.count("refused ") == 1, "said once in the log"
    assert metric(daemon.port, f'refused_total{{kind="{withheld}"}}') == len(COMMANDS[withheld])
    assert metric(daemon.port, 'requests_total{type="Focus",outcome="forbidden"}') == (withheld == "windows")


def test_who_may_not_look_is_told_nothing_of_the_world(bed, compositor, guarded, tokens):
    write(tokens, f"{EVERYTHING} all", f"{LOOKING} camera")
    blind = bed.daemon(compositor, options=["--token-file", str(tokens)])
    page = blind.page(headers=bearer(LOOKING), reads_world=False)
    page.wait_for_message(type="Hello")
    for kind, members in (("Subscribe", {}), ("Resume", {"revision": 1, "instance": page.messages[0]["instance"]})):
        answer = page.ask(kind, **members)
        assert answer["code"] == "forbidden" and "view" in answer["message"]
    page.do("SetCamera", x=321)
    friend = enter(blind, EVERYTHING)
    friend.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 321)
    assert {m["type"] for m in page.messages} == {"Hello", "Error", "Ack"}
    for path in ("/api/v1/state", "/api/v1/events", "/metrics"):
        reply = fetch(blind.port, path, until_end=False, **bearer(LOOKING))
        assert reply.status == 403 and b"view" in reply.body


def test_guessing_is_slowed_down_and_others_come_in_meanwhile(bed, compositor, tokens):
    socket = f"{bed.directory}/socket"
    daemon = bed.daemon(compositor, options=["--token-file", str(tokens), "--listen", "127.0.0.1", "--listen", f"unix:{socket}"])
    statuses = [fetch(daemon.port, "/api/v1/state", **bearer(f"{WRONG}{number}")).status for number in range(30)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert statuses.index(429) <= 20 and 401 not in statuses[statuses.index(429) + 5 :]
    page = daemon.page()
    answer = page.ask("Auth", token=f"{WRONG}-more")
    assert answer["code"] == "rate_limited" and page.wait_for_close() == 1008
    assert fetch(None, "/api/v1/state", unix=socket).status == 200, "another way in is not concerned"
    assert metric(None, 'refused_total{kind="guessing"}', unix=socket) >= 5
    assert daemon.err.count("wrong token") == 1


def test_tokens_are_read_again_on_sighup(bed, compositor, guarded, tokens):
    stays, changes, goes = enter(guarded, EVERYTHING), enter(guarded, USUAL), enter(guarded, LOOKING)
    write(tokens, f"{EVERYTHING} all", f"{USUAL} view", "token-that-is-new view")
    guarded.process.send_signal(signal.SIGHUP)
    for page in (changes, goes):
        assert page.wait_for_close() == 1008 and "withdrawn" in page.close_reason
    assert stays.ask("Ping")["type"] == "Pong"
    assert enter(guarded, USUAL).world.hello["grants"] == ["view"]
    assert enter(guarded, "token-that-is-new")
    with pytest.raises(Refused):
        guarded.page(headers=bearer(LOOKING))
    write(tokens, "short")
    guarded.process.send_signal(signal.SIGHUP)
    guarded.err.wait("stay as they were")
    assert stays.ask("Ping")["type"] == "Pong" and enter(guarded, USUAL)


def test_input_is_offered_as_soon_as_somebody_is_granted_it(bed, compositor, tokens):
    write(tokens, f"{LOOKING} view")
    daemon = bed.daemon(compositor, options=["--token-file", str(tokens)])
    page = enter(daemon, LOOKING)
    assert "input" not in page.world.compositor["capabilities"]
    write(tokens, f"{LOOKING} view", f"{EVERYTHING} all")
    daemon.process.send_signal(signal.SIGHUP)
    page.wait(lambda p: "input" in p.world.compositor["capabilities"])
    assert page.ask("Input", events=[{"kind": "text", "text": "a"}])["code"] == "forbidden"


def test_where_no_token_is_needed_showing_one_does_no_harm(daemon):
    page = daemon.page(headers=bearer("whatever")).ready()
    assert page.ask("Auth", token="whatever")["type"] == "Ack"
    page.do("SetCamera", x=3)
    assert fetch(daemon.port, "/api/v1/state", **bearer("whatever")).status == 200


def ended(bed, *options, env=None):
    run = [COMPOSITORD, "--port", "0", "--orchestrator-port", "0", *options]
    done = subprocess.run(run, env={**bed.env, "WAYLAND_DISPLAY": "none", **(env or {})}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode not in (0, -6, -11)
    return done.stderr


def test_tokens_that_cannot_be_used_are_named(bed, tokens):
    tokens.chmod(0o644)
    assert "chmod 600" in ended(bed, "--token-file", str(tokens))
    assert "missing" in ended(bed, "--token-file", f"{bed.directory}/missing")
    write(tokens, f"{EVERYTHING} all", f"{LOOKING} fly")
    said = ended(bed, "--token-file", str(tokens))
    assert "line 2" in said and "fly" in said and LOOKING not in said
    write(tokens, "# nobody")
    assert "no token" in ended(bed, "--token-file", str(tokens))
    assert "fly" in ended(bed, "--grant", "view,fly")


def test_the_token_may_be_a_credential_of_the_service_manager(bed, compositor):
    credentials = Path(bed.directory) / "credentials"
    credentials.mkdir()
    (credentials / "token").write_text(f"{EVERYTHING} all\n")
    (credentials / "token").chmod(stat.S_IRUSR | stat.S_IRGRP)  # as with an access control list
    daemon = bed.daemon(compositor, extra_env={"CREDENTIALS_DIRECTORY": str(credentials)})
    stranger(daemon)
    assert enter(daemon, EVERYTHING)
    os.remove(credentials / "token")
    assert bed.daemon(compositor, extra_env={"CREDENTIALS_DIRECTORY": str(credentials)}).page().ready()
