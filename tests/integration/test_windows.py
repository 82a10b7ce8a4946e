"""What windows do in the compositor reaches a WebSocket client: all of it, in order, never half."""

import os
import random
import signal

import pytest

from bed.waiting import eventually
from bed.world import differences


def window_titled(title):
    return lambda page: next((w for w in page.world.windows.values() if w["title"] == title), None)


def test_a_window_that_opens_moves_resizes_changes_its_title_and_closes_is_followed_at_every_step(bed, compositor, page):
    windows = bed.windows(compositor)
    windows.open(1, 300, 200, "first title")
    page.wait(window_titled("first title"))
    page.wait_until_same_as(compositor)
    number = compositor.window(title="first title")["id"]

    compositor.ask("move", window=number, x=-1234.5, y=98765.25)
    page.wait(lambda p: p.world.windows[number]["x"] == -1234.5 and p.world.windows[number]["y"] == 98765.25)
    page.wait_until_same_as(compositor)

    width = page.world.windows[number]["width"]
    windows.tell("resize", 1, 400, 250)
    page.wait(lambda p: p.world.windows[number]["width"] == width + 100)
    page.wait_until_same_as(compositor)

    compositor.ask("resize", window=number, width=500, height=300)
    page.wait(lambda p: (p.world.windows[number]["width"], p.world.windows[number]["height"]) == (500, 300))
    page.wait_until_same_as(compositor)

    windows.tell("title", 1, "Grüße, \"世界\" \\ \U0001f5fa")
    page.wait(window_titled("Grüße, \"世界\" \\ \U0001f5fa"))
    windows.tell("app_id", 1, "org.example.App")
    page.wait(lambda p: p.world.windows[number]["appId"] == "org.example.App")
    page.wait_until_same_as(compositor)

    windows.tell("close", 1)
    page.wait(lambda p: number not in p.world.windows)
    page.wait_until_same_as(compositor)


@pytest.mark.parametrize(
    "argv, app_id, resizable", [(["foot"], "foot", True), (["weston-flower"], "org.freedesktop.weston.flower", False)]
)
def test_a_real_program_is_followed_from_its_first_window_to_its_end(compositor, page, argv, app_id, resizable):
    pid = compositor.ask("spawn", argv=argv)["pid"]
    window = page.wait(lambda p: next(iter(p.world.windows.values()), None), "the program's window")
    assert window["pid"] == pid
    assert window["appId"] == app_id
    assert window["width"] > 0 and window["height"] > 0
    page.wait_until_same_as(compositor)
    compositor.ask("move", window=window["id"], x=5000, y=-5000)
    compositor.ask("resize", window=window["id"], width=900, height=600)
    page.wait(lambda p: p.world.windows[window["id"]]["x"] == 5000)
    if resizable:
        page.wait(lambda p: p.world.windows[window["id"]]["width"] > window["width"])
    page.wait_until_same_as(compositor)
    compositor.ask("close", window=window["id"])
    page.wait(lambda p: not p.world.windows, "the window closed")
    page.wait_until_same_as(compositor)


def test_a_terminal_s_title_follows_what_its_program_sets(compositor, page):
    script = r"printf '\033]2;one\007'; read -r _; printf '\033]2;two\007'; read -r _"
    compositor.ask("spawn", argv=["foot", "sh", "-c", script])
    window = page.wait(window_titled("one"))
    compositor.ask("focus", window=window["id"])
    page.wait(lambda p: "activated" in p.world.windows[window["id"]]["states"])
    # Return, typed by a keyboard of the compositor's own.
    compositor.input({"type": "key", "key": 28, "pressed": True}, {"type": "key", "key": 28, "pressed": False})
    page.wait(window_titled("two"))
    page.wait_until_same_as(compositor)


def test_five_hundred_windows_opened_at_once_all_arrive_and_none_is_half(bed, compositor, page):
    windows = bed.windows(compositor)
    windows.tell("burst", 500)
    page.wait(lambda p: len(p.world.windows) == 500, "500 windows")
    page.wait_until_same_as(compositor)
    assert {w["title"] for w in page.world.windows.values()} == {f"window {i}" for i in range(1, 501)}
    # None was ever seen without what it had when it was mapped.
    for message, _ in page.since(0):
        for window in message.get("windows", ()):
            assert window["title"] and window["appId"] == "test_window"
            assert (window["width"], window["height"]) == (page.world.windows[window["id"]]["width"], page.world.windows[window["id"]]["height"])
    for number in range(1, 501, 2):
        windows.tell("close", number)
    page.wait(lambda p: len(p.world.windows) == 250, "every second window closed")
    page.wait_until_same_as(compositor)
    windows.kill()
    page.wait(lambda p: not p.world.windows, "the windows of a killed program closed")
    page.wait_until_same_as(compositor)


def test_changes_of_a_title_arrive_in_order_and_the_last_one_always(bed, compositor, page):
    windows = bed.windows(compositor)
    windows.open(1, title="0")
    page.wait(window_titled("0"))
    start = page.count()
    for step in range(1, 301):
        windows.tell("title", 1, step)
    page.wait(window_titled("300"))
    seen = [int(w["title"]) for message, _ in page.since(start) for w in message.get("windows", ())]
    assert seen == sorted(seen)


def test_a_window_s_parent_is_known(bed, compositor, page):
    windows = bed.windows(compositor)
    windows.open(1, title="parent")
    windows.open(2, title="child")
    windows.tell("parent", 2, 1)
    parent = page.wait(window_titled("parent"))
    page.wait(window_titled("child"))
    page.wait(lambda p: window_titled("child")(p)["parent"] == parent["id"])
    windows.tell("close", 1)
    page.wait(lambda p: window_titled("child")(p)["parent"] is None and not window_titled("parent")(p))
    page.wait_until_same_as(compositor)


def test_states_that_a_window_asks_for_are_followed(bed, compositor, page):
    windows = bed.windows(compositor)
    windows.open(1, title="it")

    def states():
        return set(window_titled("it")(page)["states"])

    page.wait(window_titled("it"))
    windows.tell("maximize", 1, 1)
    page.wait(lambda p: "maximized" in states())
    page.wait_until_same_as(compositor)
    windows.tell("maximize", 1, 0)
    page.wait(lambda p: "maximized" not in states())
    windows.tell("fullscreen", 1, 1)
    page.wait(lambda p: "fullscreen" in states() and window_titled("it")(p)["space"] == "screen")
    page.wait_until_same_as(compositor)
    screen = window_titled("it")(page)["screen"]
    assert screen == {"camera": "HEADLESS-1", "x": 0, "y": 0}
    windows.tell("fullscreen", 1, 0)
    page.wait(lambda p: "fullscreen" not in states() and window_titled("it")(p)["space"] == "map")
    page.wait_until_same_as(compositor)
    windows.tell("minimize", 1)
    page.wait(lambda p: "minimized" in states())
    page.wait_until_same_as(compositor)


def test_a_title_longer_than_the_wire_takes_is_cut_at_a_character_and_hurts_nobody(bed, compositor, page):
    windows = bed.windows(compositor)
    windows.open(1, title="short")
    page.wait(window_titled("short"))
    windows.tell("title", 1, "ü" * 1900)
    window = page.wait(lambda p: next((w for w in p.world.windows.values() if w["title"] != "short"), None))
    assert 0 < len(window["title"].encode()) <= 1024
    assert set(window["title"]) == {"ü"}
    windows.tell("title", 1, "short again")
    page.wait(window_titled("short again"))


def test_a_late_joiner_has_the_same_world_as_an_early_one_after_a_random_history(bed, compositor, daemon, page):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    windows = bed.windows(compositor)
    existing = []
    for step in range(1, 121):
        action = chance.choice(["open", "open", "open", "close", "title", "resize", "move", "maximize", "minimize", "parent", "camera", "lower"])
        if action == "open" or not existing:
            windows.open(step, chance.randrange(20, 400), chance.randrange(20, 300), f"w{step}")
            existing.append(step)
            continue
        number = chance.choice(existing)
        if action == "close":
            windows.tell("close", number)
            existing.remove(number)
        elif action == "title":
            windows.tell("title", number, f"w{number} step {step}")
        elif action == "resize":
            windows.tell("resize", number, chance.randrange(20, 400), chance.randrange(20, 300))
        elif action == "maximize":
            windows.tell("maximize", number, chance.randrange(2))
        elif action == "minimize":
            windows.tell("minimize", number)
        elif action == "parent":
            parent = chance.choice([other for other in existing if other < number] or [0])
            windows.tell("parent", number, parent)
        elif action == "camera":
            compositor.ask("move_camera", output="HEADLESS-1", x=chance.uniform(-1e6, 1e6), y=chance.uniform(-1e6, 1e6), zoom=chance.uniform(0.05, 8))
        else:
            windows.sync()
            target = chance.choice(compositor.state()["windows"])["id"]
            if action == "lower":
                compositor.ask("lower", window=target)
            else:
                compositor.ask("move", window=target, x=chance.uniform(-1e6, 1e6), y=chance.uniform(-1e6, 1e6))
        if step % 40 == 0:
            windows.sync()
            state = page.wait_until_same_as(compositor)
            late = daemon.page().ready()
            assert not differences(state, late.world)
            assert late.world.windows == page.world.windows
            assert late.world.cameras == page.world.cameras


def test_every_client_is_told_the_same(bed, compositor, daemon):
    pages = [daemon.page().ready() for _ in range(8)]
    windows = bed.windows(compositor)
    windows.tell("burst", 40)
    for page in pages:
        page.wait(lambda p: len(p.world.windows) == 40)
    windows.sync()
    for page in pages:
        page.wait_until_same_as(compositor)
    assert all(page.world.windows == pages[0].world.windows for page in pages)


def test_a_program_that_is_killed_takes_its_windows_with_it(compositor, page):
    pid = compositor.ask("spawn", argv=["foot"])["pid"]
    page.wait(lambda p: p.world.windows)
    os.kill(pid, signal.SIGKILL)
    page.wait(lambda p: not p.world.windows)
    eventually(lambda: not compositor.state()["windows"], "no windows")
