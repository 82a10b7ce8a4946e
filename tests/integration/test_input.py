"""What a page types and points at reaches the compositor's windows, if that is allowed, and is let go with the page."""

import json
from pathlib import Path

import pytest

from bed.waiting import eventually

LEFT, MIDDLE, RIGHT, BACK, FORWARD = 272, 274, 273, 275, 276
A, B, C, SHIFT = 30, 48, 46, 42
HORIZONTAL, VERTICAL = 1, 0


def motion(x, y):
    return {"kind": "motion", "x": x, "y": y}


def button(number, pressed):
    return {"kind": "button", "button": number, "pressed": pressed}


def key(code, pressed):
    return {"kind": "key", "code": code, "pressed": pressed}


def text(content):
    return {"kind": "text", "text": content}


def touch(phase, point, x=None, y=None):
    return {"kind": "touch", "phase": phase, "id": point, **({} if x is None else {"x": x, "y": y})}


def strike(*codes):
    """Keys that go down in this order, and up in the reverse one."""
    return [key(code, True) for code in codes] + [key(code, False) for code in reversed(codes)]


@pytest.fixture
def daemon(bed, compositor):
    return bed.daemon(compositor, options=["--allow-input"])


@pytest.fixture
def window(bed, compositor, page):
    """A client's window with the keyboard focus and its top-left corner of the frame at (100, 100)."""
    client = bed.windows(compositor)
    client.open(1, 300, 200, "the window")
    client.id = compositor.window(title="the window")["id"]
    page.wait(lambda p: client.id in p.world.windows)
    page.do("Move", window=client.id, x=100, y=100)
    page.do("Focus", window=client.id)
    client.event(event="focus", id=1)
    page.wait(lambda p: p.world.windows[client.id]["x"] == 100 and p.world.windows[client.id]["y"] == 100)
    return client


def events(client, start, *kinds):
    """What the client was told from line number start on."""
    printed = [json.loads(line) for line in client.out.text().split("\n")[start:]]
    return [event for event in printed if event["event"] in kinds]


def keys(client, start):
    return [(event["key"], event["pressed"]) for event in events(client, start, "key")]


def settle(page, client):
    """Until the compositor has handled what the page sent, and the client what the compositor made of it."""
    number = page.do("SetCamera", zoom=1)  # comes after the rest, and back as a cause
    page.wait(lambda p: any((c["cause"] or {}).get("id") == number for c in p.world.cameras.values()))
    client.sync()


def foot(compositor, page, script):
    """A terminal that runs a script, with the keyboard focus."""
    compositor.ask("spawn", argv=["foot", "sh", "-c", script])
    window = page.wait(lambda p: next(iter(p.world.windows.values()), None), "the terminal's window")["id"]
    page.do("Focus", window=window)
    page.wait(lambda p: "activated" in p.world.windows[window]["states"])
    return window


@pytest.fixture
def terminal(bed, compositor, page):
    """The file that a terminal puts into what is typed in it."""
    file = Path(bed.directory) / "typed"
    foot(compositor, page, f"cat > {file}")
    eventually(file.exists, "the terminal's file")
    return file


def written(file, content):
    eventually(lambda: file.read_text() == content, f"{content[:80]!r} in the file", every=0.05)


def test_keys_of_a_page_are_typed_into_a_terminal_with_shift(page, terminal):
    page.do("Input", events=[*strike("KeyH"), *strike("KeyI"), *strike("Space")])
    page.do("Input", events=[*strike("ShiftLeft", "KeyA"), *strike("ShiftRight", "Digit1"), *strike("NumLock"), *strike("Numpad7")])
    page.do("Input", events=strike("Enter"))
    written(terminal, "hi A!7\n")


def test_control_d_ends_what_reads_in_a_terminal(bed, compositor, page):
    window = foot(compositor, page, "cat")
    page.do("Input", events=strike("ControlLeft", "KeyD"))
    page.wait(lambda p: window not in p.world.windows, "the terminal's end")


@pytest.mark.parametrize("content", ["plain, Mixed (case)!", "Grüße, naïve Ærøskøbing", "Привет, 世界 🙂", "\ttab \\ \" ' `"])
def test_text_reaches_a_terminal_in_any_script(page, terminal, content):
    page.do("Input", events=[text(content + "\n")])
    written(terminal, content + "\n")


def test_a_text_longer_than_a_wayland_request_arrives_whole_and_in_order(page, terminal):
    line = "".join(chr(0x4E00 + number) for number in range(99)) + "\n"
    content = line * 13  # 298 bytes each; byte 2000 is inside a character
    page.do("Input", events=[text(content)])
    written(terminal, content)


def test_texts_and_keys_of_one_message_keep_their_order(page, terminal):
    page.do("Input", events=[text("one "), *strike("KeyX"), text(" two"), *strike("Enter")])
    written(terminal, "one x two\n")


def test_the_pointer_moves_in_world_coordinates_wherever_the_camera_is(page, window):
    start = len(window.out)
    page.do("Input", events=[motion(200, 250)])
    first = window.event(start=start, event="pointer_enter", id=1)
    page.do("SetCamera", x=54321, y=-98765, zoom=0.5)
    page.do("Input", events=[motion(210.5, 270.25)])
    second = window.event(start=start, event="motion")
    assert (second["x"] - first["x"], second["y"] - first["y"]) == (10.5, 20.25)
    page.do("Input", events=[motion(-5000, -5000)])
    window.event(start=start, event="pointer_leave", id=1)


@pytest.mark.parametrize("number, code", [(0, LEFT), (1, MIDDLE), (2, RIGHT), (3, BACK), (4, FORWARD)])
def test_buttons_are_those_of_mouse_events(page, window, number, code):
    page.do("Input", events=[motion(200, 250), button(number, True), button(number, False)])
    window.event(event="button", button=code, pressed=True)
    window.event(event="button", button=code, pressed=False)


@pytest.mark.parametrize(
    "wheel, told",
    [
        ({"deltaY": 12.5}, [(VERTICAL, 12.5)]),
        ({"deltaX": -3, "deltaY": 4}, [(HORIZONTAL, -3), (VERTICAL, 4)]),
        ({"clicksY": -1}, [(VERTICAL, -15)]),
        ({"deltaY": 53, "clicksY": 1}, [(VERTICAL, 53)]),
    ],
)
def test_the_wheel_scrolls_the_window_and_not_the_map(page, window, wheel, told):
    page.do("Input", events=[motion(200, 250)])
    window.event(event="pointer_enter", id=1)
    zoom = page.world.cameras["HEADLESS-1"]["target"]["zoom"]
    start = len(window.out)
    page.do("Input", events=[{"kind": "wheel", **wheel}])
    for axis, value in told:
        window.event(start=start, event="axis", axis=axis, value=value)
    assert page.world.cameras["HEADLESS-1"]["target"]["zoom"] == zoom


def test_touch_points_come_down_move_and_go(page, window):
    page.do("Input", events=[touch("down", 3, 200, 250), touch("down", 7, 220, 250)])
    first = window.event(event="touch_down", id=1, point=3)
    page.do("Input", events=[touch("motion", 3, 205, 260)])
    moved = window.event(event="touch_motion", point=3)
    assert (moved["x"] - first["x"], moved["y"] - first["y"]) == (5, 10)
    page.do("Input", events=[touch("up", 3)])
    window.event(event="touch_up", point=3)
    page.do("Input", events=[touch("cancel", 0)])
    window.event(event="touch_cancel")


def test_what_a_page_holds_is_released_when_it_goes(daemon, page, window):
    other = daemon.page().ready()
    other.do("Input", events=[motion(200, 250), button(0, True), key("KeyA", True), key("ShiftLeft", True)])
    for code in (A, SHIFT):
        window.event(event="key", key=code, pressed=True)
    start = len(window.out)
    other.close()
    window.event(start=start, event="button", button=LEFT, pressed=False)
    for code in (A, SHIFT):
        window.event(start=start, event="key", key=code, pressed=False)
    window.event(start=start, event="pointer_leave", id=1)


def test_what_a_page_holds_is_released_when_its_connection_breaks(daemon, page, window):
    other = daemon.page().ready()
    other.do("Input", events=[key("KeyB", True)])
    window.event(event="key", key=B, pressed=True)
    other.abort()
    window.event(event="key", key=B, pressed=False)


def test_the_keys_of_two_pages_are_independent(daemon, page, window):
    other = daemon.page().ready()
    page.do("Input", events=[key("KeyA", True)])
    other.do("Input", events=[key("KeyB", True)])
    window.event(event="key", key=B, pressed=True)
    other.do("Input", events=[key("KeyA", False)])  # not its own
    other.close()
    window.event(event="key", key=B, pressed=False)
    settle(page, window)
    assert keys(window, 0) == [(A, True), (B, True), (B, False)]
    page.do("Input", events=[key("KeyA", False)])
    window.event(event="key", key=A, pressed=False)


def test_a_page_that_comes_after_another_one_went_has_a_device_of_its_own(daemon, page, window):
    for code, number in (("KeyA", A), ("KeyB", B), ("KeyC", C)):
        start = len(window.out)
        other = daemon.page().ready()
        other.do("Input", events=[key(code, True)])
        window.event(start=start, event="key", key=number, pressed=True)
        other.close()
        window.event(start=start, event="key", key=number, pressed=False)


def test_the_end_of_the_server_releases_everything(daemon, page, window):
    page.do("Input", events=[key("KeyA", True)])
    window.event(event="key", key=A, pressed=True)
    daemon.stop()
    window.event(event="key", key=A, pressed=False)


def test_input_goes_on_after_the_compositor_came_back(bed):
    compositor = bed.compositor(socket_name="wayland-7")
    daemon = bed.daemon(compositor, options=["--allow-input"])
    page = daemon.page().ready()
    page.do("Input", events=[motion(0, 0), key("KeyA", True)])
    compositor.stop()
    bed.forget(compositor)
    page.wait(lambda p: not p.world.compositor["connected"])
    assert page.ask("Input", events=[key("KeyA", False)])["code"] == "disconnected"
    again = bed.compositor(socket_name="wayland-7")
    page.ready()
    client = bed.windows(again)
    client.open(1)
    client.event(event="focus", id=1)
    page.do("Input", events=strike("KeyB"))
    client.event(event="key", key=B, pressed=False)
    assert keys(client, 0) == [(B, True), (B, False)]


def test_who_may_send_input_is_told_so(daemon, page):
    assert "input" in page.world.compositor["capabilities"]
    later = daemon.page().ready()  # the first one may have come before the compositor
    assert "input" in later.world.hello["capabilities"]


def test_without_the_option_input_is_refused_and_nothing_happens(bed, compositor):
    daemon = bed.daemon(compositor)
    daemon.page().ready()
    page = daemon.page().ready()  # comes when the compositor is known
    assert "camera" in page.world.hello["capabilities"]
    assert "input" not in page.world.hello["capabilities"]
    assert "input" not in page.world.compositor["capabilities"]
    client = bed.windows(compositor)
    client.open(1)
    client.event(event="focus", id=1)
    start = len(client.out)
    for event in (key("KeyA", True), text("a"), motion(0, 0), button(0, True), touch("down", 1, 0, 0)):
        answer = page.ask("Input", events=[event])
        assert answer["type"] == "Error" and answer["code"] == "forbidden"
        assert "--allow-input" in answer["message"]
    settle(page, client)
    told = events(client, start, "key", "button", "motion", "pointer_enter", "touch_down", "axis")
    assert not told
    assert daemon.err.count("--allow-input") == 1, "said once in the log"


def test_input_that_is_wrong_is_refused_as_a_whole(page, window):
    answer = page.ask("Input", events=[key("KeyA", True), key("NoSuchKey", True)])
    assert (answer["code"], answer["member"]) == ("invalid_member", "events[1].code")
    page.do("Input", events=strike("KeyB"))
    window.event(event="key", key=B, pressed=False)
    assert keys(window, 0) == [(B, True), (B, False)]


def test_a_flood_of_input_is_refused_or_done_and_hurts_nobody(daemon, page, window):
    frame = [event for _ in range(32) for event in strike("KeyA")]
    for number in range(2000):
        page.send({"type": "Input", "id": f"flood-{number}", "events": frame})
    last = page.wait_for_message(id="flood-1999", deadline=60)
    assert last["type"] == "Ack" or last["code"] == "busy"
    codes = {m.get("code", "Ack") for m in page.messages if str(m.get("id", "")).startswith("flood-")}
    assert codes <= {"Ack", "busy"}
    eventually(lambda: page.ask("Input", events=strike("KeyB"))["type"] == "Ack", "input is taken again")
    window.event(event="key", key=B, pressed=False)
    assert daemon.running
