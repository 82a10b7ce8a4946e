"""People debug with WAYLAND_DEBUG=1: names and numbers on the wire are legible."""

import re


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
