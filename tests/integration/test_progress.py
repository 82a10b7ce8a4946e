"""Progress sockets, as the client of the wallpaper orchestrator uses them."""

import os
import re
import socket
import stat
import struct
from pathlib import Path

import pytest

from bed.http import metric
from bed.sessions import ProgressClient, gated, pipeline
from bed.waiting import eventually
from test_sessions import events, spawn, wait_for_end


@pytest.fixture
def folder(bed):
    return Path(bed.directory) / "compositord"


def test_a_client_that_is_there_first_follows_the_whole_session(bed, compositor, folder):
    pipeline(bed, "wallpaper", {"name": "generate_colorscheme", "command": ["true"]}, {"name": "create_effects", "command": ["true"]}, {"name": "change_wallpaper", "command": ["true"]})
    page = bed.daemon(compositor).page().ready()
    path = folder / "wallpaper_progress.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700
    clients = [ProgressClient(path) for _ in range(3)]
    lines = ProgressClient(folder / "wallpaper_progress.json.sock", lines=True)
    session = spawn(page, "wallpaper")
    wait_for_end(page, session)
    got = [client.read_until_end() for client in clients]
    assert got[0] == got[1] == got[2] == lines.read_until_end()
    for message in got[0]:
        assert message.keys() == {"event_name", "timestamp_ms", "timestamp_iso", "message_type", "data"}
        assert message["event_name"] == "wallpaper_progress" and message["message_type"] == "data"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", message["timestamp_iso"])
        assert message["data"]["session"] == session
    progress = [(m["data"]["step"], m["data"]["progress"], m["data"]["status"]) for m in got[0]]
    assert progress == [
        ("generate_colorscheme", 0, "processing"),
        ("generate_colorscheme", 33.33, "processing"),
        ("create_effects", 33.33, "processing"),
        ("create_effects", 66.67, "processing"),
        ("change_wallpaper", 66.67, "processing"),
        ("change_wallpaper", 100, "processing"),
        ("complete", 100, "complete"),
    ]
    # The same as another outlet told.
    assert [m["percent"] for m in events(page, session) if m["event"] == "progress"] == [33.33, 66.67, 100]


def test_what_nobody_heard_goes_to_the_next_client_the_newest_hundred(bed, compositor, folder):
    pipeline(bed, "many", {"name": "count", "output": "events", "command": ["sh", "-c", "for i in $(seq 1 99); do echo '{\"progress\":0.'$(printf %02d $i)'}'; done"]})
    page = bed.daemon(compositor).page().ready()
    wait_for_end(page, spawn(page, "many"))
    wait_for_end(page, spawn(page, "many"))
    client = ProgressClient(folder / "many_progress.sock")
    messages = [client.read() for _ in range(100)]
    assert messages[0]["data"]["progress"] == 2 and messages[-1]["data"]["status"] == "complete"
    assert len({m["data"]["session"] for m in messages}) == 1
    other = ProgressClient(folder / "many_progress.sock")
    wait_for_end(page, spawn(page, "many"))
    assert other.read()["data"]["progress"] == 0, "what one client was told is not told another"


def test_an_eleventh_client_is_sent_away(bed, compositor, folder):
    wait, open_gate = gated(bed)
    pipeline(bed, "slow", wait)
    page = bed.daemon(compositor).page().ready()
    path = folder / "slow_progress.sock"
    clients = [ProgressClient(path) for _ in range(10)]
    assert ProgressClient(path).read() is None
    session = spawn(page, "slow")
    for client in clients:
        assert client.read()["data"]["progress"] == 0
    clients.pop().close()
    # A place becomes free as soon as the daemon sees that.
    def let_in():
        client = ProgressClient(path)
        client.socket.settimeout(0.2)
        try:
            if client.socket.recv(1) == b"":
                return None
        except TimeoutError:
            return client
        raise AssertionError("a client was told what others were told before")
    extra = eventually(let_in, "a free place")
    extra.socket.settimeout(20)
    open_gate()
    wait_for_end(page, session)
    assert extra.read_until_end()[-1]["data"]["status"] == "complete"


def test_a_client_cancels(bed, compositor, folder):
    pipeline(bed, "long", ["sleep", "1000"])
    pipeline(bed, "other", ["sleep", "1000"])
    page = bed.daemon(compositor).page().ready()
    client = ProgressClient(folder / "long_progress.sock")
    one, two, other = spawn(page, "long"), spawn(page, "long"), spawn(page, "other")
    for _ in range(2):
        client.read()
    control = {"event_name": "long_progress", "timestamp_ms": 1, "timestamp_iso": "", "message_type": "control"}
    client.send({**control, "data": {"command": "cancel", "session": one}})
    client.send({**control, "data": {"command": "cancel", "session": other}})  # not on this socket
    assert wait_for_end(page, one)["outcome"] == "cancelled"
    message = client.read()
    assert message["message_type"] == "error" and message["data"] == {"step": "step1", "error": "it was cancelled", "status": "error", "session": one}
    assert not any(m["event"] == "task_ended" for session in (two, other) for m in events(page, session))
    client.send({**control, "data": {"command": "cancel"}})
    assert wait_for_end(page, two)["outcome"] == "cancelled"
    page.do("CancelSession", session=other)


@pytest.mark.parametrize("bytes_", [b"\0\0\0\0", b"\xff\xff\xff\xff" + b"x" * 100, b"GET / HTTP/1.1\r\n\r\n", struct.pack(">I", 3) + b"\xc1\xc1\xc1", b"\0\0"])
def test_what_is_no_message_harms_nobody(bed, compositor, folder, bytes_):
    pipeline(bed, "quick", ["true"])
    daemon = bed.daemon(compositor)
    page = daemon.page().ready()
    good = ProgressClient(folder / "quick_progress.sock")
    bad = ProgressClient(folder / "quick_progress.sock")
    bad.socket.sendall(bytes_)
    wait_for_end(page, spawn(page, "quick"))
    assert good.read_until_end()[-1]["data"]["status"] == "complete"
    if bytes_ != b"\0\0":  # the rest of that may still come
        eventually(lambda: metric(daemon.port, "progress_malformed_total") == 1, "what was refused is counted")
    assert metric(daemon.port, 'sessions_ended_total{outcome="completed"}') == 1
    bad.close()


def test_a_dead_socket_is_replaced_and_a_live_one_is_not(bed, compositor, folder):
    pipeline(bed, "quick", ["true"])
    daemon = bed.daemon(compositor)
    path = folder / "quick_progress.sock"
    daemon.kill()
    bed.forget(daemon)
    assert path.exists()
    daemon = bed.daemon(compositor)
    ProgressClient(path)
    second = bed.daemon(compositor)
    second.err.wait("nobody can follow quick_progress.*another process serves the socket")
    page = daemon.page().ready()
    client = ProgressClient(path)
    wait_for_end(page, spawn(page, "quick"))
    assert client.read_until_end()
    second.stop()
    bed.forget(second)
    assert path.exists(), "it is not the second one's to remove"
    daemon.stop()
    bed.forget(daemon)
    assert not path.exists()


def test_the_folder_is_used_only_if_nobody_else_controls_it(bed, compositor):
    pipeline(bed, "quick", ["true"])
    shared = Path(bed.directory) / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    daemon = bed.daemon(compositor, options=["--progress-dir", str(shared)])
    daemon.err.wait("there are no progress sockets: others could replace")
    assert wait_for_end(page := daemon.page().ready(), spawn(page, "quick"))["outcome"] == "completed"
    daemon.stop()
    bed.forget(daemon)
    shared.chmod(0o1777)  # as /tmp
    daemon = bed.daemon(compositor, options=["--progress-dir", str(shared / "sockets")])
    assert stat.S_IMODE((shared / "sockets").stat().st_mode) == 0o700
    assert ProgressClient(shared / "sockets/quick_progress.sock")
