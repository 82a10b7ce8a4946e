"""Who may see and reach what: the Wayland global, the WebSocket by origin and host, inherited descriptors, files."""

import http.client
import os
import socket
import subprocess
from pathlib import Path

import pytest

from bed.http import fetch as bare
from bed.http import metric
from bed.page import SUBPROTOCOL, Refused
from bed.paths import COMPOSITORD, WEB_ROOT
from bed.program import close_on_exec, descriptors


def test_an_unprivileged_client_does_not_see_the_global(bed, companion):
    display = companion.compositor.display
    listed = subprocess.run(
        ["wayland-info"], env={**bed.env, "WAYLAND_DISPLAY": display}, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert "xdg_wm_base" in listed
    assert "infinite_map" not in listed
    assert companion.page().ready().world.cameras, "while the companion does"


def test_a_program_is_allowed_by_its_file_and_not_by_its_name(bed, compositor, page):
    impostor = Path(bed.directory) / "elsewhere" / "compositord"
    impostor.parent.mkdir()
    impostor.symlink_to("/usr/bin/wayland-info")
    listed = subprocess.run(
        [impostor], env={**bed.env, "WAYLAND_DISPLAY": compositor.display}, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert "infinite_map" not in listed


def test_pages_of_its_own_origin_and_programs_without_one_are_let_in(daemon):
    assert daemon.page(origin=None).ready().world.cameras
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{daemon.port}"
        assert daemon.page(origin=f"http://{host}", host=host).ready().world.cameras


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://127.0.0.1:{port}.evil.example",
        "http://localhost:{port}@evil.example",
        "null",
        "file://",
    ],
)
def test_a_foreign_origin_is_refused_with_403(daemon, origin):
    with pytest.raises(Refused) as refusal:
        daemon.page(origin=origin.format(port=daemon.port))
    assert refusal.value.status == 403


def test_an_origin_can_be_allowed(bed, compositor):
    daemon = bed.daemon(compositor, options=["--allow-origin", "http://one.example", "--allow-origin", "https://two.example:8443"])
    assert daemon.page(origin="http://one.example").ready()
    assert daemon.page(origin="https://two.example:8443").ready()
    with pytest.raises(Refused):
        daemon.page(origin="http://two.example:8443")


def test_a_foreign_host_name_is_refused_so_that_rebinding_a_name_gets_nobody_in(daemon):
    for host in (f"evil.example:{daemon.port}", "evil.example"):
        with pytest.raises(Refused) as refusal:
            daemon.page(host=host)
        assert refusal.value.status in (400, 403, 421)
        connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=20)
        connection.request("GET", "/", headers={"Host": host})
        assert connection.getresponse().status in (400, 403, 421)
        connection.close()
    for host in (f"127.0.0.1:{daemon.port}", f"localhost:{daemon.port}"):
        assert daemon.page(host=host).ready()


def test_the_subprotocol_is_agreed_on_and_one_that_nobody_knows_is_not(daemon):
    assert daemon.page().ready().subprotocol == SUBPROTOCOL
    # Who asks for none may be of an older kind, and is sent messages of that kind too.
    assert daemon.page(subprotocols=(), strict=False).ready().subprotocol is None
    assert daemon.page(subprotocols=("unknown", SUBPROTOCOL)).ready().subprotocol == SUBPROTOCOL


def test_hello_says_who_speaks(page):
    hello = page.messages[0]
    assert hello["type"] == "Hello"
    assert hello["protocol"] == SUBPROTOCOL
    assert hello["server"] == "compositord"
    assert page.messages[1]["type"] == "Snapshot"
    assert page.world.compositor["gridSize"] == 100
    assert {"camera", "windows"} <= set(page.world.compositor["capabilities"])


def test_it_listens_on_loopback_only(daemon):
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{daemon.pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, port = fields[1].rsplit(":", 1)
            if int(port, 16) == daemon.port and fields[3] == "0A":
                listening.append(address)
    assert listening == ["0100007F"]


def test_nothing_of_the_daemon_is_inherited_by_a_child(companion):
    pid = companion.pid
    for number, what in descriptors(pid).items():
        if number > 2:
            assert close_on_exec(pid, number), f"descriptor {number} ({what}) would be inherited"


def test_the_companion_s_descriptors_are_its_own(companion):
    """The companion got its Wayland connection and the standard streams from the compositor, nothing else."""
    own = set(descriptors(companion.compositor.pid).values())
    shared = {n: what for n, what in descriptors(companion.pid).items() if n > 2 and what in own and what.startswith(("socket", "/"))}
    assert not shared, f"leaked from the compositor: {shared}"


def test_the_inherited_connection_is_used_and_taken_out_of_the_environment(bed, compositor):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        daemon = bed.daemon(display=compositor.display, pass_fds=[theirs.fileno()], extra_env={"WAYLAND_SOCKET": str(theirs.fileno())})
        theirs_there = theirs.fileno()
        ours.settimeout(20)
        assert ours.recv(12)[:4] == b"\x01\x00\x00\x00", "the first request goes to wl_display on the inherited socket"
        assert close_on_exec(daemon.pid, theirs_there)


def test_a_page_of_an_allowed_origin_may_read_and_ask_first(bed, compositor):
    daemon = bed.daemon(compositor, options=["--allow-origin", "http://friend.example"])
    port = daemon.port
    preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    for path in ("/api/v1/state", "/metrics", "/api/v1/events"):
        asked = bare(port, path, "OPTIONS", Origin="http://friend.example", **preflight)
        assert asked.status == 204 and asked.headers["access-control-allow-origin"] == "http://friend.example"
        assert "authorization" in asked.headers["access-control-allow-headers"] and asked.headers["vary"] == "origin"
        read = bare(port, path, until_end=False, Origin="http://friend.example", Sec_Fetch_Site="cross-site")
        assert read.status == 200 and read.headers["access-control-allow-origin"] == "http://friend.example"
        assert "access-control-allow-credentials" not in read.headers
        for origin in ("http://evil.example", "null", "http://friend.example.evil.example", "https://friend.example"):
            asked = bare(port, path, "OPTIONS", Origin=origin, **preflight)
            assert asked.status == 405 and not [name for name in asked.headers if name.startswith("access-control")]
            refused = bare(port, path, Origin=origin)
            assert refused.status == 403 and b"HEADLESS" not in refused.body
            assert not [name for name in refused.headers if name.startswith("access-control")]
    own = bare(port, "/api/v1/state", Origin=f"http://127.0.0.1:{port}")
    assert own.status == 200 and "access-control-allow-origin" not in own.headers


def test_what_is_refused_is_counted_and_logged_once(daemon):
    for number in range(5):
        assert bare(daemon.port, "/", Host=f"evil{number}.example").status == 403
        with pytest.raises(Refused):
            daemon.page(origin=f"http://evil{number}.example")
        assert bare(daemon.port, "/", "POST").status == 405
    for kind in ("host", "origin", "method"):
        assert metric(daemon.port, f'refused_total{{kind="{kind}"}}') == 5
    assert daemon.err.count("evil0.example") == 2 and "evil1.example" not in daemon.err.text()


def fetch(port, method, path):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while data := connection.recv(65536):
            answer += data
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    return int(lines[0].split()[1]), fields, body


def test_health_and_the_page_are_served_and_told_to_be_strict(daemon):
    assert fetch(daemon.port, "GET", "/health")[0] == 200
    status, fields, body = fetch(daemon.port, "GET", "/")
    assert status == 200
    assert fields["content-type"].startswith("text/html")
    assert b"<script" in body
    policy = fields["content-security-policy"]
    assert "default-src" in policy and "unsafe-eval" not in policy
    assert fields["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/assets/../../package.json", "//etc/passwd", "/nothing.html", "/..%2fpackage.json"],
)
def test_only_files_below_the_web_root_are_served(daemon, path):
    status, _, body = fetch(daemon.port, "GET", path)
    assert status in (400, 403, 404), body[:200]
    assert b"root:" not in body and b'"name"' not in body


def test_a_link_that_leads_out_of_the_web_root_is_not_followed(bed, compositor):
    root = Path(bed.directory) / "www"
    root.mkdir()
    (root / "index.html").write_text("<!doctype html>hello")
    (root / "out").symlink_to("/etc/passwd")
    daemon = bed.daemon(compositor, options=["--web-root", str(root)])
    assert fetch(daemon.port, "GET", "/")[2] == b"<!doctype html>hello"
    assert b"root:" not in fetch(daemon.port, "GET", "/out")[2]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed_by_plain_http(daemon, page, method):
    try:
        assert fetch(daemon.port, method, "/")[0] >= 400
    except (OSError, IndexError, ValueError):
        pass  # dropped without an answer
    assert page.ask("Ping")["type"] == "Pong"


def test_a_browser_asks_again_for_the_page_so_that_an_old_one_is_never_shown(daemon):
    assert fetch(daemon.port, "GET", "/")[1]["cache-control"] in ("no-cache", "no-store")


def test_help_and_version_are_printed_and_a_wrong_option_is_named(bed):
    def run(*words):
        return subprocess.run([COMPOSITORD, *words], env=bed.env, capture_output=True, text=True, timeout=60, check=False)

    assert "--listen" in run("--help").stdout
    assert run("--version").stdout.startswith("compositord ")
    for words in (["--bogus"], ["--port", "banana"], ["--port", "70000"], ["--listen", "nowhere.example.invalid.", "--port", "0"], ["--log-level", "loud"]):
        ended = run(*words)
        assert ended.returncode not in (0, -6, -11), words
        assert any(word.lstrip("-") in ended.stderr for word in words), (words, ended.stderr)


def test_a_port_that_is_taken_is_named_and_the_end(bed, daemon):
    second = subprocess.run(
        [COMPOSITORD, "--port", str(daemon.port)], env={**bed.env, "WAYLAND_DISPLAY": "none"}, capture_output=True, text=True, timeout=60, check=False
    )
    assert second.returncode not in (0, -6, -11)
    assert str(daemon.port) in second.stderr
    assert os.strerror(98) in second.stderr or "in use" in second.stderr


def test_two_files_over_one_connection_have_each_their_own_bytes(daemon):
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=20)
    assets = sorted(path for path in (WEB_ROOT / "assets").iterdir())
    for path in [WEB_ROOT / "index.html", *assets, WEB_ROOT / "index.html"]:
        connection.request("GET", f"/{path.relative_to(WEB_ROOT)}")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.read() == path.read_bytes(), path
    connection.close()
