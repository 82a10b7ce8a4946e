"""TLS on TCP: pages, plain HTTP, streams and slow readers, with a certificate made here."""

import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from bed.http import fetch
from bed.paths import COMPOSITORD, WEB_ROOT
from bed.waiting import DEADLINE

TOKEN = "token-for-everything"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(certificate, key, context of a client that trusts it)"""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem", "-out", "certificate.pem"],
        cwd=folder,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return folder / "certificate.pem", folder / "key.pem", ssl.create_default_context(cafile=folder / "certificate.pem")


@pytest.fixture
def options(certificate):
    return ["--tls-certificate", str(certificate[0]), "--tls-key", str(certificate[1])]


@pytest.fixture
def tls(certificate):
    return certificate[2]


@pytest.fixture
def secured(bed, compositor, options):
    return bed.daemon(compositor, options=options)


def test_a_page_follows_the_world_over_tls(bed, compositor, secured, tls):
    page = secured.page(tls=tls, origin=f"https://127.0.0.1:{secured.port}").ready()
    windows = bed.windows(compositor)
    windows.open(1, title="over TLS")
    page.wait(lambda p: [w["title"] for w in p.world.windows.values()] == ["over TLS"])
    page.do("SetCamera", x=44)
    page.wait_until_same_as(compositor)
    assert secured.err.count(f"https://127.0.0.1:{secured.port}/") == 1


def test_plain_http_is_served_over_tls_by_its_first_version(secured, certificate):
    assert fetch(secured.port, "/", tls=certificate[2]).body == (WEB_ROOT / "index.html").read_bytes()
    for asset in sorted((WEB_ROOT / "assets").iterdir()):
        assert fetch(secured.port, f"/assets/{asset.name}", tls=certificate[2]).body == asset.read_bytes()
    # curl offers HTTP/2.
    command = ["curl", "-sS", "--fail", "--cacert", certificate[0], "-w", "\n%{http_version}", f"https://localhost:{secured.port}/api/v1/cameras"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    assert "HEADLESS-1" in answer and answer.endswith("\n1.1")


def test_an_event_stream_goes_over_tls(compositor, secured, tls):
    with tls.wrap_socket(socket.create_connection(("127.0.0.1", secured.port), timeout=DEADLINE), server_hostname="localhost") as stream:
        stream.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        while b"event: Snapshot" not in got:
            got += stream.recv(65536)
        compositor.ask("move_camera", output="HEADLESS-1", x=4321)
        while b"4321" not in got:
            got += stream.recv(65536)


def test_who_speaks_no_tls_gets_nothing(secured, tls):
    assert fetch(secured.port, "/").status is None
    with socket.create_connection(("127.0.0.1", secured.port), timeout=60) as silent:
        assert silent.recv(10) == b"", "nor may it stay"
    assert secured.page(tls=tls).ready()


def test_a_slow_reader_over_tls_gets_whole_frames_and_the_newest_state(bed, compositor, secured, tls):
    windows = bed.windows(compositor)
    page = secured.page(tls=tls).ready()
    page.strict = False
    windows.tell("burst", 100)
    page.wait(lambda p: len(p.world.windows) == 100)
    slow = secured.page(tls=tls, receive_buffer=4096, strict=False).ready()
    slow.hold()
    for step in range(20):
        for number in range(1, 101):
            windows.tell("title", number, f"{step} " + "x" * 900)
        page.wait(lambda p: all(w["title"].startswith(f"{step} ") for w in p.world.windows.values()))
    for _ in range(100):
        slow.send({"type": "Ping"})
    slow.go_on()
    slow.wait(lambda p: len(p.world.windows) == 100 and all(w["title"].startswith("19 ") for w in p.world.windows.values()), deadline=60)
    slow.wait(lambda p: sum(m["type"] == "Pong" for m in p.messages) == 100)
    assert slow.world.windows == page.world.windows


def test_a_large_file_to_a_slow_reader_over_tls_arrives_whole(bed, compositor, options, tls):
    root = Path(bed.directory) / "www"
    root.mkdir()
    (root / "index.html").write_text("<!doctype html>hello")
    content = bytes(range(256)) * 40_000
    (root / "large.bin").write_bytes(content)
    daemon = bed.daemon(compositor, options=[*options, "--web-root", str(root)])
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.settimeout(DEADLINE)
        plain.connect(("127.0.0.1", daemon.port))
        with tls.wrap_socket(plain, server_hostname="localhost") as stream:
            stream.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert daemon.page(tls=tls).ready(), "others are served meanwhile"
            got = b""
            while len(got) < len(content) and (chunk := stream.recv(65536)):
                got += chunk
            got = got.partition(b"\r\n\r\n")[2] + (stream.recv(65536) if len(got) == len(content) else b"")
            while len(got) < len(content):
                got += stream.recv(65536)
    assert got == content


def test_the_cookie_of_an_encrypted_page_is_never_sent_in_the_clear(bed, compositor, options, tls):
    tokens = Path(bed.directory) / "tokens"
    tokens.write_text(f"{TOKEN} all\n")
    tokens.chmod(0o600)
    daemon = bed.daemon(compositor, options=[*options, "--token-file", str(tokens), "--listen", "0.0.0.0"])
    reply = fetch(daemon.port, f"/?token={TOKEN}", tls=tls)
    assert reply.status == 303 and reply.headers["set-cookie"].endswith("; Secure")
    cookie = reply.headers["set-cookie"].partition(";")[0]
    assert daemon.page(tls=tls, headers={"Cookie": cookie}).ready()


def test_a_unix_socket_stays_plain(bed, compositor, options):
    path = f"{bed.directory}/compositord.sock"
    daemon = bed.daemon(compositor, options=[*options, "--listen", f"unix:{path}"])
    assert daemon.page(unix=path).ready()


def test_files_that_are_no_certificate_are_named(bed, certificate):
    def said(certificate, key):
        run = [COMPOSITORD, "--port", "0", "--orchestrator-port", "0", "--tls-certificate", certificate, "--tls-key", key]
        done = subprocess.run(run, env={**bed.env, "WAYLAND_DISPLAY": "none"}, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode not in (0, -6, -11)
        return done.stderr

    missing = f"{bed.directory}/missing.pem"
    assert missing in said(missing, certificate[1])
    assert missing in said(certificate[0], missing)
    assert "PEM" in said(certificate[0], certificate[0])
    assert "PEM" in said(certificate[1], certificate[1])
