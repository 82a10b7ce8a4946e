"""compositord mirrors compositord: in rings too, where each shows what is its own and nothing twice."""

import json
import subprocess
from pathlib import Path

import pytest

from bed.daemon import free_port


def configured(bed, name, *entries):
    """The words for settings of its own."""
    file = Path(bed.directory) / f"{name}.yaml"
    file.write_text("compositors:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
    return "--config", str(file)


def mirror(name, port, protocol="ws", **members):
    return ", ".join([f"name: {name}, protocol: {protocol}, port: {port}", *(f"{key}: {value}" for key, value in members.items())])


def titles(page):
    return sorted((w["compositor"], w["title"]) for w in page.world.windows.values())


def reason(page, name):
    return next((c.get("reason", "") for c in page.world.compositors or () if c["name"] == name), None)


def connected(page):
    return {c["name"]: c["connected"] for c in page.world.compositors or ()}


def test_it_does_not_mirror_itself(bed, compositor):
    bed.windows(compositor).open(1, 200, 100, "once")
    port = free_port()
    near = f"name: near, protocol: wayland, address: {compositor.display}"
    words = configured(bed, "self", near, mirror("loop", port), mirror("part", port, protocol="http", compositor="near"))
    daemon = bed.daemon(display=compositor.display, port=port, options=(*words, "--log-level", "debug"))
    page = daemon.page().ready()
    for name in ("loop", "part"):
        page.wait(lambda p: "compositord itself" in (reason(p, name) or ""), f"why {name} is not mirrored")
        assert int(daemon.err.wait(rf"{name}: this is compositord itself.*trying again in (\d+) ms").group(1)) >= 15000
    assert connected(page) == {"near": True, "loop": False, "part": False}
    page.wait(lambda p: titles(p) == [("near", "once")], "the window")
    alone = daemon.page(path="/c/loop")
    alone.wait(lambda p: p.world.compositor and "compositord itself" in p.world.compositor["reason"], "the reason on its page")
    assert len(page.world.cameras) == 1
    daemon.page(path="/c/near").ready().wait_until_same_as(compositor)


def test_two_mirror_each_other(bed):
    compositors = [bed.compositor(), bed.compositor()]
    windows = [bed.windows(each) for each in compositors]
    ports = [free_port(), free_port()]
    daemons = []
    for i, name in enumerate("ab"):
        own = f"name: own-{name}, protocol: wayland, address: {compositors[i].display}"
        words = configured(bed, name, own, mirror("other", ports[1 - i]))
        daemons.append(bed.daemon(display=compositors[i].display, port=ports[i], options=words))
        windows[i].open(1, 200, 100, f"in {name}")
    pages = [each.page() for each in daemons]
    for i, name in enumerate("ab"):
        both = sorted([(f"own-{name}", f"in {name}"), ("other", f"in {'ba'[i]}")])
        pages[i].wait(lambda p: connected(p) == {f"own-{name}": True, "other": True}, "both")
        pages[i].wait(lambda p: titles(p) == both, "each window once")
        assert len(pages[i].world.cameras) == 2
        assert all(camera.count("/") <= 2 for camera in pages[i].world.cameras)
    # What one does goes to the other, and ends there.
    windows[0].open(2, 100, 100, "later")
    pages[1].wait(lambda p: ("other", "later") in titles(p), "a new window")
    there = next(w["id"] for w in pages[1].world.windows.values() if w["title"] == "later")
    pages[1].do("Close", window=there)
    for page in pages:
        page.wait(lambda p: "later" not in [title for _, title in titles(p)], "it closes everywhere")
    camera = next(c for c in pages[0].world.cameras if c.startswith("own-a/"))
    pages[0].do("SetCamera", camera=camera, x=321, y=123, duration=0)
    pages[1].wait(lambda p: p.world.cameras[f"other/{camera}"]["target"]["x"] == 20321, "the camera there")
    # When one goes, the other stays with what is its own; and it comes again.
    daemons[1].stop()
    bed.forget(daemons[1])
    pages[0].wait(lambda p: connected(p) == {"own-a": True, "other": False} and titles(p) == [("own-a", "in a")], "its own")
    again = bed.daemon(display=compositors[1].display, port=ports[1], options=("--config", f"{bed.directory}/b.yaml"))
    pages[0].wait(lambda p: titles(p) == [("other", "in b"), ("own-a", "in a")], "both again")
    page = again.page()
    page.wait(lambda p: titles(p) == [("other", "in a"), ("own-b", "in b")], "both there too")


def test_a_mirror_is_not_mirrored(bed, compositor):
    bed.windows(compositor).open(1, 200, 100, "once")
    ports = [free_port(), free_port()]
    own = f"name: own, protocol: wayland, address: {compositor.display}"
    first = bed.daemon(display=compositor.display, port=ports[0], options=configured(bed, "first", own, mirror("back", ports[1])))
    second = bed.daemon(display=compositor.display, port=ports[1], options=configured(bed, "second", mirror("only", ports[0])))
    page = first.page()
    page.wait(lambda p: "a mirror itself" in (reason(p, "back") or ""), "why it is not mirrored")
    assert connected(page) == {"own": True, "back": False}
    page.wait(lambda p: titles(p) == [("own", "once")], "the window once")
    there = second.page().ready()
    assert [w["title"] for w in there.world.windows.values()] == ["once"]
    assert first.err.count(r"back: what is there is a mirror itself") == 1


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A folder with an authority's certificate, ca.pem, and one that it signed for localhost, with its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for words in (
        ["req", "-x509", *key, "-days", "2", "-subj", "/CN=an authority", "-keyout", "ca.key", "-out", "ca.pem"],
        ["req", *key, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "request.pem"],
        ["x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-copy_extensions", "copyall", "-out", "certificate.pem"],
    ):
        subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=True, timeout=60)
    return folder


def test_what_is_mirrored_by_tls_has_to_show_who_it_is(bed, compositor, authority):
    windows = bed.windows(compositor)
    windows.open(1, 200, 100, "far")
    for number in range(10, 30):
        windows.open(number, 50, 50, f"{number} " + "x" * 900)  # more than fits into a record of TLS
    tls = ("--tls-certificate", str(authority / "certificate.pem"), "--tls-key", str(authority / "key.pem"))
    far = bed.daemon(compositor, options=tls)
    plain = bed.daemon(compositor)
    (Path(bed.directory) / "nothing.pem").write_text("no certificate")
    trusted = {"ca-file": authority / "ca.pem"}
    words = configured(
        bed,
        "near",
        mirror("good", far.port, "wss", address="localhost", **trusted),
        mirror("unknown", far.port, "wss", address="localhost"),
        mirror("another", far.port, "wss", address="127.0.0.1", **trusted),
        mirror("not-tls", plain.port, "wss", address="localhost", **trusted),
        mirror("not-plain", far.port, address="localhost"),
        mirror("no-file", far.port, "https", address="localhost", **{"ca-file": "nothing.pem"}),
    )
    near = bed.daemon(display=compositor.display, options=words)
    page = near.page()
    for name, why in {
        "unknown": "not trusted",
        "another": "somebody else",
        "not-tls": "TLS fails there",
        "not-plain": "",
        "no-file": f"{bed.directory}/nothing.pem",
    }.items():
        page.wait(lambda p: why in (reason(p, name) or "") and reason(p, name) != "not connected yet", f"why {name} is not mirrored")
    alone = near.page(path="/c/good").ready()
    alone.wait_until_same_as(compositor)
    assert connected(page) == {"good": True, "unknown": False, "another": False, "not-tls": False, "not-plain": False, "no-file": False}
    windows.open(2, 100, 100, "farther")
    alone.wait_until_same_as(compositor)
    window = next(w["id"] for w in alone.world.windows.values() if w["title"] == "far")
    alone.do("Close", window=window)
    alone.wait(lambda p: window not in p.world.windows, "it closes")
    far.stop()
    bed.forget(far)
    alone.wait(lambda p: not p.world.compositor["connected"], "it is gone")


def test_by_tls_those_are_trusted_that_the_system_trusts(bed, compositor, authority):
    tls = ("--tls-certificate", str(authority / "certificate.pem"), "--tls-key", str(authority / "key.pem"))
    far = bed.daemon(compositor, options=tls)
    words = configured(bed, "near", mirror("far", far.port, "wss", address="localhost"))
    near = bed.daemon(display=compositor.display, options=words, extra_env={"SSL_CERT_FILE": str(authority / "ca.pem")})
    near.page().ready().wait_until_same_as(compositor)


def pressed(client):
    """What keys the client was told of so far."""
    told = [json.loads(line) for line in client.out.text().splitlines() if line.startswith("{")]
    return [(event["key"], event["pressed"]) for event in told if event["event"] == "key"]


def test_input_goes_through_a_mirror_if_both_grant_it(bed, compositor):
    client = bed.windows(compositor)
    client.open(1, 200, 100, "far")
    ports = [bed.daemon(compositor, options=words).port for words in (["--allow-input"], [])]
    words = configured(bed, "near", mirror("granted", ports[0]), mirror("not", ports[1]))
    near = bed.daemon(display=compositor.display, options=(*words, "--allow-input"))
    page = near.page(path="/c/granted").ready()
    other = near.page(path="/c/not").ready()
    assert "input" in page.world.compositor["capabilities"] and "input" not in other.world.compositor["capabilities"]
    press = [{"kind": "key", "code": "KeyA", "pressed": True}]
    assert other.ask("Input", events=press)["code"] == "unsupported"
    page.do("Focus", window=next(iter(page.world.windows)))
    client.event(event="focus", id=1)
    page.do("Input", events=press)
    client.event(event="key", key=30, pressed=True)
    # with the page it is let go
    near.close_pages()
    client.event(event="key", key=30, pressed=False)
    assert pressed(client) == [(30, True), (30, False)]
    # and with the mirror
    again = near.page(path="/c/granted").ready()
    again.do("Input", events=[{"kind": "key", "code": "KeyB", "pressed": True}])
    client.event(event="key", key=48, pressed=True)
    near.kill()
    bed.forget(near)
    near.close_pages()
    client.event(event="key", key=48, pressed=False)
