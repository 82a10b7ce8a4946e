"""Cameras: animations are followed, requests applied and clamped, and every writer can tell its own echo."""

import pytest

from bed.world import STEP


def camera_updates(page, start, name="HEADLESS-1"):
    return [c for message, _ in page.since(start) for c in message.get("cameras", ()) if c["name"] == name]


def at(x, y, zoom, name="HEADLESS-1"):
    """Whether the camera rests there."""

    def check(page):
        camera = page.world.cameras.get(name)
        live = camera and [camera["x"], camera["y"], camera["zoom"]]
        rest = camera and [camera["target"]["x"], camera["target"]["y"], camera["target"]["zoom"]]
        near = camera and all(abs(a - b) <= STEP for a, b in zip(live, [x, y, zoom]))
        return near and live == rest

    return check


def test_an_animation_is_followed_its_target_told_first_and_its_way_without_a_step_back(compositor, page):
    start = page.count()
    compositor.ask("move_camera", output="HEADLESS-1", x=1000, y=-500, zoom=2, duration=600)
    page.wait(at(1000, -500, 2), "the animation's end")
    updates = camera_updates(page, start)
    assert len(updates) > 8
    assert all(camera["target"] == {"x": 1000, "y": -500, "zoom": 2} for camera in updates)
    assert updates[0]["x"] < 1000, "the target was told before the camera was there"
    for member, direction in (("x", 1), ("y", -1), ("zoom", 1)):
        way = [direction * camera[member] for camera in updates]
        assert all(b - a >= -STEP for a, b in zip(way, way[1:])), f"{member} went back: {way}"
    assert all(camera["cause"] is None for camera in updates)
    page.wait_until_same_as(compositor)


def test_set_camera_moves_the_compositor_s_camera_and_names_its_writer(compositor, daemon, page):
    other = daemon.page().ready()
    number = page.do("SetCamera", x=12345.5, y=-777.25, zoom=0.5, origin="page one")
    for each in (page, other):
        each.wait(at(12345.5, -777.25, 0.5))
        assert each.world.cameras["HEADLESS-1"]["cause"] == {"origin": "page one", "id": number}
    state = page.wait_until_same_as(compositor)
    assert (state["cameras"][0]["x"], state["cameras"][0]["zoom"]) == (12345.5, 0.5)


def test_members_left_out_keep_their_value(page):
    page.do("SetCamera", x=10, y=20, zoom=3)
    page.wait(at(10, 20, 3))
    page.do("SetCamera", x=-10)
    page.wait(at(-10, 20, 3))
    page.do("SetCamera", zoom=1.5)
    page.wait(at(-10, 20, 1.5))
    page.do("SetCamera", y=0, camera="HEADLESS-1")
    page.wait(at(-10, 0, 1.5))


@pytest.mark.parametrize("asked, given", [(4000, 8), (0.0001, 0.05)])
def test_a_zoom_out_of_range_is_clamped_and_the_page_is_told_what_was_applied(compositor, page, asked, given):
    number = page.do("SetCamera", x=1, y=2, zoom=asked, origin="o")
    page.wait(at(1, 2, given))
    camera = page.world.cameras["HEADLESS-1"]
    assert camera["cause"] == {"origin": "o", "id": number}
    assert camera["zoomRange"] == {"min": 0.05, "max": 8}
    page.wait_until_same_as(compositor)


def test_a_request_that_changes_nothing_is_confirmed_too(page):
    page.do("SetCamera", x=5, y=6, zoom=1)
    page.wait(at(5, 6, 1))
    number = page.do("SetCamera", x=5, y=6, zoom=1, origin="again")
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["cause"] == {"origin": "again", "id": number})


@pytest.mark.parametrize("x, y", [(1e11, -1e11), (-99999999999.5, 0.00390625), (8388608.25, -8388609), (2e11, -2e11)])
def test_far_away_points_are_exact(compositor, page, x, y):
    page.do("SetCamera", x=x, y=y, zoom=1)
    page.wait(at(x, y, 1))
    page.wait_until_same_as(compositor)


def test_an_animation_that_a_page_asks_for_is_followed_and_can_be_cancelled(compositor, page):
    page.do("SetCamera", x=100000, y=0, duration=5000, origin="animator")
    page.wait(lambda p: 0 < p.world.cameras["HEADLESS-1"]["x"] < 100000, "the animation under way")
    assert page.world.cameras["HEADLESS-1"]["target"]["x"] == 100000
    number = page.do("CancelCamera", origin="canceller")
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["cause"] == {"origin": "canceller", "id": number})
    camera = page.world.cameras["HEADLESS-1"]
    assert 0 < camera["x"] < 100000
    assert camera["target"] == {"x": camera["x"], "y": camera["y"], "zoom": camera["zoom"]}
    page.wait_until_same_as(compositor)


def test_a_second_request_replaces_an_animation_that_is_under_way(compositor, page):
    page.do("SetCamera", x=100000, y=0, duration=5000)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] > 0)
    page.do("SetCamera", x=-50, y=-60, zoom=1)
    page.wait(at(-50, -60, 1))
    page.wait_until_same_as(compositor)


def test_who_moves_the_camera_after_a_page_did_is_not_taken_for_that_page(compositor, page):
    page.do("SetCamera", x=5, y=6, origin="me")
    page.wait(at(5, 6, 1))
    compositor.ask("move_camera", output="HEADLESS-1", x=50)
    page.wait(at(50, 6, 1))
    assert page.world.cameras["HEADLESS-1"]["cause"] is None


def test_a_fast_writer_ends_where_it_asked_last_with_the_cause_of_that(compositor, page):
    start = page.count()
    for step in range(1, 301):
        page.send({"type": "SetCamera", "id": step, "x": step, "y": -step, "origin": "fast"})
    page.wait(at(300, -300, 1))
    page.wait_for_message(start=start, type="Ack", id=300)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["cause"] == {"origin": "fast", "id": 300})
    seen = [camera["x"] for camera in camera_updates(page, start)]
    assert seen == sorted(seen)
    acks = [message["id"] for message, _ in page.since(start) if message["type"] == "Ack"]
    assert acks == list(range(1, 301))
    page.wait_until_same_as(compositor)


def test_two_outputs_give_two_cameras_and_unplugging_one_closes_its_camera(bed):
    compositor = bed.compositor(outputs=["LEFT=800x600", "RIGHT=1024x768"])
    page = bed.daemon(compositor).page().ready()
    assert set(page.world.cameras) == {"LEFT", "RIGHT"}
    assert page.world.cameras["RIGHT"]["viewport"] == {"width": 1024, "height": 768}
    page.do("SetCamera", camera="RIGHT", x=4000, y=4000, zoom=1)
    page.wait(at(4000, 4000, 1, "RIGHT"))
    assert page.world.cameras["LEFT"]["x"] != 4000
    page.wait_until_same_as(compositor)

    compositor.ask("add_output", name="THIRD", width=320, height=240)
    page.wait(lambda p: set(p.world.cameras) == {"LEFT", "RIGHT", "THIRD"})
    page.wait_until_same_as(compositor)
    compositor.ask("remove_output", name="LEFT")
    page.wait(lambda p: set(p.world.cameras) == {"RIGHT", "THIRD"})
    page.wait_until_same_as(compositor)
    answer = page.ask("SetCamera", camera="LEFT", x=1)
    assert (answer["type"], answer["code"], answer["member"]) == ("Error", "not_found", "camera")
    page.do("SetCamera", camera="RIGHT", x=3)
    page.wait(at(3, 4000, 1, "RIGHT"))


def test_centring_on_a_window_shows_all_of_it(bed, compositor, page):
    windows = bed.windows(compositor)
    windows.open(1, 300, 200, "far")
    number = compositor.window(title="far")["id"]
    compositor.ask("move", window=number, x=70000, y=-70000)
    page.wait(lambda p: number in p.world.windows and p.world.windows[number]["x"] == 70000)
    request = page.do("Center", window=number, origin="o")
    window = page.world.windows[number]
    page.wait(at(70000 + window["width"] / 2, -70000 + window["height"] / 2, 1))
    assert page.world.cameras["HEADLESS-1"]["cause"] == {"origin": "o", "id": request}
    page.wait_until_same_as(compositor)


def test_a_lost_race_between_two_pages_leaves_both_with_one_truth(compositor, daemon):
    pages = [daemon.page().ready() for _ in range(2)]
    for step in range(50):
        for number, page in enumerate(pages):
            page.send({"type": "SetCamera", "x": step * 10 + number, "origin": f"page {number}"})
    for page in pages:
        page.ask("Ping")
        page.wait_until_same_as(compositor)
    assert pages[0].world.cameras == pages[1].world.cameras
