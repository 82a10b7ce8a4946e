"""A client that stops reading costs bounded memory and delays nobody, and gets the present state when it reads again."""

import time

from bed.paths import SANITIZED
from bed.program import resident_kib

# Allowed growth: an outbox of references and merged keys, for a world of 200 windows.
GROWTH_KIB = 300 * 1024 if SANITIZED else 2 * 1024


def churn(compositor, windows, page, rounds, count=200):
    """Changes all windows and the camera, again and again, and waits until the page has seen each round."""
    slowest = 0.0
    for step in range(rounds):
        for number in range(1, count + 1):
            windows.tell("title", number, f"{step} " + "x" * 900)
        for _ in range(10):
            compositor.ask("move_camera", output="HEADLESS-1", x=step + 0.5, y=-step, duration=20)
        begin = time.monotonic()
        assert page.ask("Ping")["type"] == "Pong"
        slowest = max(slowest, time.monotonic() - begin)
        page.wait(lambda p: all(w["title"].startswith(f"{step} ") for w in p.world.windows.values()), f"round {step}")
    return slowest


def test_a_client_that_stops_reading_costs_little_and_delays_nobody(bed, compositor, daemon, page):
    page.strict = False  # validating thousands of windows would be the slowest part
    windows = bed.windows(compositor)
    windows.tell("burst", 200)
    page.wait(lambda p: len(p.world.windows) == 200)
    undisturbed = churn(compositor, windows, page, 10)
    before = resident_kib(daemon.pid)

    stalled = [daemon.page(receive_buffer=4096, strict=False) for _ in range(3)]
    for each in stalled:
        each.ready()
        each.hold()
    disturbed = churn(compositor, windows, page, 40)
    grown = resident_kib(daemon.pid) - before
    assert grown < GROWTH_KIB, f"{grown} KiB more"
    assert disturbed < max(0.25, 5 * undisturbed), f"an answer took {disturbed:.3f} s, {undisturbed:.3f} s before"

    compositor.ask("move_camera", output="HEADLESS-1", x=4242, y=-4242, duration=3000)
    page.wait(lambda p: 100 < p.world.cameras["HEADLESS-1"]["x"] < 4242, "the compositor is still followed")
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 4242)
    assert "reconnect" not in daemon.err.text()

    for each in stalled:
        start = each.count()
        each.go_on()
        if not each.closed:
            each.wait_until_same_as(compositor)
            # What was on its way when it stopped, and then the present: not the forty rounds in between.
            assert sum(len(m.get("windows", ())) for m, _ in each.since(start)) < 200 * 20
    page.wait_until_same_as(compositor)


def test_a_client_that_stops_reading_for_a_moment_misses_no_answer(daemon, page):
    slow = daemon.page(receive_buffer=4096).ready()
    slow.hold()
    start = slow.count()
    for number in range(200):
        slow.send({"type": "Ping", "id": number})
    assert page.ask("Ping")["type"] == "Pong"
    slow.go_on()
    slow.wait_for_message(start=start, id=199)
    answers = [m["id"] for m, _ in slow.since(start) if m["type"] in ("Pong", "Error")]
    assert answers == list(range(200))


def test_a_client_that_asks_without_reading_the_answers_costs_bounded_memory(daemon, page):
    before = resident_kib(daemon.pid)
    greedy = daemon.page(receive_buffer=4096, strict=False).ready()
    greedy.hold()
    greedy.send_timeout(2)
    try:
        for number in range(200_000):
            greedy.send({"type": "Ping", "id": f"{number:0128}"})
    except OSError:
        pass  # the server stopped reading, or closed: both keep it small
    assert page.ask("Ping")["type"] == "Pong"
    grown = resident_kib(daemon.pid) - before
    assert grown < GROWTH_KIB, f"{grown} KiB more"
    greedy.abort()
