"""niri's IPC, replayed by a stand-in: a state and what changes in it, cut anywhere, ended anywhere."""

import contextlib
import json
import os
import queue

import pytest

from bed.niri import VECTORS, StandInNiri, event, layout, recording, window, workspace
from bed.waiting import DEADLINE, eventually

ROW = 1200  # from a workspace to the next one: the outputs have 1080, in steps of 100, and a gap
GAP = 16  # between columns


@pytest.fixture
def niri(bed):
    stand_ins = []

    def start(**options):
        stand_ins.append(StandInNiri(bed.directory, **options))
        return stand_ins[-1]

    yield start
    for each in stand_ins:
        each.close()


def follow(bed, niri, *options):
    return bed.daemon(display=niri.display, extra_env={"NIRI_SOCKET": niri.path}, options=options).page()


def titles(page):
    return sorted(w["title"] for w in page.world.windows.values())


def start_with(events, *windows, workspaces=(workspace(1, 1, active=True, active_window=1), workspace(2, 2))):
    events.sendall(event("WorkspacesChanged", workspaces=list(workspaces)) + event("WindowsChanged", windows=list(windows)))


def test_it_is_found_by_its_socket_and_tells_what_it_can(bed, niri):
    stand_in = niri()
    page = follow(bed, stand_in)
    _, events = recording()
    stand_in.subscriber().sendall(b"".join(events[:6]))  # what it tells at the beginning
    page.ready()
    compositor = page.world.compositor
    assert compositor["driver"] == "niri" and compositor["name"] == "wayland-8"
    assert set(compositor["capabilities"]) - {"tiles"} == {"camera", "windows", "focus", "close", "move", "resize"}, "it does not tell where tiles are"
    windows = page.world.windows
    assert [(windows[n]["x"], windows[n]["y"]) for n in (11, 12, 13)] == [(20, 20), (20 + 936 + GAP, 20), (20 + 936 + GAP, 552)], "columns"
    assert (windows[14]["x"], windows[14]["y"]) == (20, 20 + ROW), "another workspace"
    assert (windows[15]["x"], windows[15]["y"]) == (704, 304), "it floats"
    assert windows[11]["states"] == ["activated"] and windows[12]["width"] == 928
    cameras = page.world.cameras
    assert (cameras["DP-1"]["x"], cameras["DP-1"]["y"], cameras["DP-1"]["zoom"]) == (960, 540, 1)
    assert cameras["eDP-1"]["x"] > 1920 * 4 and cameras["eDP-1"]["viewport"] == {"width": 1920, "height": 1200}
    assert "HDMI-A-1" not in cameras, "it is off"


@pytest.mark.parametrize("size", [1, 4096, 1 << 20])
def test_a_whole_session_is_followed_in_pieces_of_any_size(bed, niri, size):
    stand_in = niri()
    page = follow(bed, stand_in)
    data = b"".join(recording()[1])
    subscriber = stand_in.subscriber()
    for at in range(0, len(data), size):
        subscriber.sendall(data[at : at + size])
    page.ready()
    with open(os.path.join(VECTORS, "windows_at_end.json"), encoding="utf-8") as file:
        truth = {w["id"]: w for w in json.load(file)}  # by niri's own code
    page.wait(lambda p: p.world.windows.keys() == truth.keys() and "activated" in p.world.windows[14]["states"], "the last change")
    for number, expected in truth.items():
        seen = page.world.windows[number]
        assert (seen["title"], seen["appId"], seen["pid"]) == (expected["title"], expected["app_id"], expected["pid"])
        assert [seen["width"], seen["height"]] == expected["layout"]["window_size"]
        assert ("activated" in seen["states"]) == expected["is_focused"] and "urgent" not in seen["states"]
    assert page.world.cameras["DP-1"]["y"] == 540 + ROW, "the second workspace is shown"


def test_lines_come_of_any_kind_and_length(bed, niri):
    stand_in = niri()
    page = follow(bed, stand_in)
    events = stand_in.subscriber()
    events.sendall(b'{"SomethingNew":{"of":"a later version"}}\n[1]\n\n{"WindowsChanged":{"windows":"none"}}\n{"WindowClosed":{"id":99}}\n')
    start_with(events, *[{**window(n, "x" * 100, place=(n, 1)), "new_member": {}} for n in range(1, 301)])  # far more than 4 KiB
    page.ready()
    assert len(page.world.windows) == 300
    closed = b"".join(event("WindowClosed", id=n) for n in range(3, 301))
    events.sendall(closed + event("WindowOpenedOrChanged", window=window(1, "one"))[:-1])
    page.wait(lambda p: len(p.world.windows) == 2, "lines that are complete, and no others")
    assert titles(page) == ["x" * 100, "x" * 100]
    events.sendall(b"\n")
    page.wait(lambda p: titles(p) == ["one", "x" * 100], "the rest")
    with contextlib.suppress(BrokenPipeError):  # it does not listen to the end
        events.sendall(b'{"WindowsChanged":"' + b"x" * (9 << 20))
    page.wait(lambda p: not p.world.compositor["connected"], "a line without an end")
    assert "too long" in page.world.compositor["reason"]


def test_what_pages_ask_is_asked_of_niri(bed, niri):
    stand_in = niri()
    page = follow(bed, stand_in)
    events = stand_in.subscriber()
    start_with(events, window(1, focused=True), window(2, place=(2, 1)), window(3, place=None, in_view=(100.0, 50.0), tile=(308.0, 208.0)))
    page.ready()
    page.do("Focus", window=2)
    assert stand_in.action() == ("FocusWindow", {"id": 2})
    page.do("Close", window=2)
    assert stand_in.action() == ("CloseWindow", {"id": 2})
    page.do("Resize", window=2, width=640.4, height=480)
    assert stand_in.action() == ("SetWindowWidth", {"id": 2, "change": {"SetFixed": 640}})
    assert stand_in.action() == ("SetWindowHeight", {"id": 2, "change": {"SetFixed": 480}})
    page.do("Move", window=3, x=114, y=44)  # from 104, 54
    assert stand_in.action() == ("MoveFloatingWindow", {"id": 3, "x": {"AdjustFixed": 10}, "y": {"AdjustFixed": -10}})
    page.do("Move", window=2, x=0, y=ROW + 10)
    assert stand_in.action() == ("MoveWindowToWorkspace", {"window_id": 2, "reference": {"Id": 2}, "focus": False})
    refusal = page.ask("Move", window=2, x=10, y=10)
    assert refusal["code"] == "unsupported" and "niri tiles this window" in refusal["message"]
    for kind, members in (("Raise", {}), ("Minimize", {"minimized": True}), ("Fullscreen", {"fullscreen": True})):
        refusal = page.ask(kind, window=1, **members)
        assert refusal["code"] == "unsupported" and "driver niri" in refusal["message"]
    assert page.ask("Focus", window=99)["code"] == "not_found"
    assert page.ask("SetCamera", camera="none", y=0)["code"] == "not_found"
    stand_in.reply = {"Err": "error parsing request"}  # what comes of it shows in the state
    page.do("Focus", window=1)
    assert stand_in.action() == ("FocusWindow", {"id": 1})
    page.do("Focus", window=2)
    assert stand_in.action() == ("FocusWindow", {"id": 2})


def test_the_camera_goes_to_workspaces_and_columns(bed, niri):
    stand_in = niri()
    page = follow(bed, stand_in)
    events = stand_in.subscriber()
    start_with(events, *[window(n, place=(n, 1), focused=n == 1) for n in (1, 2, 3)], window(9, workspace=2))
    page.ready()
    page.do("SetCamera", camera="DP-1", x=2000, y=540, origin="me")
    assert stand_in.action() == ("FocusWindow", {"id": 3})
    events.sendall(event("WindowFocusChanged", id=3) + event("WorkspaceActiveWindowChanged", workspace_id=1, active_window_id=3))
    third = GAP + 3 * (936 + GAP) - 960
    page.wait(lambda p: p.world.cameras["DP-1"]["x"] == third, "the view with the third column")
    assert page.world.cameras["DP-1"]["cause"]["origin"] == "me"
    page.do("SetCamera", camera="DP-1", x=third + 1, y=540)  # it is there as far as niri can do it
    page.do("SetCamera", camera="DP-1", y=540 + ROW, origin="you")
    assert stand_in.action() == ("FocusWorkspace", {"reference": {"Id": 2}})
    events.sendall(event("WorkspaceActivated", id=2, focused=True))
    page.wait(lambda p: p.world.cameras["DP-1"]["y"] == 540 + ROW, "the second workspace")
    assert page.world.cameras["DP-1"]["cause"]["origin"] == "you"
    events.sendall(event("WorkspaceActivated", id=1, focused=True))
    page.wait(lambda p: p.world.cameras["DP-1"]["y"] == 540)
    assert page.world.cameras["DP-1"]["cause"] is None, "a move of somebody else"
    page.do("Center", window=2)
    assert [stand_in.action() for _ in range(2)] == [("FocusWindow", {"id": 2}), ("CenterWindow", {"id": 2})]
    events.sendall(event("WorkspaceActiveWindowChanged", workspace_id=1, active_window_id=2))
    page.wait(lambda p: p.world.cameras["DP-1"]["x"] == GAP + 936 + GAP + 468, "the window's middle")


def test_a_view_that_is_told_is_where_the_camera_is(bed, niri):
    stand_in = niri()
    page = follow(bed, stand_in)
    events = stand_in.subscriber()
    start_with(events, window(1, in_view=(-500.0, 30.0)), window(2, place=(2, 1), in_view=(460.0, 30.0)))
    page.ready()
    assert "geometry" in page.world.compositor["capabilities"]
    assert page.world.cameras["DP-1"]["x"] == GAP + 500 + 960
    assert (page.world.windows[2]["x"], page.world.windows[2]["y"]) == (GAP + 960 + 4, 34), "with gaps of another size"
    events.sendall(event("WindowLayoutsChanged", changes=[[1, layout((1, 1), in_view=(-600.0, 30.0))], [2, layout((2, 1), in_view=(360.0, 30.0))]]))
    page.wait(lambda p: p.world.cameras["DP-1"]["x"] == GAP + 600 + 960, "the view scrolled")
    assert page.world.windows[2]["x"] == GAP + 960 + 4, "and nothing else moved"


def test_outputs_that_change_are_asked_for_again(bed, niri):
    stand_in = niri()
    page = follow(bed, stand_in)
    events = stand_in.subscriber()
    start_with(events, window(1))
    page.ready()
    assert page.world.cameras.keys() == {"DP-1", "eDP-1"}
    stand_in.outputs = stand_in.outputs.replace(b"eDP-1", b"VGA-1")
    events.sendall(event("WorkspacesChanged", workspaces=[workspace(1, 1, active=True), workspace(2, 1, "VGA-1", active=True)]))
    page.wait(lambda p: p.world.cameras.keys() == {"DP-1", "VGA-1"}, "another output")
    stand_in.outputs = stand_in.outputs.replace(b'"scale":1.5', b'"scale":2.0')
    events.sendall(event("WindowLayoutsChanged", changes=[[1, layout((1, 1))]]))  # nothing else shows it
    page.wait(lambda p: p.world.cameras["VGA-1"]["zoom"] == 2, "another scale")


@pytest.mark.parametrize("cut", [b"", b'{"WindowClosed":{"id":'], ids=["between lines", "within a line"])
@pytest.mark.parametrize("process", [100, 101], ids=["the same socket", "another process"])
def test_an_end_in_the_middle_is_survived(bed, niri, cut, process):
    stand_in = niri()
    page = follow(bed, stand_in)
    events = stand_in.subscriber()
    start_with(events, window(1, "before"))
    events.sendall(cut)
    page.ready()
    page.do("Focus", window=1)
    stand_in.request()
    stand_in.close()
    page.wait(lambda p: not p.world.compositor["connected"], "the end")
    assert page.ask("SetCamera", y=0)["code"] == "disconnected"
    os.unlink(stand_in.path)
    stand_in = niri(process=process)
    start_with(stand_in.subscriber(), window(5, "after"))
    page.wait(lambda p: titles(p) == ["after"], "the next one", DEADLINE)
    page.do("Focus", window=5)
    assert stand_in.action() == ("FocusWindow", {"id": 5})


def test_a_niri_that_tells_nothing_is_not_mistaken_for_one_that_does(bed, niri):
    stand_in = niri()
    stand_in.outputs = b'{"Err":"not today"}\n'
    page = follow(bed, stand_in)
    page.wait(lambda p: p.world.compositor and "not today" in (p.world.compositor.get("reason") or ""), "why")
    assert not page.world.compositor["connected"]
    stand_in.outputs, _ = recording()

    def told():
        with contextlib.suppress(BrokenPipeError, queue.Empty):  # of an attempt that failed
            start_with(stand_in.subscriber(timeout=0), window(1, "at last"))
        return page.world.compositor["connected"]

    eventually(told, "its state")
    page.wait(lambda p: titles(p) == ["at last"], "its window")
