"""What people do with pointer and keys in the compositor itself is followed too, and no one is taken for a page."""

import os
import signal
import time

from bed.program import assert_none_left
from bed.world import STEP

LEFT, LOGO, RETURN = 272, 125, 28


def motion(x, y):
    return {"type": "pointer_motion", "x": x, "y": y}


def button(code, pressed):
    return {"type": "pointer_button", "button": code, "pressed": pressed}


def key(code, pressed):
    return {"type": "key", "key": code, "pressed": pressed}


def test_a_camera_dragged_with_the_pointer_is_followed_and_nobody_is_its_cause(compositor, page):
    before = dict(page.world.cameras["HEADLESS-1"])
    page.do("SetCamera", x=0, y=0, origin="me")
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["cause"])
    compositor.input(key(LOGO, True), motion(600, 400), button(LEFT, True))
    for step in range(1, 11):
        compositor.input(motion(600 + step * 10, 400 + step * 5))
    compositor.input(button(LEFT, False), key(LOGO, False))
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["cause"] is None, "a cause that is nobody's")
    state = page.wait_until_same_as(compositor)
    camera = state["cameras"][0]
    assert abs(camera["x"] + 100) <= STEP and abs(camera["y"] + 50) <= STEP, "the map went with the pointer"
    assert camera["zoom"] == before["zoom"]


def test_the_wheel_zooms_and_the_point_below_the_pointer_stays(compositor, page):
    compositor.input(motion(900, 200), key(LOGO, True), {"type": "pointer_axis", "value120": -120, "value": -15}, key(LOGO, False))
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["target"]["zoom"] > 1, "a nearer zoom")
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["zoom"] == p.world.cameras["HEADLESS-1"]["target"]["zoom"])
    camera = page.wait_until_same_as(compositor)["cameras"][0]
    assert abs(camera["x"] + (900 - 640) / camera["zoom"] - (900 - 640)) < 0.5
    assert abs(camera["y"] + (200 - 360) / camera["zoom"] - (200 - 360)) < 0.5


def test_a_click_gives_the_focus_and_reaches_the_window_at_that_point(bed, compositor, page):
    windows = bed.windows(compositor)
    windows.open(1, 200, 150, "left")
    windows.open(2, 200, 150, "right")
    left = compositor.window(title="left")
    compositor.ask("move", window=left["id"], x=-300, y=-100)
    compositor.ask("move", window=compositor.window(title="right")["id"], x=100, y=-100)
    page.wait(lambda p: left["id"] in p.world.windows and p.world.windows[left["id"]]["x"] == -300)
    start = len(windows.out)
    compositor.input(motion(640 - 300 + 50, 360 - 100 + 80), button(LEFT, True), button(LEFT, False))
    windows.event(start=start, event="pointer_enter", id=1)
    windows.event(start=start, event="button", button=LEFT, pressed=True)
    page.wait(lambda p: "activated" in p.world.windows[left["id"]]["states"])
    compositor.input(key(RETURN, True), key(RETURN, False))
    windows.event(start=start, event="key", key=RETURN, pressed=True)
    page.wait_until_same_as(compositor)


def test_an_impatient_ctrl_c_does_not_cut_the_clean_up_short(bed):
    compositor = bed.compositor(companion=True)
    compositor.process.send_signal(signal.SIGINT)
    while compositor.running:
        compositor.process.send_signal(signal.SIGTERM)
        time.sleep(0.001)
    bed.forget(compositor)
    assert compositor.process.returncode == 0, compositor.tail()
    assert_none_left(bed.marker)
    assert [name for name in os.listdir(bed.directory) if name != ".local"] == [], "nor a socket"
