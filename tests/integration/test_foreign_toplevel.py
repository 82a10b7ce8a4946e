"""A list of toplevels: which windows there are, but not where. zwlr_foreign_toplevel_manager_v1 by a real sway,
ext_foreign_toplevel_list_v1 by the reference compositor."""

import os
import signal

import pytest

from bed.program import Program
from bed.sway import SwayCompositor
from bed.waiting import DEADLINE, eventually

STEP_X, STEP_Y = 700, 500  # of the grid


def start_sway(bed, **options):
    started = SwayCompositor(bed.env, **options)
    bed._programs.append(started)
    return started


def follow(bed, display, *options):
    return bed.daemon(display=display, options=options).page()


def titled(page, title):
    return next((w for w in page.world.windows.values() if w["title"] == title), None)


def open_windows(bed, compositor, page, *titles):
    clients = bed.windows(compositor)
    for number, title in enumerate(titles, 1):
        clients.open(number, 300, 200, title)
        page.wait(lambda p, title=title: titled(p, title), title)
    return clients


def places(page):
    return {w["title"]: (w["x"] / STEP_X, w["y"] / STEP_Y) for w in page.world.windows.values()}


def test_it_is_chosen_where_there_is_nothing_better_and_says_what_it_lacks(bed):
    sway = start_sway(bed)
    page = follow(bed, sway.display).ready()  # which is not told of SWAYSOCK
    compositor = page.world.compositor
    assert compositor["driver"] == "foreign_toplevel" and compositor["name"] == sway.display
    assert set(compositor["capabilities"]) - {"tiles"} == {"windows", "focus", "close", "minimize", "maximize", "fullscreen"}
    assert page.world.cameras == {}
    assert page.ask("SetCamera", x=0)["code"] == "unsupported"
    assert "driver foreign_toplevel" in page.ask("Move", window=1, x=0, y=0)["message"]


def test_windows_lie_in_a_grid_that_nothing_disturbs(bed):
    sway = start_sway(bed)
    page = follow(bed, sway.display, "--driver", "foreign_toplevel").ready()
    clients = open_windows(bed, sway, page, "a", "b", "c", "d", "e")
    assert places(page) == {"a": (0, 0), "b": (1, 0), "c": (0, 1), "d": (1, 1), "e": (2, 0)}
    clients.tell("close", 2)
    page.wait(lambda p: titled(p, "b") is None, "a window less")
    assert places(page) == {"a": (0, 0), "c": (0, 1), "d": (1, 1), "e": (2, 0)}
    clients.open(6, 300, 200, "f")
    page.wait(lambda p: titled(p, "f"), "a window more")
    assert places(page)["f"] == (1, 0), "the first free cell"
    clients.tell("title", 1, "renamed")
    page.wait(lambda p: titled(p, "renamed"), "another title")
    assert places(page)["renamed"] == (0, 0)
    late = follow(bed, sway.display, "--driver", "foreign_toplevel").ready()
    assert sorted(w["title"] for w in late.world.windows.values()) == ["c", "d", "e", "f", "renamed"]


def test_windows_are_handled_as_far_as_the_protocol_goes(bed):
    sway = start_sway(bed)
    page = follow(bed, sway.display, "--driver", "foreign_toplevel").ready()
    open_windows(bed, sway, page, "one", "two")
    one, two = titled(page, "one")["id"], titled(page, "two")["id"]
    page.do("Focus", window=one)
    page.wait(lambda p: p.world.windows[one]["states"] == ["activated"] and not p.world.windows[two]["states"], "the focus")
    assert sway.window("one")["focused"]
    page.do("Fullscreen", window=two, fullscreen=True)
    page.wait(lambda p: "fullscreen" in p.world.windows[two]["states"])
    assert sway.window("two")["fullscreen_mode"]
    page.do("Fullscreen", window=two, fullscreen=False)
    page.wait(lambda p: "fullscreen" not in p.world.windows[two]["states"])
    assert page.ask("Fullscreen", window=two, fullscreen=True, camera="HEADLESS-1")["code"] == "not_found"
    for kind in ("minimized", "maximized"):  # sway lets neither happen
        page.do(kind.capitalize()[:-1], window=two, **{kind: True})
    page.do("Close", window=two)
    page.wait(lambda p: two not in p.world.windows, "a window less")
    eventually(lambda: [w["name"] for w in sway.windows()] == ["one"], "a window less in sway")
    assert page.ask("Focus", window=two)["code"] == "not_found"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_is_survived(bed, number):
    sway = start_sway(bed)
    page = follow(bed, sway.display, "--driver", "foreign_toplevel").ready()
    clients = open_windows(bed, sway, page, "before")
    bed.forget(clients)
    clients.kill()
    bed.forget(sway)
    sway.stop() if number == signal.SIGTERM else sway.kill()
    page.wait(lambda p: not p.world.compositor["connected"], "the end of sway")
    assert page.world.windows == {}
    assert page.ask("Focus", window=1)["code"] == "disconnected"
    for name in os.listdir(bed.directory):  # which is left behind when it is killed
        if name.startswith(("wayland-", "sway.sock")):
            os.unlink(f"{bed.directory}/{name}")
    sway = start_sway(bed)
    page.wait(lambda p: p.world.compositor["connected"], "the next sway", DEADLINE)
    open_windows(bed, sway, page, "after")
    assert places(page) == {"after": (0, 0)}


def test_a_list_without_control_is_only_looked_at(bed, compositor):
    page = follow(bed, compositor.display, "--driver", "foreign_toplevel").ready()
    assert set(page.world.compositor["capabilities"]) <= {"tiles"}
    clients = open_windows(bed, compositor, page, "one", "two")
    assert places(page) == {"one": (0, 0), "two": (1, 0)}
    truth = {w["title"]: w["identifier"] for w in compositor.state()["windows"]}
    assert {w["title"]: w["identifier"] for w in page.world.windows.values()} == truth
    clients.tell("title", 1, "renamed")
    page.wait(lambda p: titled(p, "renamed"), "another title")
    refusal = page.ask("Focus", window=titled(page, "two")["id"])
    assert refusal["code"] == "unsupported" and "driver foreign_toplevel" in refusal["message"]
    clients.tell("close", 2)
    page.wait(lambda p: titled(p, "two") is None, "a window less")


def test_a_compositor_that_tells_nothing_is_called_so(bed):
    words = ["--backend=headless-backend.so", "--use-pixman", "--idle-time=0", "--no-config", "--socket=wayland-nothing"]
    weston = Program(["weston", *words], bed.env)
    bed._programs.append(weston)
    eventually(lambda: os.path.exists(f"{bed.directory}/wayland-nothing"), "weston's socket")
    for options, words in (((), "nor any other protocol that tells of windows"), (("--driver", "foreign_toplevel"), "does not tell of its windows")):
        page = follow(bed, "wayland-nothing", *options)
        page.wait(lambda p, words=words: p.world.compositor and words in (p.world.compositor.get("reason") or ""), words)
        assert not page.world.compositor["connected"]
