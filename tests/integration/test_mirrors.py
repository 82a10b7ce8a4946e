"""compositord mirrors compositord: in rings too, where each shows what is its own and nothing twice."""

from pathlib import Path

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
