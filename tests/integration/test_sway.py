"""A real sway is mirrored: whatever is done in it, by its own commands or by a page's, both say the same."""

import os
import signal

import pytest

from bed.sway import SwayCompositor, pitch, sway_differences
from bed.waiting import DEADLINE, eventually


@pytest.fixture
def sway(bed):
    return start(bed)


def start(bed, **options):
    started = SwayCompositor(bed.env, **options)
    bed._programs.append(started)
    return started


def follow(bed, sway, *options):
    daemon = bed.daemon(display=sway.display, extra_env={"SWAYSOCK": sway.socket}, options=options)
    return daemon.page().ready()


def agree(sway, page):
    """Waits until the page's world is the tree; sway tells of what a client did when it has laid that out."""
    last = []

    def check():
        page.wait(lambda p: True)  # what broke a rule comes to light
        last[:] = sway_differences(sway.tree(), page.world)
        return not last

    try:
        eventually(check, "the page agrees with sway", every=0.05)
    except AssertionError:
        raise AssertionError("\n".join(last[:20])) from None


def test_it_is_found_by_its_socket_and_tells_what_it_can(bed, sway):
    page = follow(bed, sway)
    compositor = page.world.compositor
    assert compositor["driver"] == "sway" and compositor["name"] == sway.display
    assert set(compositor["capabilities"]) - {"tiles"} == {"camera", "windows", "geometry", "focus", "close", "move", "resize", "fullscreen"}
    agree(sway, page)
    camera = page.world.cameras["HEADLESS-1"]
    assert camera["viewport"] == {"width": 1280, "height": 720} and camera["zoomRange"] == {"min": 1, "max": 1}


def test_a_hundred_windows_through_everything_that_a_script_does_to_them(bed, sway):
    page = follow(bed, sway)
    clients = bed.windows(sway)
    for number in range(1, 101):
        clients.open(number, 80, 60, f"w{number}")
    agree(sway, page)
    assert len(page.world.windows) == 100
    ids = {w["name"]: w["id"] for w in sway.windows()}
    for number in range(1, 101):
        sway.do(f"[con_id={ids[f'w{number}']}] move container to workspace number {number % 5 + 1}")
    agree(sway, page)
    for number in range(1, 101, 2):
        sway.do(f"[con_id={ids[f'w{number}']}] floating enable")
    agree(sway, page)
    for number in range(1, 101, 2):
        sway.do(f"[con_id={ids[f'w{number}']}] resize set width {200 + number} px height {100 + number} px")
    agree(sway, page)
    for number in range(1, 101):
        clients.tell("title", number, f"renamed-{number}")
    eventually(lambda: all(w["name"].startswith("renamed-") for w in sway.windows()), "new titles")
    agree(sway, page)
    sway.do("workspace number 3; focus tiling; layout tabbed; workspace number 4; focus tiling; layout stacking; workspace number 2")
    sway.do(f"[con_id={ids['w1']}] move scratchpad; [con_id={ids['w2']}] fullscreen enable")
    agree(sway, page)
    for number in range(1, 91):
        sway.do(f"[con_id={ids[f'w{number}']}] kill") if number % 2 else clients.tell("close", number)
    eventually(lambda: len(sway.windows()) == 10, "ten windows left")
    agree(sway, page)
    sway.do("workspace number 7")
    agree(sway, page)


def test_windows_are_handled_as_far_as_sway_lets_them(bed, sway):
    page = follow(bed, sway)
    clients = bed.windows(sway)
    for number, title in enumerate(("one", "two", "three"), 1):
        clients.open(number, 300, 200, title)
    agree(sway, page)
    one, two, three = (sway.window(title)["id"] for title in ("one", "two", "three"))
    page.do("Focus", window=one)
    page.wait(lambda p: p.world.windows[one]["states"] == ["activated"], "the focus")

    # Within its workspace, a window that floats goes anywhere.
    sway.do(f"[con_id={one}] floating enable")
    agree(sway, page)
    page.do("Move", window=one, x=123, y=234)
    page.wait(lambda p: (p.world.windows[one]["x"], p.world.windows[one]["y"]) == (123, 234), "the place")
    page.do("Resize", window=one, width=333, height=222)
    page.wait(lambda p: (p.world.windows[one]["width"], p.world.windows[one]["height"]) == (333, 222), "the size")
    refusal = page.ask("Move", window=two, x=10, y=10)
    assert refusal["code"] == "unsupported" and "tiles this window" in refusal["message"]

    # To another workspace, both kinds do.
    sway.do("workspace number 3; workspace number 1")
    sway.do(f"[con_id={three}] move container to workspace number 3")
    agree(sway, page)
    row = pitch(sway.tree())
    page.do("Move", window=two, x=100, y=100 + 2 * row)
    eventually(lambda: sway.window("two")["workspace"]["name"] == "3", "a tile on the other workspace")
    page.do("Move", window=one, x=50, y=70 + 2 * row)
    eventually(lambda: sway.window("one")["workspace"]["name"] == "3", "what floats on the other workspace")
    page.wait(lambda p: (p.world.windows[one]["x"], p.world.windows[one]["y"]) == (50, 70 + 2 * row), "its place there")
    page.do("Move", window=one, x=60, y=80 + 2 * row)
    page.wait(lambda p: (p.world.windows[one]["x"], p.world.windows[one]["y"]) == (60, 80 + 2 * row), "a place in a workspace that is not shown")

    page.do("Fullscreen", window=two, fullscreen=True)
    page.wait(lambda p: "fullscreen" in p.world.windows[two]["states"])
    page.do("Fullscreen", window=two, fullscreen=False)
    page.do("Close", window=three)
    page.wait(lambda p: three not in p.world.windows, "a window less")
    agree(sway, page)
    assert page.ask("Focus", window=three)["code"] == "not_found"
    for kind, members in (("Raise", {}), ("Minimize", {"minimized": True}), ("Maximize", {"maximized": True})):
        refusal = page.ask(kind, window=one, **members)
        assert refusal["code"] == "unsupported" and "driver sway" in refusal["message"]


def test_a_camera_goes_to_the_workspace_that_is_nearest(bed):
    sway = start(bed, outputs=2)
    page = follow(bed, sway)
    bed.windows(sway).open(1, 300, 200, "one")
    sway.do("focus output HEADLESS-1; workspace number 4; workspace number 1")
    sway.do('[title="one"] move container to workspace number 4')
    sway.do("workspace number 1")
    eventually(lambda: sway.window("one")["workspace"]["name"] == "4", "the window's workspace")
    agree(sway, page)
    row = pitch(sway.tree())
    page.do("SetCamera", camera="HEADLESS-1", x=0, y=360 + 2.8 * row, origin="me")
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["y"] == 360 + 3 * row, "workspace 4")
    assert page.world.cameras["HEADLESS-1"]["cause"]["origin"] == "me"
    agree(sway, page)
    sway.do("workspace number 1")
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["y"] == 360)
    assert page.world.cameras["HEADLESS-1"]["cause"] is None, "a move of somebody else"
    page.do("Center", window=sway.window("one")["id"])
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["y"] == 360 + 3 * row, "the window's workspace")
    assert page.ask("SetCamera", camera="none", y=0)["code"] == "not_found"


def test_a_reload_is_nothing(bed, sway):
    page = follow(bed, sway)
    clients = bed.windows(sway)
    clients.open(1, 300, 200, "before")
    agree(sway, page)
    sway.do("reload")
    clients.open(2, 300, 200, "after")
    agree(sway, page)
    assert all(m["compositor"]["connected"] for m in page.messages if m["type"] == "CompositorUpdate" and page.messages.index(m) > 2)


@pytest.mark.parametrize("socket_name", ["sway.sock", None], ids=["the same socket", "another socket"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_is_survived(bed, socket_name, number):
    sway = start(bed, socket_name=socket_name)
    page = follow(bed, sway)
    clients = bed.windows(sway)
    clients.open(1, 300, 200, "before")
    agree(sway, page)
    bed.forget(clients)
    clients.kill()
    bed.forget(sway)
    sway.stop() if number == signal.SIGTERM else sway.kill()
    page.wait(lambda p: not p.world.compositor["connected"], "the end of sway")
    assert page.ask("SetCamera", y=0)["code"] == "disconnected"
    if number == signal.SIGKILL:
        for name in os.listdir(bed.directory):
            if name.startswith(("wayland-", "sway.sock")):
                os.unlink(f"{bed.directory}/{name}")
    sway = start(bed, socket_name=socket_name)
    page.wait(lambda p: p.world.compositor["connected"], "the next sway", DEADLINE)
    bed.windows(sway).open(1, 300, 200, "after")
    agree(sway, page)
