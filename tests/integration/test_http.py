"""Plain HTTP: state, events, metrics, files, and what must not come out of them or upset them."""

import gzip
import http.client
import json
import os
import re
import socket
import time
from pathlib import Path

import jsonschema
import pytest

from bed.frames import keep_received
from bed.paths import ROOT, SANITIZED
from bed.program import descriptors, resident_kib
from bed.waiting import DEADLINE, eventually
from bed.world import SCHEMA, check_schema

OPENAPI = json.loads((ROOT / "data/openapi.v1.json").read_text())


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Http:
    """One kept connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)

    def get(self, path, method="GET", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, headers=headers)
        return Answer(self.connection.getresponse())

    @property
    def local(self):
        return self.connection.sock and self.connection.sock.getsockname()


@pytest.fixture
def web(daemon, page):
    made = Http(daemon.port)
    yield made
    made.connection.close()


@pytest.fixture
def root(bed, compositor):
    """A daemon that serves a folder of the test's own: (folder, daemon)."""
    folder = Path(bed.directory) / "www"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>hello")
    (folder / "assets/page-abc123.js").write_text("export const answer = 42;\n" * 2000)
    return folder, bed.daemon(compositor, options=["--web-root", str(folder)])


def raw(port, data, timeout=DEADLINE):
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(data)
        got = b""
        try:
            while chunk := connection.recv(65536):
                got += chunk
        except ConnectionResetError:
            pass
        return got


def validator(schema):
    resolver = jsonschema.RefResolver("http://localhost/api/v1/openapi.json", OPENAPI, store={"http://localhost/api/v1/schema.json": SCHEMA})
    return jsonschema.Draft202012Validator(schema, resolver=resolver)


def documented(path):
    content = OPENAPI["paths"][path]["get"]["responses"]["200"]["content"]
    [(media, described)] = content.items()
    return media, described


@pytest.mark.parametrize("path", [path for path, methods in OPENAPI["paths"].items() if "get" in methods])
def test_every_documented_example_and_answer_is_as_the_document_says(web, path):
    media, described = documented(path)
    if "brick" in path:
        return  # files; see test_tiles.py
    validator(described["schema"]).validate(described["example"])
    if OPENAPI["paths"][path]["get"].get("x-door") == "control":
        return  # see test_ctl_debug.py
    if "{" in path:
        return  # one of many; see test_session_routes.py
    if media == "text/event-stream":
        return  # it has no end; followed below, and in test_traffic.py
    parameters = OPENAPI["paths"][path]["get"].get("parameters", ())
    query = "&".join(f"{p['name']}={p['example']}" for p in parameters if p["in"] == "query" and "example" in p)
    answer = web.get(f"{path}?{query}" if query else path)
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] == media
    validator(described["schema"]).validate(answer.json() if media == "application/json" else answer.body.decode())


@pytest.mark.parametrize(("path", "method"), [(path, method) for path, methods in OPENAPI["paths"].items() for method in methods])
def test_every_documented_body_is_as_the_document_says(path, method):
    described = OPENAPI["paths"][path][method]
    for part in [described.get("requestBody", {}), *described["responses"].values()]:
        for content in part.get("content", {}).values():
            if "example" in content:
                validator(content["schema"]).validate(content["example"])


def test_every_route_is_documented():
    source = "".join((ROOT / "src/web" / name).read_text() for name in ("routes.cpp", "routes.hpp", "tile_routes.cpp", "session_routes.cpp", "codegen_routes.cpp", "../control_routes.cpp", "../log_routes.cpp"))
    routes = {route.removesuffix("{}") for route in re.findall(r'"(/(?:api/|health|metrics|builder/|sessions|status)[^" ]*)"', source)}
    documented = {re.sub(r"{\w+}.*$", "", path) for path in OPENAPI["paths"]}
    assert routes and routes == documented


def test_state_is_what_a_websocket_client_sees(bed, compositor, web, page):
    windows = bed.windows(compositor)
    windows.open(1)
    page.wait_until_same_as(compositor)
    state = web.get("/api/v1/state").json()
    assert state["revision"] == page.world.revision
    check_schema({"type": "Snapshot", **state})
    assert state["windows"] == list(page.world.windows.values()) and len(state["windows"]) == 1
    assert state["cameras"] == list(page.world.cameras.values())
    assert web.get("/api/v1/windows").json() == {"revision": state["revision"], "windows": state["windows"]}
    assert web.get("/api/v1/cameras").json() == {"revision": state["revision"], "cameras": state["cameras"]}


def test_the_document_and_the_schema_are_those_of_the_sources(web):
    assert web.get("/api/v1/openapi.json").json() == OPENAPI
    assert web.get("/api/v1/schema.json").json() == SCHEMA


def test_health_has_the_time(web):
    answer = web.get("/health").json()
    assert answer["status"] == "healthy"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer["timestamp"])


def test_one_connection_serves_many_requests(web):
    first = web.get("/health")
    local = web.local
    for path in ("/", "/api/v1/state", "/nowhere", "/metrics", "/health") * 5:
        assert web.get(path).status == (404 if path == "/nowhere" else 200)
    assert first.status == 200 and local == web.local and local is not None


def test_pipelined_requests_are_answered_in_order(daemon, page):
    paths = ["/health", "/api/v1/cameras", "/", "/nowhere", "/api/v1/schema.json"] * 4
    requests = "".join(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n" for path in paths)
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=DEADLINE) as connection:
        connection.sendall(requests.encode())
        reader = connection.makefile("rb")
        for path in paths:
            status = int(reader.readline().split()[1])
            headers = {}
            while (line := reader.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = reader.read(int(headers["content-length"]))
            assert status == (404 if path == "/nowhere" else 200), path
            if path == "/health":
                assert b"healthy" in body
            if path == "/api/v1/schema.json":
                assert json.loads(body) == SCHEMA
        reader.close()


@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/state", "/api/v1/schema.json", "/nowhere"])
def test_head_is_get_without_the_body(web, path):
    head, get = web.get(path, "HEAD"), web.get(path)
    assert head.body == b"" and head.status == get.status
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert head.headers.get(name) == get.headers.get(name)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused_in_words(daemon, method):
    web = Http(daemon.port)
    answer = web.get("/api/v1/state", method)
    assert answer.status == 405 and b"GET" in answer.body and answer.headers["allow"] == "GET, HEAD"
    web.connection.close()


def test_what_a_client_has_is_not_sent_again_until_it_changes(compositor, web, page):
    for path in ("/", "/api/v1/state", "/api/v1/openapi.json"):
        first = web.get(path)
        for tag in (first.headers["etag"], first.headers["etag"].removeprefix("W/"), "*", f'"other", {first.headers["etag"]}'):
            again = web.get(path, If_None_Match=tag)
            assert (again.status, again.body) == (304, b""), tag
        assert web.get(path, If_None_Match='"other"').status == 200
    before = web.get("/api/v1/state").headers["etag"]
    compositor.ask("move_camera", output="HEADLESS-1", x=77)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 77)
    answer = web.get("/api/v1/state", If_None_Match=before)
    assert answer.status == 200 and answer.json()["cameras"][0]["x"] == 77


def test_long_texts_are_compressed_for_those_who_want_that(web):
    plain = web.get("/api/v1/schema.json")
    assert "content-encoding" not in plain.headers
    for accepted in ("gzip", "br, gzip;q=0.5", "*", "GZIP"):
        packed = web.get("/api/v1/schema.json", Accept_Encoding=accepted)
        assert packed.headers["content-encoding"] == "gzip" and len(packed.body) < len(plain.body)
        assert packed.headers["vary"] == "accept-encoding"
        assert gzip.decompress(packed.body) == plain.body
    for accepted in ("identity", "gzip;q=0", "*, gzip;q=0.0", "br"):
        assert "content-encoding" not in web.get("/api/v1/schema.json", Accept_Encoding=accepted).headers
    assert "content-encoding" not in web.get("/health", Accept_Encoding="gzip").headers


def test_the_page_and_its_assets_are_cached_as_long_as_they_may(root):
    folder, daemon = root
    web = Http(daemon.port)
    assert web.get("/").headers["cache-control"] == "no-cache"
    asset = web.get("/assets/page-abc123.js", Accept_Encoding="gzip")
    assert "immutable" in asset.headers["cache-control"] and "max-age=31536000" in asset.headers["cache-control"]
    assert asset.headers["content-type"].startswith("text/javascript")
    assert gzip.decompress(asset.body) == (folder / "assets/page-abc123.js").read_bytes()
    tag = web.get("/").headers["etag"]
    (folder / "index.html").write_text("<!doctype html>changed")
    changed = web.get("/", If_None_Match=tag)
    assert changed.status == 200 and changed.body == b"<!doctype html>changed"
    web.connection.close()


def test_a_large_file_arrives_whole_and_a_reader_that_does_not_read_costs_little(root):
    folder, daemon = root
    content = bytes(range(256)) * (30 * 4096)
    (folder / "large.bin").write_bytes(content)
    web = Http(daemon.port)
    assert web.get("/large.bin").body == content
    before = resident_kib(daemon.pid)
    stalled = []
    for _ in range(40):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", daemon.port))
        connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(4096)
        stalled.append(connection)
    assert web.get("/large.bin").body == content, "others are served meanwhile"
    assert resident_kib(daemon.pid) - before < 40 * 200 + 4096
    stalled[0].settimeout(DEADLINE)
    received = 0
    while received < len(content) - 4096:
        chunk = stalled[0].recv(1 << 20)
        assert chunk, f"ended after {received} bytes"
        received += len(chunk)
    for connection in stalled:
        connection.close()
    web.connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/../../secret",
        "/assets/%2e%2e/%2e%2e/secret",
        "/..%5c..%5csecret",
        "/..\\..\\secret",
        "//etc/passwd",
        "/assets//page-abc123.js/../../../secret",
        "/%00/etc/passwd",
        "/index.html%00.js",
        "/%252e%252e/secret",
        "/%c0%ae%c0%ae/secret",
        "/out",
        "/outdir/secret",
        "/.hidden",
        "/assets",
        "/assets/",
        "/pipe",
        "/%",
        "/%zz",
        "/" + "a" * 3000,
    ],
)
def test_no_path_leads_out_of_the_web_root(bed, root, path):
    folder, daemon = root
    (folder.parent / "secret").write_text("root: the secret")
    (folder / ".hidden").write_text("root: the secret")
    (folder / "out").symlink_to("/etc/passwd")
    (folder / "outdir").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe")
    got = raw(daemon.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1"))
    assert b"root:" not in got
    assert got == b"" or int(got.split()[1]) in (400, 403, 404), got[:200]
    assert Http(daemon.port).get("/").body == b"<!doctype html>hello"


def test_a_link_inside_the_web_root_is_followed(root):
    folder, daemon = root
    (folder / "link.html").symlink_to("index.html")
    assert Http(daemon.port).get("/link.html").body == b"<!doctype html>hello"


@pytest.mark.parametrize("path", ["/api/v1/state", "/api/v1/cameras", "/api/v1/windows", "/api/v1/events", "/metrics"])
def test_pages_of_another_origin_can_not_read_the_state(web, path):
    own = f"http://127.0.0.1:{web.connection.port}"
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    ):
        web.connection.close()
        answer = web.get(path, **headers)
        assert answer.status == 403 and "access-control-allow-origin" not in answer.headers, headers
    if path != "/api/v1/events":
        for headers in ({"Origin": own}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
            web.connection.close()
            answer = web.get(path, **headers)
            assert answer.status == 200 and answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_link_from_anywhere_may_lead_to_the_page(web):
    assert web.get("/", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}).status == 200


class Events:
    """A reader of server-sent events."""

    def __init__(self, port, last=None, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(DEADLINE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        more = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        self.stream = self.socket.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        self.headers = {}
        while line := self.stream.readline().strip():
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self.id = last

    def next(self):
        """(type, message) of the next event; comments are ("", None)."""
        fields, comment = {}, False
        while line := self.stream.readline().rstrip(b"\n"):
            name, _, value = line.decode().partition(":")
            comment = comment or not name
            fields[name] = value.strip()
        if "id" in fields:
            self.id = fields["id"]
        if "data" not in fields:
            assert comment, "the stream ended"
            return "", None
        message = json.loads(fields["data"])
        check_schema(message)
        assert message["type"] == fields["event"]
        keep_received(message)
        assert ("id" in fields) == (not message.get("more"))
        if "id" in fields:
            assert fields["id"].endswith(f"-{message['revision']}")
        return fields["event"], message

    def until(self, find):
        while True:
            kind, message = self.next()
            if kind and find(message):
                return message

    def close(self):
        self.stream.close()
        self.socket.close()


@pytest.fixture
def follow(daemon, page):
    opened = []

    def follow(**options):
        opened.append(Events(daemon.port, **options))
        return opened[-1]

    yield follow
    for each in opened:
        each.close()


def has_camera_at(x):
    return lambda message: any(camera["x"] == x for camera in message.get("cameras", ()))


def test_events_follow_the_world(bed, compositor, follow):
    events = follow()
    assert events.status == 200 and events.headers["content-type"] == "text/event-stream"
    kind, snapshot = events.next()
    assert kind == "Snapshot" and snapshot["cameras"]
    compositor.ask("move_camera", output="HEADLESS-1", x=123)
    assert events.until(has_camera_at(123))["type"] == "CameraUpdate"
    windows = bed.windows(compositor)
    windows.open(1, title="hello")
    assert events.until(lambda m: any(w["title"] == "hello" for w in m.get("windows", ())))["type"] == "WindowUpdate"


def test_events_go_on_where_they_ended(compositor, page, follow):
    events = follow()
    events.next()
    last = events.id
    events.close()
    compositor.ask("move_camera", output="HEADLESS-1", x=55)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 55)
    kind, message = follow(last=last).next()
    assert kind == "CameraUpdate" and message["cameras"][0]["x"] == 55
    for strange in ("nonsense", "-", f"0{last}", last.split("-")[0] + "-99999999999999999999", last.split("-")[0] + "-999999", "x" * 500):
        assert follow(last=strange).next()[0] == "Snapshot", strange


def test_nothing_is_told_again_to_a_reader_that_missed_nothing(compositor, page, follow):
    events = follow()
    events.next()
    again = follow(last=events.id)
    compositor.ask("move_camera", output="HEADLESS-1", x=66)
    assert again.next()[0] == "CameraUpdate"


def test_a_slow_reader_of_events_is_sent_the_present_and_costs_little(bed, compositor, daemon, page, follow):
    windows = bed.windows(compositor)
    windows.tell("burst", 100)
    page.strict = False
    page.wait(lambda p: len(p.world.windows) == 100)
    slow = follow(receive_buffer=4096)
    before = resident_kib(daemon.pid)
    for step in range(30):
        for number in range(1, 101):
            windows.tell("title", number, f"{step} " + "x" * 900)
        page.wait(lambda p: all(w["title"].startswith(f"{step} ") for w in p.world.windows.values()))
    assert resident_kib(daemon.pid) - before < (300 * 1024 if SANITIZED else 4096)
    told = 0
    last = {}
    while len(last) < 100 or not all(title.startswith("29 ") for title in last.values()):
        for window in slow.next()[1]["windows"]:
            last[window["id"]] = window["title"]
            told += 1
    assert told < 100 * 15, "not all that was in between"
    merged = int(re.search(rb"updates_merged_total (\d+)", Http(daemon.port).get("/metrics").body).group(1))
    assert merged > 0


def test_many_streams_do_not_keep_others_out(daemon, follow):
    streams = [follow() for _ in range(100)]
    assert all(stream.next()[0] == "Snapshot" for stream in streams)
    assert daemon.page().ready()
    assert Http(daemon.port).get("/health").status == 200
    baseline = len(descriptors(daemon.pid))
    for stream in streams:
        stream.close()
    eventually(lambda: len(descriptors(daemon.pid)) <= baseline - 90, "the streams are gone")
    eventually(lambda: b'clients{dialect="events"}' not in Http(daemon.port).get("/metrics").body, "no stream is counted")


def test_what_a_reader_of_events_sends_does_no_harm(daemon, page, follow):
    events = follow()
    events.next()
    before = resident_kib(daemon.pid)
    try:
        for _ in range(200):
            events.socket.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)
            events.socket.settimeout(2)
    except OSError:
        pass  # it is not read, or the stream is ended
    assert page.ask("Ping")["type"] == "Pong"
    assert resident_kib(daemon.pid) - before < (300 * 1024 if SANITIZED else 4096)
    # What was sent and not read hides the end of the connection, until a heartbeat finds it.
    connected = len(descriptors(daemon.pid))
    events.close()
    eventually(lambda: len(descriptors(daemon.pid)) < connected, "the stream is gone", 60)


def samples(web):
    found = {}
    for line in web.get("/metrics").body.decode().splitlines():
        if not line.startswith("#"):
            assert re.fullmatch(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+', line), line
            name, _, value = line.rpartition(" ")
            found[name.removeprefix("compositord_")] = float(value)
    return found


def test_metrics_move_with_what_happens(compositor, web, page, daemon):
    before = samples(web)
    assert before["compositor_connected"] == 1
    assert before["resident_memory_bytes"] > 1e6
    assert before["loop_sources"] > 5
    page.ask("Ping")
    compositor.ask("move_camera", output="HEADLESS-1", x=31)
    page.wait(lambda p: p.world.cameras["HEADLESS-1"]["x"] == 31)
    page.send({"type": "Focus", "window": 4711, "id": 1})
    page.wait_for_message(type="Error")
    web.get("/nowhere")
    after = samples(web)
    assert after["revision"] == page.world.revision > before["revision"]
    assert after["frames_sent_total"] > before["frames_sent_total"]
    assert after["sent_bytes_total"] > before["sent_bytes_total"]
    assert after["commit_to_write_seconds_count"] > before["commit_to_write_seconds_count"]
    assert after["commit_to_write_seconds_sum"] > before["commit_to_write_seconds_sum"]
    assert after['commit_to_write_seconds_bucket{le="+Inf"}'] == after["commit_to_write_seconds_count"]
    assert after['requests_total{type="Ping",outcome="ok"}'] == before.get('requests_total{type="Ping",outcome="ok"}', 0) + 1
    assert after['requests_total{type="Focus",outcome="not_found"}'] == 1
    assert after['http_requests_total{route="files",status="404"}'] == 1
    assert after['clients{dialect="compositord.v1.json"}'] == 1
    other = daemon.page().ready()
    assert samples(web)['clients{dialect="compositord.v1.json"}'] == 2
    gone = samples(web).get('clients_closed_total{reason="went"}', 0)
    other.close()
    eventually(lambda: samples(web).get('clients_closed_total{reason="went"}', 0) == gone + 1, "the end is counted")


def test_a_header_that_never_ends_is_given_up(daemon, page):
    begin = time.monotonic()
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        connection.settimeout(0.5)
        while time.monotonic() - begin < 30:
            try:
                connection.sendall(b"a")
                if not connection.recv(100):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            pytest.fail("still open after 30 s")
    assert page.ask("Ping")["type"] == "Pong"


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Many: 1\r\n" * 10_000 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 50,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\n" * 50_000,
        b"GET  HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["long header", "long path", "many headers", "tls", "http2", "h2c", "unknown upgrade", "no host", "empty lines", "no path", "nul"],
)
def test_what_is_no_request_does_no_harm(daemon, page, data):
    before = resident_kib(daemon.pid)
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=2) as connection:
        got = b""
        try:
            connection.sendall(data)
            while chunk := connection.recv(65536):
                got += chunk
        except OSError:
            pass  # dropped, or waiting for more
    assert b"101 Switching" not in got
    assert b"hello" not in got
    assert page.ask("Ping")["type"] == "Pong"
    assert Http(daemon.port).get("/health").status == 200
    assert resident_kib(daemon.pid) - before < (300 * 1024 if SANITIZED else 4096)
