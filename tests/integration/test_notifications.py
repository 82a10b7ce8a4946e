"""Sessions as notifications on the desktop."""

import contextlib
import os
import subprocess
import time

import pytest

from bed.bus import NAME as COMPOSITORD_NAME
from bed.bus import SESSION, BusClient, BusDaemon
from bed.notifications import NAME, PATH, Dunst, Mako, ScriptedServer, Sway, Swaync
from bed.puppet import Puppets
from bed.waiting import eventually


@pytest.fixture
def bus(bed):
    started = BusDaemon(bed.env)
    bed._programs.append(started)
    return started


@pytest.fixture
def puppets(bed):
    return Puppets(bed.directory)


@pytest.fixture
def daemon(bed, bus, puppets):
    tools = f"{bed.directory}/tools"
    os.mkdir(tools)
    with open(f"{tools}/xdg-open", "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\necho "$@" >>{bed.directory}/opened\n')
    os.chmod(f"{tools}/xdg-open", 0o755)
    return bed.daemon(display="none", options=puppets.options, extra_env={"PATH": f"{tools}:{os.environ['PATH']}"})


@pytest.fixture
def client(bus, daemon):
    with contextlib.closing(BusClient(bus)) as made:
        yield made.wait_for_name().listen(sender=COMPOSITORD_NAME)


@contextlib.contextmanager
def server_on(bus, *arguments, **options):
    with contextlib.closing(ScriptedServer(bus, *arguments, **options)) as server:
        yield server


def spawn(client, puppets, kind="puppet", description="paint"):
    puppet = puppets.new()
    path = client.spawn(kind, description, {"fifo": puppet.path})
    return puppet.start(), path


def ended(client, path):
    return client.wait(lambda each: each.path == path and each.member in ("Completed", "Failed", "Cancelled"), "its end").member


def test_one_notification_moves_with_the_session(bus, client, puppets):
    with server_on(bus, first_id=41) as server:
        puppet, path = spawn(client, puppets)
        first = server.wait(lambda each: True, "a notification")
        assert (first.app, first.replaces, first.id) == ("compositord", 0, 41)
        assert first.summary == "puppet: paint" and first.body == "only, 0 %"
        assert first.hints["value"] == 0 and first.hints["urgency"] == 0
        assert first.hints["category"] == "transfer" and first.hints["desktop-entry"] == "compositord"
        assert first.timeout == 0, "it stays as long as the session runs"
        assert first.actions == {"default": "Show", "show": "Show", "cancel": "Cancel"}
        end = time.monotonic() + 1.5
        percent = 0
        while time.monotonic() < end:
            percent = min(percent + 1, 99)
            puppet.tell(progress=percent / 100)
            time.sleep(0.005)  # faster than anybody can look
        server.wait(lambda each: each.hints.get("value") == percent, "the last progress")
        puppet.tell(result="a picture")
        puppet.end()
        last = server.wait(lambda each: each.body.startswith("Completed"), "the end")
        assert last.body == "Completed: a picture" and last.timeout == -1
        assert last.hints["category"] == "transfer.complete" and last.hints["value"] == 100
        assert last.actions == {"default": "Show", "show": "Show"}
        shown = server.shown()
        assert {each.id for each in shown} == {41} and {each.replaces for each in shown[1:]} == {41}
        values = [each.hints["value"] for each in shown]
        assert values == sorted(values) and len(set(values)) > 2, "the bar moves"
        assert len(shown) <= (shown[-1].time - shown[0].time) * 4 + 2, "at most four a second"


def test_of_a_short_session_only_the_end_is_shown(bus, client, puppets):
    with server_on(bus) as server:
        puppet, _ = spawn(client, puppets, "broken", "try")
        puppet.end()
        server.wait(lambda each: each.body.startswith("Failed: "), "the end")
        failed, *others = server.shown()
        assert others == [] and failed.hints["urgency"] == 2 and failed.hints["category"] == "transfer.error"
        assert "value" not in failed.hints


def test_its_action_cancels_the_session(bus, client, puppets):
    with server_on(bus) as server:
        puppet, path = spawn(client, puppets)
        first = server.wait(lambda each: True, "a notification")
        server.act(first.id, "cancel")
        assert ended(client, path) == "Cancelled"
        # Some servers close what was acted on a moment later: the end is not told in that one.
        server.wait(lambda each: each.body == "Cancelled" and each.replaces == 0, "the end")
        assert server.closed() == [first.id]


@pytest.mark.parametrize("key", ["show", "default"])
def test_its_action_shows_the_page(bed, bus, daemon, client, puppets, key):
    with server_on(bus) as server:
        puppet, path = spawn(client, puppets)
        first = server.wait(lambda each: True, "a notification")
        server.act(first.id, key)
        opened = f"{bed.directory}/opened"
        eventually(lambda: os.path.exists(opened) and open(opened).read(), "the page is opened")
        assert open(opened).read().strip() == f"http://127.0.0.1:{daemon.port}/"
        eventually(lambda: not zombies(daemon.pid), "what opened it is reaped")
        puppet.end()
        assert ended(client, path) == "Completed"
        server.wait(lambda each: each.body == "Completed", "the end")


def zombies(parent):
    children = open(f"/proc/{parent}/task/{parent}/children").read().split()
    return [child for child in children if open(f"/proc/{child}/stat").read().rsplit(")", 1)[1].split()[0] == "Z"]


def test_one_that_was_closed_comes_back_only_for_the_end(bus, client, puppets):
    with server_on(bus) as server:
        puppet, _ = spawn(client, puppets)
        first = server.wait(lambda each: True, "a notification")
        server.dismiss(first.id)
        server.dismiss(first.id)  # some servers say it twice
        client.call("/org/geometryos/Compositord1", "org.freedesktop.DBus.Peer", "Ping")  # it was heard
        puppet.tell(progress=0.5)
        client.wait(lambda each: each.member == "Progress" and each.body[2] == 50, "the progress")
        puppet.end()
        last = server.wait(lambda each: each.body == "Completed", "the end")
        assert last.replaces == 0
        assert [each.body for each in server.shown()] == [first.body, "Completed"]


@pytest.mark.parametrize(
    "capabilities, summary, body, actions",
    [
        ([], "puppet: a<b&c – only, 0 %", "", set()),
        (["body"], "puppet: a<b&c", "only, 0 %", set()),
        (["body", "body-markup", "actions"], "puppet: a<b&c", "only, 0 %", {"default", "show", "cancel"}),
    ],
)
def test_it_is_shown_as_the_server_can(bus, client, puppets, capabilities, summary, body, actions):
    with server_on(bus, capabilities) as server:
        puppet, _ = spawn(client, puppets, description="a<b&c\nmore")
        first = server.wait(lambda each: True, "a notification")
        assert (first.summary, first.body, set(first.actions)) == (summary, body, actions)
        puppet.tell(result="<b>&amp;")
        puppet.end()
        last = server.wait(lambda each: "Completed" in each.body + each.summary, "the end")
        text = last.body or last.summary
        assert text.endswith("&lt;b&gt;&amp;amp;" if "body-markup" in capabilities else "<b>&amp;")


def test_another_server_is_shown_what_runs(bus, client, puppets):
    with server_on(bus) as server:
        done, _ = spawn(client, puppets, description="done before")
        done.end()
        server.wait(lambda each: each.body == "Completed", "the first end")
        puppet, path = spawn(client, puppets, description="goes on")
        server.wait(lambda each: "goes on" in each.summary, "a notification")
    with server_on(bus, first_id=7) as server:
        first = server.wait(lambda each: True, "a notification")
        assert first.replaces == 0 and "goes on" in first.summary
        server.act(1, "cancel")  # an id of the one before
        server.act(first.id, "cancel")
        assert ended(client, path) == "Cancelled"
        server.wait(lambda each: each.body == "Cancelled", "the end")
        assert not any("done before" in each.summary for each in server.shown())


def test_a_server_may_come_later_and_none_is_no_fault(bus, daemon, client, puppets):
    done, path = spawn(client, puppets, description="unseen")
    done.end()
    assert ended(client, path) == "Completed"
    puppet, _ = spawn(client, puppets)
    daemon.err.wait("nobody shows notifications")
    with server_on(bus) as server:
        assert server.wait(lambda each: "paint" in each.summary, "a notification").replaces == 0
        puppet.end()
        server.wait(lambda each: each.body == "Completed" and "paint" in each.summary, "the end")
    assert daemon.err.text().count("nobody shows notifications") == 1


def test_a_server_that_does_not_start_is_not_started_again_and_again(bed, puppets):
    services = f"{bed.directory}/services"
    os.mkdir(services)
    with open(f"{bed.directory}/server", "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\necho started >>{bed.directory}/starts\nexit 1\n")
    os.chmod(f"{bed.directory}/server", 0o755)
    with open(f"{services}/{NAME}.service", "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName={NAME}\nExec={bed.directory}/server\n")
    bus = BusDaemon(bed.env)
    bed._programs.append(bus)
    daemon = bed.daemon(display="none", options=puppets.options)
    with contextlib.closing(BusClient(bus)) as client:
        client.wait_for_name().listen(sender=COMPOSITORD_NAME)
        for _ in range(5):
            puppet, path = spawn(client, puppets)
            puppet.end()
            assert ended(client, path) == "Completed"
        daemon.err.wait("nobody shows notifications")
        puppet, path = spawn(client, puppets)
        puppet.end()
        assert ended(client, path) == "Completed"
    assert len(open(f"{bed.directory}/starts").readlines()) == 1


def test_a_stranger_cannot_act(bus, client, puppets):
    with server_on(bus) as server:
        puppet, path = spawn(client, puppets)
        first = server.wait(lambda each: True, "a notification")
        with contextlib.closing(BusClient(bus)) as stranger:
            stranger.emit(COMPOSITORD_NAME, PATH, NAME, "ActionInvoked", "us", first.id, "cancel")
            stranger.bus("GetId")
        puppet.tell(progress=0.5)
        client.wait(lambda each: each.member == "Progress" and each.body[2] == 50, "the progress")
        assert client.get(path, SESSION, "State") == "running"
        puppet.end()
        assert ended(client, path) == "Completed"


def test_what_would_stay_for_ever_is_closed_at_the_end(bus, daemon, client, puppets):
    with server_on(bus) as server:
        puppet, _ = spawn(client, puppets)
        first = server.wait(lambda each: True, "a notification")
        puppet.tell(progress=0.5)
        server.wait(lambda each: each.replaces == first.id, "another one: its number is known by now")
        daemon.stop()
        eventually(lambda: server.closed() == [first.id], "it is closed")


def test_none_if_told_so(bed, bus, puppets):
    with server_on(bus) as server:
        bed.daemon(display="none", options=[*puppets.options, "--no-notifications"])
        with contextlib.closing(BusClient(bus)) as client:
            client.wait_for_name().listen(sender=COMPOSITORD_NAME)
            puppet, path = spawn(client, puppets)
            puppet.end()
            assert ended(client, path) == "Completed"
            client.bus("GetId")
        assert server.shown() == []


@pytest.fixture
def desktop(bed, bus):
    """The environment of programs on a desktop."""
    sway = Sway(bed.env)
    bed._programs.append(sway)
    return {**bed.env, "WAYLAND_DISPLAY": sway.display, "DBUS_SESSION_BUS_ADDRESS": bus.address}


def real(bed, client, kind, desktop):
    server = kind(desktop)
    bed._programs.append(server)
    client.wait_for_name(NAME)
    return server


def picture(desktop, name):
    """For people to look at, if they say where."""
    if folder := os.environ.get("BED_PICTURES"):
        subprocess.run(["grim", f"{folder}/{name}.png"], env=desktop, timeout=60, check=True)


def test_mako_shows_a_bar_that_moves_and_cancels(bed, client, puppets, desktop):
    server = real(bed, client, Mako, desktop)

    def showing(text):
        eventually(lambda: ("puppet: real", text) in server.texts(), f"{text!r} is shown, not {server.texts()}")

    puppet, path = spawn(client, puppets, description="real")
    showing("only, 0 %")
    puppet.tell(progress=0.4)
    showing("only, 40 %")
    assert len(server.texts()) == 1
    picture(desktop, "mako")
    server.invoke("cancel")
    assert ended(client, path) == "Cancelled"
    showing("Cancelled")


def test_dunst_shows_it_and_opens_the_page(bed, daemon, client, puppets, desktop):
    server = real(bed, client, Dunst, desktop)
    puppet, path = spawn(client, puppets, description="real")
    eventually(lambda: server.displayed() == 1, "it is displayed")
    picture(desktop, "dunst")
    server.act()
    opened = f"{bed.directory}/opened"
    eventually(lambda: os.path.exists(opened) and open(opened).read(), "the page is opened")
    assert open(opened).read().strip() == f"http://127.0.0.1:{daemon.port}/"
    eventually(lambda: server.displayed() == 0, "it is closed")
    assert ("puppet: real", "only, 0 %") in server.history()
    puppet.end()
    assert ended(client, path) == "Completed"
    eventually(lambda: server.displayed() == 1, "the end is displayed")


def test_swaync_shows_it_and_cancels(bed, client, puppets, desktop):
    server = real(bed, client, Swaync, desktop)
    _, path = spawn(client, puppets, description="real")
    eventually(lambda: server.count() == 1, "it is shown")
    picture(desktop, "swaync")

    def cancelled():
        server.press(2)  # the second button; the panel may not have had the keyboard yet
        return client.get(path, SESSION, "State") == "cancelled"

    eventually(cancelled, "the session is cancelled")
    eventually(lambda: server.count() == 1, "the end is shown")
