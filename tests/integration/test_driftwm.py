"""driftwm's IPC, played by a stand-in: whole states, cut anywhere, ended anywhere."""

import pytest

from bed.driftwm import StandInDriftwm, state, window
from bed.waiting import DEADLINE


@pytest.fixture
def driftwm(bed):
    stand_ins = []

    def start():
        stand_ins.append(StandInDriftwm(bed.directory))
        return stand_ins[-1]

    yield start
    for each in stand_ins:
        each.close()


def follow(bed, driftwm):
    return bed.daemon(display=driftwm.display).page()


def test_it_is_found_by_its_socket_and_turned_upside_down(bed, driftwm):
    stand_in = driftwm()
    page = follow(bed, stand_in)
    events = stand_in.subscriber()
    events.sendall(state(window(3, position=(100, 50), size=(200, 100), is_focused=True), camera=(10.5, 20.0), zoom=0.5))
    page.ready()
    compositor = page.world.compositor
    assert compositor["driver"] == "driftwm" and compositor["name"] == "wayland-7"
    assert set(compositor["capabilities"]) - {"tiles"} == {"camera", "windows", "geometry", "focus", "close", "move", "resize"}
    camera = page.world.cameras["DP-1"]
    assert (camera["x"], camera["y"], camera["zoom"]) == (10.5, -20, 0.5)
    (seen,) = page.world.windows.values()
    assert (seen["x"], seen["y"], seen["width"], seen["height"]) == (0, -100, 200, 100)
    assert seen["states"] == ["activated"]
    events.sendall(state(window(4, "another")))
    page.wait(lambda p: [w["title"] for w in p.world.windows.values()] == ["another"], "another state")


def test_lines_come_in_any_pieces_and_of_any_kind(bed, driftwm):
    stand_in = driftwm()
    page = follow(bed, stand_in)
    events = stand_in.subscriber()
    for byte in state(window(1, "in single bytes")):
        events.sendall(bytes([byte]))
    page.ready()
    events.sendall(b'{"SomethingNew":{"of":"a later version"}}\n')
    events.sendall(b'[1,2\n\n{"State":{"windows":"none"}}\n')  # what it should not say
    events.sendall(state(*[window(n, "x" * 100) for n in range(1, 301)]))  # far more than 4 KiB
    page.wait(lambda p: len(p.world.windows) == 300, "a long line")
    events.sendall(state(window(1, "one")) + state(window(1, "two")) + state(window(1, "three"))[:-1])
    page.wait(lambda p: [w["title"] for w in p.world.windows.values()] == ["two"], "lines that are complete, and no others")
    events.sendall(b"\n")
    page.wait(lambda p: [w["title"] for w in p.world.windows.values()] == ["three"], "the rest")


def test_what_pages_ask_is_asked_in_its_coordinates(bed, driftwm):
    stand_in = driftwm()
    page = follow(bed, stand_in)
    events = stand_in.subscriber()
    events.sendall(state(window(3, position=(100, 50), size=(200, 100))))
    page.ready()
    (number,) = page.world.windows
    page.do("Move", window=number, x=-100, y=-50)
    assert stand_in.request() == {"Move": {"window": 3, "to": [0, 0]}}
    page.do("Resize", window=number, width=300, height=200)
    assert stand_in.request() == {"Resize": {"window": 3, "to": [300, 200]}}
    page.do("Focus", window=number)
    assert stand_in.request() == {"Focus": 3}
    page.do("Close", window=number)
    assert stand_in.request() == {"Close": 3}
    page.do("SetCamera", x=7, y=8, zoom=0.5, origin="me")
    assert stand_in.request() == {"Zoom": 0.5}
    assert stand_in.request() == {"Camera": [7, -8]}
    events.sendall(state(window(3), camera=(7.0, -8.0), zoom=0.5))
    page.wait(lambda p: p.world.cameras["DP-1"]["cause"], "the cause")
    assert page.world.cameras["DP-1"]["cause"]["origin"] == "me"
    stand_in.reply = {"Err": "it is being dragged"}
    page.do("Resize", window=number, width=300, height=200)  # what comes of it shows in the state
    stand_in.request()
    assert page.ask("Raise", window=number)["code"] == "unsupported"
    assert page.ask("Focus", window=99)["code"] == "not_found"


@pytest.mark.parametrize("cut", [b"", b'{"State":{"windows":[{"id":'], ids=["between lines", "within a line"])
def test_an_end_in_the_middle_is_survived(bed, driftwm, cut):
    stand_in = driftwm()
    page = follow(bed, stand_in)
    events = stand_in.subscriber()
    events.sendall(state(window(1, "before")) + cut)
    page.ready()
    page.do("Focus", window=next(iter(page.world.windows)))
    stand_in.request()
    stand_in.close()
    page.wait(lambda p: not p.world.compositor["connected"], "the end")
    assert page.ask("SetCamera", x=0)["code"] == "disconnected"
    stand_in = driftwm()
    stand_in.subscriber().sendall(state(window(1, "after")))
    page.wait(lambda p: [w["title"] for w in p.world.windows.values()] == ["after"], "the next one", DEADLINE)
    page.do("Focus", window=next(iter(page.world.windows)))
    assert stand_in.request() == {"Focus": 1}
