"""permessage-deflate: large messages are compressed for clients that agreed on it, and nobody else notices."""

import json
import zlib

import pytest
from bed.http import metric
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

TITLE = "the same words again " * 20


def offer(**parameters):
    return [ClientPerMessageDeflateFactory(**parameters)]


@pytest.fixture
def crowded(bed, compositor):
    windows = bed.windows(compositor)
    windows.tell("burst", 100)
    for number in range(1, 101):
        windows.tell("title", number, f"{number} {TITLE}")
    return windows


@pytest.fixture
def daemon(bed, compositor):
    return bed.daemon(compositor, options=["--compress", "all"])


def all_titled(page):
    return len(page.world.windows) == 100 and all(w["title"].endswith(TITLE) for w in page.world.windows.values())


def sent(daemon):
    return metric(daemon.port, "sent_bytes_total")


@pytest.mark.parametrize("subprotocol", ["compositord.v1.json", "compositord.v1.msgpack"])
def test_a_snapshot_is_compressed_for_who_agreed(daemon, crowded, subprotocol):
    plain = daemon.page(subprotocols=[subprotocol])
    plain.wait(all_titled)
    before = sent(daemon)
    daemon.page(subprotocols=[subprotocol]).wait(all_titled)
    size = sent(daemon) - before

    before = sent(daemon)
    packed = daemon.page(subprotocols=[subprotocol], extensions=offer())
    packed.wait(all_titled)
    assert packed.extensions
    assert sent(daemon) - before < size / 5
    assert (packed.world.windows, packed.world.cameras) == (plain.world.windows, plain.world.cameras)


def test_what_comes_after_it_is_the_same_for_both(daemon, crowded, compositor):
    pages = [daemon.page(), daemon.page(extensions=offer()), daemon.page(extensions=offer(server_no_context_takeover=True))]
    for page in pages:
        page.wait(all_titled)
    for step in range(3):
        for number in range(1, 101):
            crowded.tell("title", number, f"{step} {number} {TITLE}")
        compositor.ask("move_camera", output="HEADLESS-1", x=step, y=0)
        for page in pages:
            page.wait(lambda p, step=step: all(w["title"].startswith(f"{step} ") for w in p.world.windows.values()))
            page.wait_until_same_as(compositor)


def test_requests_may_be_compressed(daemon, compositor):
    page = daemon.page(extensions=offer(compress_settings={"level": 9})).ready()
    page.do("SetCamera", x=5, y=6)
    for _ in range(50):  # with what was said before as the dictionary
        page.do("SetCamera", x=5, y=6, origin="the same words")
    page.wait_until_same_as(compositor)
    refused = page.ask("Nonsense", text="a" * 60_000)  # more than is read at once
    assert refused["code"] == "unknown_type"
    assert page.ask("Ping")["type"] == "Pong"


def test_a_message_that_grows_beyond_the_limit_ends_the_connection(daemon):
    page = daemon.page(extensions=offer()).ready()
    page.send({"type": "Ping", "id": "a" * 50_000_000})  # 50 kB when compressed
    assert page.wait_for_close() == 1009
    assert daemon.page().ready()


@pytest.mark.parametrize("payload", [b"\xff" * 20, b"", zlib.compress(b"{}"), b"\x02\x00"])
def test_what_cannot_be_decompressed_harms_nobody(daemon, payload):
    broken = daemon.page(extensions=offer()).ready()
    mask = bytes(4)
    broken.send_bytes(bytes([0xC1, 0x80 | len(payload)]) + mask + payload)
    other = daemon.page(extensions=offer()).ready()
    assert other.ask("Ping")["type"] == "Pong"
    assert daemon.running


def test_compressed_text_has_to_be_utf_8(daemon):
    page = daemon.page(extensions=offer()).ready()
    compressor = zlib.compressobj(wbits=-15)
    payload = compressor.compress(json.dumps({"type": "Ping"}).encode() + b"\xff\xfe") + compressor.flush(zlib.Z_SYNC_FLUSH)
    payload = payload[:-4]
    page.send_bytes(bytes([0xC1, 0x80 | len(payload)]) + bytes(4) + payload)
    assert page.wait_for_close() == 1007


def test_nobody_on_this_machine_is_compressed_for_unless_told(bed, compositor):
    daemon = bed.daemon(compositor)
    page = daemon.page(extensions=offer()).ready()
    assert not page.extensions


def test_a_smaller_window_is_not_agreed_on(daemon):
    page = daemon.page(headers={"Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=9"}).ready()
    assert not page.extensions

