"""People debug with WAYLAND_DEBUG=1: names and numbers on the wire are legible."""

import re
import subprocess

import pytest

from bed.ctl import CTL
from bed.waiting import eventually
from bed.wayland_log import LINE, Descriptions


def test_wayland_debug_shows_names_cells_and_offsets(bed, compositor):
    daemon = bed.daemon(compositor, extra_env={"WAYLAND_DEBUG": "1"})
    page = daemon.page().ready()
    windows = bed.windows(compositor)
    windows.open(1, 200, 100, "legible")
    page.do("SetCamera", x=1234.5, y=-0.25, zoom=0.5)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 1234.5)
    page.wait(lambda p: p.world.windows)
    text = daemon.err.text()
    for line in (
        r"infinite_map_manager_v1@\d+\.capabilities\(\d+\)",
        r"infinite_map_manager_v1@\d+\.grid_size\(100\)",
        r"infinite_map_manager_v1@\d+\.camera\(new id infinite_map_camera_v1@\d+, \"HEADLESS-1\"\)",
        r"infinite_map_manager_v1@\d+\.window\(new id infinite_map_window_v1@\d+, \d+\)",
        r"infinite_map_window_v1@\d+\.title\(\"legible\"\)",
        r"infinite_map_window_v1@\d+\.size\(\d+\.0+, \d+\.0+\)",
        r"-> infinite_map_camera_v1@\d+\.move\(\d+, 12, -1, 34\.50*, 99\.750*, 500000, 0\)",
        r"infinite_map_camera_v1@\d+\.target_position\(12, -1, 34\.50*, 99\.750*\)",
        r"infinite_map_camera_v1@\d+\.target_zoom\(500000\)",
        r"infinite_map_manager_v1@\d+\.done\(\d+\)",
        r"-> infinite_map_manager_v1@\d+\.ack\(\d+\)",
    ):
        assert re.search(line, text), f"no line with {line} in\n{text[:4000]}"


def busy(bed, compositor, daemon):
    """Something of each kind is said."""
    page = daemon.page().ready()
    windows = bed.windows(compositor)
    windows.open(1, 200, 100, "a title, with (brackets)")
    window = next(iter(page.wait(lambda p: p.world.windows)))
    page.do("SetCamera", x=100, y=-50, zoom=2, duration=50)
    for kind, members in (("Focus", {}), ("Raise", {}), ("Move", {"x": 5, "y": 6}), ("Resize", {"width": 300, "height": 200}), ("Maximize", {"maximized": True}), ("Fullscreen", {"fullscreen": True}), ("Fullscreen", {"fullscreen": False})):
        page.do(kind, window=window, **members)
    page.do("PutTile", x=3, y=-4, brick="grass.png")
    page.do("RemoveTile", x=3, y=-4)
    page.do("Subscribe", kinds=["cameras", "windows"])
    page.do("Close", window=window)
    windows.event(event="close", id=1)
    compositor.ask("add_output", name="SECOND", width=640, height=480)
    page.wait(lambda p: "SECOND" in p.world.cameras, "another camera")
    compositor.ask("remove_output", name="SECOND")
    page.wait(lambda p: "SECOND" not in p.world.cameras, "that it is gone")


def test_every_name_in_the_log_is_one_of_the_descriptions(bed, compositor):
    daemon = bed.daemon(compositor, extra_env={"WAYLAND_DEBUG": "1"})
    looks = bed.run(str(CTL), "debug", "wayland")
    eventually(lambda: subprocess.run([CTL, "cameras", "set", "--x", "1"], env=bed.env, check=True) and looks.out.text(), "that it looks")
    busy(bed, compositor, daemon)
    last = re.findall(r"-> infinite_map_manager_v1@\d+\.ack\(\d+\)", daemon.err.text())[-1]
    eventually(lambda: last in looks.out.text(), "the last of it")
    looks.kill()
    descriptions = Descriptions()
    logged = [line for line in daemon.err.text().splitlines() if LINE.fullmatch(line)]
    seen = {descriptions.check(line) for line in logged}
    shown = {descriptions.check(line) for line in looks.out.text().splitlines()}
    assert len(logged) > 100 and "@" not in "".join(line for line in daemon.err.text().splitlines() if line not in logged and line.startswith("["))
    assert len({each for each in seen if each[0].startswith("infinite_map_")}) > 30, sorted(seen)
    assert shown <= seen and len(shown) > 20


def test_no_request_is_called_as_an_event_of_the_same_interface():
    """Tools look messages up by their names alone."""
    for interface in Descriptions().interfaces.values():
        if interface.get("name").startswith("infinite_map_"):
            names = [each.get("name") for each in [*interface.iter("request"), *interface.iter("event")]]
            assert len(names) == len(set(names)), interface.get("name")


@pytest.mark.parametrize(
    "line",
    [
        "[1.5]  -> infinite_map_camera_v2@5.move(1)",
        "[1.5]  -> infinite_map_manager_v1@5.done(1)",  # an event
        "[1.5] infinite_map_manager_v1@5.done(1, 2)",
        "[1.5] infinite_map_manager_v1@5.done(nil)",
        "[1.5] infinite_map_manager_v1@5.capabilities(2147483648)",
        '[1.5] infinite_map_manager_v1@5.camera(new id infinite_map_window_v1@9, "x")',
    ],
)
def test_a_line_with_a_name_that_is_not_described_is_found(line):
    with pytest.raises(AssertionError):
        Descriptions().check(line)


def test_the_capabilities_come_first_and_every_done_is_acknowledged(bed, compositor):
    daemon = bed.daemon(compositor, extra_env={"WAYLAND_DEBUG": "1"})
    daemon.page().ready()
    bed.windows(compositor).tell("burst", 20)
    page = daemon.page().ready()
    page.wait(lambda p: len(p.world.windows) == 20)
    bed.forget(daemon)
    daemon.stop()
    lines = [line for line in daemon.err.text().splitlines() if "infinite_map_" in line]
    events = [line for line in lines if "-> " not in line and "infinite_map_manager_v1@" in line]
    assert ".capabilities(" in events[0] and ".grid_size(" in events[1]
    asked = [m.group(1) for line in events if (m := re.search(r"\.(?:done|checkpoint)\((\d+)\)", line))]
    acked = [m.group(1) for line in lines if "-> " in line and (m := re.search(r"\.ack\((\d+)\)", line))]
    assert acked == asked[: len(acked)] and len(asked) - len(acked) <= 1


def test_the_log_says_what_happened_and_no_more(bed, compositor):
    daemon = bed.daemon(compositor)
    page = daemon.page().ready()
    page.do("SetCamera", x=1)
    page.send_text(b"nonsense")
    page.wait_for_message(type="Error")
    bed.forget(daemon)
    daemon.stop()
    lines = daemon.err.text().splitlines()
    assert 1 <= len(lines) < 20, lines
    assert all(line.isprintable() for line in lines)
