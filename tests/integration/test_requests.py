"""Every request is answered and acts on the compositor; whatever else is sent is refused and hurts nobody."""

import json

import pytest


@pytest.fixture
def window(bed, compositor, page):
    """A window of a client that a test can watch; .id is its number in the compositor."""
    client = bed.windows(compositor)
    client.open(1, 200, 150, "the window")
    client.id = compositor.window(title="the window")["id"]
    page.wait(lambda p: client.id in p.world.windows)
    return client


@pytest.fixture
def two(window, compositor, page):
    """A second window, above the first."""
    window.open(2, 200, 150, "another")
    window.other = compositor.window(title="another")["id"]
    page.wait(lambda p: window.other in p.world.windows)
    return window


def seen(page, number):
    return page.world.windows[number]


def test_focus_gives_the_keyboard_to_a_window(compositor, page, two):
    for number, own in ((two.id, 1), (two.other, 2)):
        start = len(two.out)
        if "activated" in seen(page, number)["states"]:
            continue
        page.do("Focus", window=number)
        page.wait(lambda p: "activated" in seen(p, number)["states"])
        two.event(start=start, event="focus", id=own)
        others = [w for w in page.world.windows.values() if w["id"] != number]
        assert all("activated" not in w["states"] for w in others)
        page.wait_until_same_as(compositor)


def test_close_asks_the_window_and_it_goes(compositor, page, window):
    page.do("Close", window=window.id)
    window.event(event="close", id=1)
    page.wait(lambda p: window.id not in p.world.windows)
    page.wait_until_same_as(compositor)


def test_a_window_may_refuse_to_close(compositor, page, window):
    window.tell("stubborn", 1)
    window.sync()
    page.do("Close", window=window.id)
    window.event(event="close", id=1)
    page.ask("Ping")
    assert window.id in page.world.windows
    page.wait_until_same_as(compositor)


@pytest.mark.parametrize("x, y", [(0, 0), (-4321.5, 0.25), (8.4e9, -8.4e9)])
def test_move_puts_the_frame_s_corner_at_a_point(compositor, page, window, x, y):
    page.do("Move", window=window.id, x=x, y=y)
    page.wait(lambda p: (seen(p, window.id)["x"], seen(p, window.id)["y"]) == (x, y))
    page.wait_until_same_as(compositor)


def test_resize_reaches_the_application_and_its_answer_the_page(compositor, page, window):
    page.do("Resize", window=window.id, width=640, height=480)
    page.wait(lambda p: (seen(p, window.id)["width"], seen(p, window.id)["height"]) == (640, 480))
    page.wait_until_same_as(compositor)


def test_raise_and_lower_change_the_stack(compositor, page, two):
    page.do("Raise", window=two.id)
    page.wait(lambda p: seen(p, two.id)["stacking"] > seen(p, two.other)["stacking"])
    page.do("Lower", window=two.id)
    page.wait(lambda p: seen(p, two.id)["stacking"] < seen(p, two.other)["stacking"])
    page.do("Lower", window=two.other)
    page.wait(lambda p: seen(p, two.id)["stacking"] > seen(p, two.other)["stacking"])
    page.wait_until_same_as(compositor)


def test_minimize_maximize_and_fullscreen_and_back(compositor, page, window):
    before = {k: seen(page, window.id)[k] for k in ("x", "y", "width", "height")}
    for kind, member, state in (
        ("Minimize", "minimized", "minimized"),
        ("Maximize", "maximized", "maximized"),
        ("Fullscreen", "fullscreen", "fullscreen"),
    ):
        page.do(kind, window=window.id, **{member: True})
        page.wait(lambda p: state in seen(p, window.id)["states"], f"{state} on")
        page.wait_until_same_as(compositor)
        page.do(kind, window=window.id, **{member: False})
        page.wait(lambda p: state not in seen(p, window.id)["states"], f"{state} off")
        page.wait(lambda p: {k: seen(p, window.id)[k] for k in before} == before, f"as it was before {kind}")
        page.wait_until_same_as(compositor)


def test_a_request_to_a_window_that_just_closed_is_an_error_of_that_request_only(compositor, page, window):
    number = window.id
    window.tell("close", 1)
    page.wait(lambda p: number not in p.world.windows)
    answer = page.ask("Focus", window=number)
    assert (answer["type"], answer["code"], answer["member"]) == ("Error", "not_found", "window")
    assert page.ask("Ping")["type"] == "Pong"


def test_ping_is_answered_with_and_without_an_id(page):
    assert page.ask("Ping")["type"] == "Pong"
    page.send({"type": "Ping"})
    page.wait_for_message(type="Pong", id=None)


def test_a_request_without_an_id_gets_no_ack_but_its_errors(page):
    start = page.count()
    page.send({"type": "SetCamera", "x": 77})
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 77)
    page.send({"type": "SetCamera", "x": "77"})
    page.wait_for_message(start=start, type="Error", id=None, code="invalid_member", member="x")
    assert not [m for m, _ in page.since(start) if m["type"] == "Ack"]


def test_ids_may_be_numbers_and_members_that_nobody_knows_are_ignored(page):
    page.send({"type": "SetCamera", "id": 7, "x": 1, "future": {"a": [1, 2, {}]}})
    page.wait_for_message(type="Ack", id=7)


_W = "WINDOW"  # stands for the number of a window that exists
WRONG = [
    ({"type": "Nonsense"}, "unknown_type", "type"),
    ({"type": "Hello"}, "unknown_type", "type"),
    ({"type": 5}, "invalid_member", "type"),
    ({"type": None}, "invalid_member", "type"),
    ({}, "invalid_member", "type"),
    ({"type": "SetCamera"}, "invalid_member", None),
    ({"type": "SetCamera", "x": "1"}, "invalid_member", "x"),
    ({"type": "SetCamera", "x": None}, "invalid_member", "x"),
    ({"type": "SetCamera", "y": True}, "invalid_member", "y"),
    ({"type": "SetCamera", "y": [1]}, "invalid_member", "y"),
    ({"type": "SetCamera", "x": 2.1e11}, "invalid_member", "x"),
    ({"type": "SetCamera", "zoom": 0}, "invalid_member", "zoom"),
    ({"type": "SetCamera", "zoom": -1}, "invalid_member", "zoom"),
    ({"type": "SetCamera", "zoom": 5000}, "invalid_member", "zoom"),
    ({"type": "SetCamera", "x": 1, "duration": -1}, "invalid_member", "duration"),
    ({"type": "SetCamera", "x": 1, "duration": 60001}, "invalid_member", "duration"),
    ({"type": "SetCamera", "x": 1, "duration": 1.5}, "invalid_member", "duration"),
    ({"type": "SetCamera", "x": 1, "origin": 5}, "invalid_member", "origin"),
    ({"type": "SetCamera", "x": 1, "origin": "o" * 129}, "invalid_member", "origin"),
    ({"type": "SetCamera", "x": 1, "camera": ""}, "invalid_member", "camera"),
    ({"type": "SetCamera", "x": 1, "camera": 3}, "invalid_member", "camera"),
    ({"type": "SetCamera", "x": 1, "camera": "NONE"}, "not_found", "camera"),
    ({"type": "CancelCamera", "camera": "NONE"}, "not_found", "camera"),
    ({"type": "Focus"}, "invalid_member", "window"),
    ({"type": "Focus", "window": "1"}, "invalid_member", "window"),
    ({"type": "Focus", "window": 0}, "invalid_member", "window"),
    ({"type": "Focus", "window": -1}, "invalid_member", "window"),
    ({"type": "Focus", "window": 4294967296}, "invalid_member", "window"),
    ({"type": "Focus", "window": 1.5}, "invalid_member", "window"),
    ({"type": "Focus", "window": 4294967295}, "not_found", "window"),
    ({"type": "Close", "window": 4294967295}, "not_found", "window"),
    ({"type": "Raise", "window": 4294967295}, "not_found", "window"),
    ({"type": "Lower", "window": 4294967295}, "not_found", "window"),
    ({"type": "Center", "window": 4294967295}, "not_found", "window"),
    ({"type": "Center", "window": _W, "camera": "NONE"}, "not_found", "camera"),
    ({"type": "Center", "window": _W, "duration": "1"}, "invalid_member", "duration"),
    ({"type": "Move", "window": _W}, "invalid_member", "x"),
    ({"type": "Move", "window": _W, "x": 1}, "invalid_member", "y"),
    ({"type": "Move", "window": _W, "x": 1, "y": "2"}, "invalid_member", "y"),
    ({"type": "Resize", "window": _W, "width": 100}, "invalid_member", "height"),
    ({"type": "Resize", "window": _W, "width": 0, "height": 1}, "invalid_member", "width"),
    ({"type": "Resize", "window": _W, "width": 1, "height": 65536}, "invalid_member", "height"),
    ({"type": "Minimize", "window": _W}, "invalid_member", "minimized"),
    ({"type": "Minimize", "window": _W, "minimized": 1}, "invalid_member", "minimized"),
    ({"type": "Maximize", "window": _W, "maximized": "yes"}, "invalid_member", "maximized"),
    ({"type": "Fullscreen", "window": _W, "fullscreen": None}, "invalid_member", "fullscreen"),
    ({"type": "Fullscreen", "window": _W, "fullscreen": True, "camera": "NONE"}, "not_found", "camera"),
]


def test_requests_with_wrong_members_are_refused_by_name_and_change_nothing(compositor, page, window):
    page.wait_until_same_as(compositor)
    before = (dict(page.world.windows), dict(page.world.cameras))
    for request, code, member in WRONG:
        if request.get("window") == _W:
            request = {**request, "window": window.id}
        kind = request.get("type", None)
        number = f"wrong {json.dumps(request)}"[:128]
        start = page.count()
        page.send({**request, "id": number})
        answer = page.wait_for_message(start=start, id=number)
        assert (answer["type"], answer["code"]) == ("Error", code), (request, answer)
        assert member is None or answer["member"] == member, (request, answer)
        assert answer["message"], (kind, answer)
    assert (page.world.windows, page.world.cameras) == before


@pytest.mark.parametrize(
    "identifier", [1.5, [], {}, True, "x" * 129], ids=["fraction", "array", "object", "boolean", "too long"]
)
def test_an_id_that_is_none_is_refused_and_not_echoed(page, identifier):
    start = page.count()
    page.send({"type": "Ping", "id": identifier})
    page.wait_for_message(start=start, type="Error", id=None, code="invalid_member", member="id")


MALFORMED = {
    "nothing": b"",
    "not JSON": b"hello",
    "half an object": b'{"type":"Ping"',
    "an array": b"[1,2]",
    "a number": b"42",
    "null": b"null",
    "two objects": b'{"type":"Ping"}{"type":"Ping"}',
    "a literal NaN": b'{"type":"SetCamera","x":NaN}',
    "a number too large": b'{"type":"SetCamera","x":1e999}',
    "an integer too large": b'{"type":"Focus","window":99999999999999999999999999}',
    "deep nesting": b'{"type":"Ping","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "a lone surrogate": b'{"type":"Ping","id":"\\ud800"}',
    "a NUL in a name": b'{"type":"Pi\\u0000ng"}',
    "a NUL in a key": b'{"ty\\u0000pe":"Ping"}',
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_message_is_answered_or_ends_only_its_own_connection(daemon, page, data):
    bad = daemon.page().ready()
    start = bad.count()
    bad.send_text(data)
    try:
        bad.send({"type": "Ping", "id": "after"})
    except OSError:
        pass  # closed already
    bad.wait(lambda p: p.closed or any(m["type"] in ("Error", "Pong") for m in p.messages[start:]), "an Error or the end")
    if not bad.closed:
        answers = [m for m in bad.messages[start:] if m["type"] in ("Error", "Pong")]
        assert answers[0]["type"] == "Error", answers
    assert page.ask("Ping")["type"] == "Pong"


def test_a_repeated_member_is_not_taken_for_two(page):
    page.send_text(b'{"type":"Ping","id":"a","id":"b"}')
    page.wait(lambda p: any(m["type"] in ("Pong", "Error") for m in p.messages))


def test_bytes_that_are_no_text_end_the_connection_with_1007(daemon, page):
    bad = daemon.page().ready()
    bad.send_text(b'{"type":"Ping","id":"\xff\xfe"}')
    assert bad.wait_for_close() in (1006, 1007) or bad.messages[-1]["type"] == "Error"
    assert page.ask("Ping")["type"] == "Pong"


def test_binary_frames_are_not_understood(daemon, page):
    bad = daemon.page().ready()
    bad.send_binary(b'{"type":"Ping"}')
    bad.wait(lambda p: p.closed or p.messages[-1]["type"] == "Error", "an Error or the end")
    assert not bad.closed or bad.close_code in (1003, 1006)
    assert page.ask("Ping")["type"] == "Pong"


def test_a_huge_message_ends_the_connection_with_1009(daemon, page):
    bad = daemon.page().ready()
    try:
        bad.send_text(b'{"type":"Ping","a":"' + b"x" * (64 << 20) + b'"}')
    except OSError:
        pass  # the server did not wait for the end of it
    assert bad.wait_for_close() in (1006, 1009)
    assert page.ask("Ping")["type"] == "Pong"


def test_a_flood_of_requests_is_answered_in_order_or_with_busy(page):
    start = page.count()
    for number in range(2000):
        page.send({"type": "Ping" if number % 2 else "Focus", "window": 4294967295, "id": number})
    page.wait_for_message(start=start, id=1999)
    answers = [m for m, _ in page.since(start) if "id" in m]
    assert [m["id"] for m in answers] == list(range(2000))
    assert all(m["type"] in ("Pong", "Error") for m in answers)
