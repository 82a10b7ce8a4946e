"""Each dialect tells its client of the same world; subscriptions narrow it, and a client that comes back resumes."""

import random

import pytest

from bed.page import MSGPACK


@pytest.fixture
def windows(bed, compositor):
    return bed.windows(compositor)


def test_messagepack_says_the_same_as_json(compositor, daemon, page, windows):
    binary = daemon.page(subprotocols=(MSGPACK,)).ready()
    assert binary.world.hello["protocol"] == MSGPACK
    windows.tell("open", 1, 200, 100, "one")
    windows.tell("open", 2, 300, 100, "zwei é")
    for each in (page, binary):
        each.wait(lambda p: {w["title"] for w in p.world.windows.values()} == {"one", "zwei é"})
    number = binary.do("SetCamera", x=12.5, y=-3, zoom=2, origin="b")
    for each in (page, binary):
        each.wait(lambda p: (p.world.cameras["HEADLESS-1"]["cause"] or {}).get("id") == number)
    assert page.world.windows == binary.world.windows
    assert page.world.cameras == binary.world.cameras
    assert binary.ask("Focus", window=0)["code"] == "invalid_member"
    binary.send_binary(b"\xdf\xff\xff\xff\xff")
    assert binary.wait_for_message(type="Error", code="malformed")["id"] is None
    binary.send_text(b"{}")
    assert binary.wait_for_close() == 1003


def test_the_map_shell_is_told_of_the_camera_and_moves_it(compositor, daemon):
    shell = daemon.page(subprotocols=("geometry-os",), strict=False, reads_world=False)
    first = shell.wait(lambda p: p.messages and p.messages[0])
    assert first["type"] == "camera_update" and (first["x"], first["y"], first["zoom"]) == (0, 0, 1)
    shell.send({"type": "camera_update", "x": 819200, "y": 100.5, "zoom": 0.5, "timestamp": 1})
    shell.wait(lambda p: (p.messages[-1]["x"], p.messages[-1]["y"], p.messages[-1]["zoom"]) == (819200, 100.5, 0.5))
    assert compositor.state()["cameras"][0]["target"] == {"x": 819200, "y": 100.5, "zoom": 0.5}
    compositor.ask("move_camera", output="HEADLESS-1", x=0, duration=100)
    shell.wait(lambda p: p.messages[-1]["x"] == 0 and p.messages[-1]["target_x"] == 0)
    assert {m["type"] for m in shell.messages} == {"camera_update"}, "anything else is noise for it"


def test_the_map_shell_hears_a_heartbeat_in_silence(daemon, compositor):
    shell = daemon.page(subprotocols=("geometry-os",), strict=False, reads_world=False)
    shell.wait(lambda p: p.messages)
    beat = shell.wait(lambda p: next((m for m in p.messages if m["type"] == "heartbeat"), None), deadline=30)
    assert isinstance(beat["timestamp"], int)
    shell.send({"type": "heartbeat", "timestamp": 1763720000.25})
    compositor.ask("move_camera", output="HEADLESS-1", x=5)
    shell.wait(lambda p: p.messages[-1].get("x") == 5, "still served after its own heartbeat")


def test_a_client_without_subprotocol_is_spoken_to_in_both(compositor, daemon):
    both = daemon.page(subprotocols=(), strict=False, reads_world=False)
    both.wait(lambda p: len(p.messages) >= 3)
    assert [m["type"] for m in both.messages[:3]] == ["Hello", "Snapshot", "camera_update"]
    both.send({"type": "camera_update", "x": 7, "y": 8, "zoom": 1})
    both.wait(lambda p: any(m["type"] == "camera_update" and m["x"] == 7 for m in p.messages))
    both.wait(lambda p: any(m["type"] == "CameraUpdate" and m["cameras"][0]["x"] == 7 for m in p.messages))
    assert both.ask("Ping")["type"] == "Pong"


def test_a_subscription_narrows_what_a_client_is_told(compositor, page, windows):
    windows.tell("open", 1, 200, 100, "near")
    windows.tell("open", 2, 200, 100, "far")
    page.wait(lambda p: len(p.world.windows) == 2)
    far = next(w["id"] for w in page.world.windows.values() if w["title"] == "far")
    compositor.ask("move", window=far, x=50000, y=50000)
    page.world.whole = False
    page.do("Subscribe", kinds=["windows"], area={"x": -5000, "y": -5000, "width": 10000, "height": 10000})
    page.wait(lambda p: [w["title"] for w in p.world.windows.values()] == ["near"] and not p.world.cameras)
    start = page.count()
    compositor.ask("move_camera", output="HEADLESS-1", x=100)
    compositor.ask("move", window=far, x=0, y=0)
    page.wait(lambda p: far in p.world.windows)
    compositor.ask("move", window=far, x=50000, y=0)
    page.wait(lambda p: far not in p.world.windows)
    assert not [m for m, _ in page.since(start) if m["type"] == "CameraUpdate"]
    page.do("Subscribe")
    page.wait_until_same_as(compositor)


def test_a_highest_rate_merges_but_ends_with_the_newest_state(compositor, page):
    page.do("Subscribe", maxRate=5)
    start = page.count()
    compositor.ask("move_camera", output="HEADLESS-1", x=3000, duration=1000)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 3000)
    times = [at for message, at in page.since(start) if message["type"] == "CameraUpdate"]
    assert 3 <= len(times) <= 9, f"{len(times)} updates in about a second at 5 a second"


def test_a_client_that_comes_back_is_told_what_changed_meanwhile(compositor, daemon, page, windows):
    for number in range(5):
        windows.tell("open", number + 1, 100, 100, f"window {number}")
    page.wait(lambda p: len(p.world.windows) == 5)
    choice = random.Random(3)
    for turn in range(10):
        gone = daemon.page()
        gone.ready()
        gone.wait_until_same_as(compositor)
        world = gone.world
        gone.close()
        for _ in range(choice.randrange(4)):
            ids = [w["id"] for w in compositor.state()["windows"]]
            compositor.ask("move", window=choice.choice(ids), x=choice.randrange(1000), y=turn)
        if turn == 5:
            windows.tell("close", 1)
            page.wait(lambda p: len(p.world.windows) == 4)
        page.wait_until_same_as(compositor)
        back = daemon.page(path=f"/?instance={world.hello['instance']}&revision={world.revision}", continues=world)
        back.wait_until_same_as(compositor)
        assert "Snapshot" not in {m["type"] for m in back.messages}
        back.close()


def test_a_revision_of_another_instance_is_answered_with_everything(compositor, daemon, page):
    hello = page.world.hello
    for path in (
        f"/?instance=another&revision={page.world.revision}",
        f"/?instance={hello['instance']}&revision=999999999",
        f"/?instance={hello['instance']}&revision=-1",
        f"/?instance={hello['instance']}&revision=x",
        f"/?instance={hello['instance']}",
    ):
        other = daemon.page(path=path).ready()
        assert [m["type"] for m in other.messages[:2]] == ["Hello", "Snapshot"], path


def test_a_client_can_ask_again_from_a_revision_that_it_is_sure_of(compositor, page):
    sure = page.world.revision
    compositor.ask("move_camera", output="HEADLESS-1", x=321)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 321)
    start = page.count()
    page.world.rewind(sure)
    page.do("Resume", revision=sure, instance=page.world.hello["instance"])
    assert page.wait_for_message(start=start, type="CameraUpdate")["cameras"][0]["x"] == 321
    start = page.count()
    page.do("Resume", revision=sure, instance="another")
    page.wait_for_message(start=start, type="Snapshot")
