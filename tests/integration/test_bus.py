"""The sessions on the user's bus."""

import contextlib
import os
import random
import signal
import subprocess
import urllib.request
import xml.etree.ElementTree as tree

import pytest

from bed.bus import BUS, CODEGEN, INTROSPECTABLE, MANAGER, NAME, OBJECT_MANAGER, PEER, PROPERTIES, ROOT, SESSION, BusClient, BusDaemon, BusError
from bed.daemon import command
from bed.http import metric
from bed.paths import ROOT as SOURCE
from bed.program import processes_with
from bed.puppet import Puppets
from bed.waiting import eventually

XML = SOURCE / "data/dbus/org.geometryos.Compositord1.xml"
TURNS = {"Queued", "Started", "Completed", "Failed", "Cancelled"}


def start_bus(bed, **options):
    started = BusDaemon(bed.env, **options)
    bed._programs.append(started)
    return started


@pytest.fixture
def bus(bed):
    return start_bus(bed)


@pytest.fixture
def puppets(bed):
    return Puppets(bed.directory)


@pytest.fixture
def daemon(bed, bus, puppets):
    """compositord, without a compositor: sessions need none."""
    return bed.daemon(display="none", options=puppets.options)


@pytest.fixture
def client(bus, daemon):
    with contextlib.closing(BusClient(bus)) as made:
        yield made.wait_for_name()


def events(signals, path):
    return [(each.member, each.body) for each in signals if each.path == path and each.interface == SESSION]


def test_a_session_is_seen_from_its_start_to_its_end(client, puppets):
    client.listen(sender=NAME)
    puppet = puppets.new()
    path = client.spawn("puppet", "sing", {"fifo": puppet.path}, "high")
    puppet.start()
    puppet.tell(progress=0.25)
    puppet.tell(text="la")
    puppet.tell(tool="piano", call="1", input={"key": "c"})
    puppet.tell(tool="piano", call="1", result={"heard": True})
    puppet.tell(tokens=7)
    puppet.tell(result="a song")
    puppet.end()
    signals = []
    client.wait(lambda each: each.member == "Completed" and each.path == path, "its end", signals)

    added = next(each for each in signals if each.member == "InterfacesAdded")
    assert added.path == ROOT and added.body[0] == path
    properties = dict(added.body[1])[SESSION]
    assert dict(properties)["Description"] == ("s", "sing")
    assert dict(properties)["Priority"] == ("s", "high")

    told = events(signals, path)
    assert [body[0] for _, body in told] == list(range(1, len(told) + 1)), "each event once and in order"
    names = [name for name, _ in told]
    assert names[:3] == ["Queued", "Started", "StepStarted"] and names[-1] == "Completed"
    assert ("Progress", "only", 25.0) in [(name, *body[1:]) for name, body in told]
    assert ("Output", "text", "la") in [(name, *body[1:]) for name, body in told]
    started = next(body for name, body in told if name == "ToolStarted")
    ended = next(body for name, body in told if name == "ToolEnded")
    assert started[2:] == ("piano", '{"key":"c"}') and ended[2:] == ("piano", True, '{"heard":true}')
    assert started[1] == ended[1]
    assert ("TokensUsed", 7) in [(name, *body[1:]) for name, body in told]
    assert told[-1][1][2] == "a song"

    # Who comes late is told the same.
    complete, kept = client.call(path, SESSION, "GetEvents", "t", 0)
    assert complete and [(name, value[1]) for _, name, value in kept] == told
    _, rest = client.call(path, SESSION, "GetEvents", "t", 3)
    assert len(rest) == len(kept) - 3

    changed = {}
    for each in signals:
        if each.member == "PropertiesChanged" and each.path == path:
            changed.update(each.body[1])
    assert changed["State"] == ("s", "completed") and changed["Result"] == ("s", "a song")
    assert client.get(path, SESSION, "Progress") == 100.0
    assert client.get(path, SESSION, "Tokens") == 7
    assert client.call(ROOT, MANAGER, "List") == [(path, client.get(path, SESSION, "Id"), "puppet", "completed", "sing", 100.0)]


def test_each_caller_is_an_owner_of_its_own(bus, client, puppets):
    with contextlib.closing(BusClient(bus)) as other:
        owners = []
        for caller in (client, other, client):
            puppet = puppets.new()
            path = caller.spawn("puppet", "", {"fifo": puppet.path})
            owners.append(client.get(path, SESSION, "Owner"))
            client.call(path, SESSION, "Cancel")
        assert owners[0] == owners[2] != owners[1] and all(owner.startswith("dbus :1.") for owner in owners)


def test_calls_with_wrong_arguments_are_refused_and_change_nothing(daemon, client, puppets):
    path = client.spawn("puppet", "", {"fifo": puppets.new().path})
    before = client.call(path, SESSION, "GetEvents", "t", 0)
    values = {"s": "puppet\n\u202e", "t": 2**64 - 1, "a{ss}": {"fifo": "x"}, "b": True, "d": float("nan"), "o": "/", "v": ("s", "x"), "as": ["x"] * 100}
    chance = random.Random(6)
    methods = {MANAGER: (ROOT, {"Spawn": "ssa{ss}s", "Cancel": "s", "List": "", "ListTypes": "", "Reload": ""}), SESSION: (path, {"AddTask": "sa{ss}", "Choose": "s", "Cancel": "", "Forget": "", "GetEvents": "t"})}
    refused = 0
    for _ in range(400):
        interface = chance.choice(list(methods))
        at, known = methods[interface]
        kinds = chance.choices(list(values), k=chance.randrange(6))
        member = chance.choice([*known, "Nothing"])
        if "".join(kinds) == known.get(member):
            continue
        with pytest.raises(BusError):
            client.call(at, interface, member, "".join(kinds), *(values[kind] for kind in kinds))
        refused += 1
    assert refused > 300
    for at in (f"{ROOT}/session/_", f"{ROOT}/session/a/b", f"{ROOT}/session"):
        with pytest.raises(BusError):
            client.call(at, SESSION, "Cancel")
        refused += 1
    assert client.get(ROOT, MANAGER, "Malformed") == refused == metric(daemon.port, "bus_malformed_total")
    assert daemon.running and client.call(path, SESSION, "GetEvents", "t", 0)[1][: len(before[1])] == before[1]
    assert [each[0] for each in client.call(ROOT, MANAGER, "List")] == [path]
    client.call(path, SESSION, "Cancel")


def test_what_the_bus_refuses_by_itself_is_counted_and_nothing_else(client, puppets):
    session = client.spawn("puppet", "", {"fifo": puppets.new().path})
    paths = ["/", "/org", "/org/geometryos", "/org/geo", ROOT, f"{ROOT}/session", f"{ROOT}/sessio", session, f"{session}/x", f"{ROOT}/session/nobody"]
    text = {"": (), "s": (MANAGER,), "ss": (SESSION, "State"), "as": ([],)}
    standard = {PEER: ["Ping", "GetMachineId"], INTROSPECTABLE: ["Introspect"], OBJECT_MANAGER: ["GetManagedObjects"], PROPERTIES: ["Get", "GetAll"], MANAGER: ["List"], SESSION: ["GetEvents"], None: ["List", "Introspect"]}
    calls = [(path, interface, member, signature, *values) for path in paths for interface, members in standard.items() for member in [*members, "Nothing"] for signature, values in text.items()]
    for interface in (MANAGER, SESSION, "", PEER, INTROSPECTABLE, PROPERTIES, OBJECT_MANAGER, "org.example"):
        calls += [(path, PROPERTIES, "GetAll", "s", interface) for path in paths]
        calls += [(path, PROPERTIES, "Get", "ss", interface, name) for path in paths for name in ("State", "Version", "")]
    calls += [(ROOT, PROPERTIES, "GetAll", "ss", MANAGER, ""), (ROOT, PROPERTIES, "Set", "ssv", MANAGER, "Version", ("s", "2"))]
    counted = 0
    for call in random.Random(6).sample(calls, len(calls)):
        refused = 0
        try:
            client.call(*call)
        except BusError:
            refused = 1
        before, counted = counted, client.get(ROOT, MANAGER, "Malformed")
        assert counted - before == refused, call
    assert 100 < counted < len(calls) - 100
    client.call(session, SESSION, "Cancel")


def test_properties_that_change_often_are_told_at_last(client, puppets):
    client.listen(sender=NAME, interface=PROPERTIES)
    puppet = puppets.new()
    path = client.spawn("puppet", "", {"fifo": puppet.path})
    puppet.start()
    for percent in range(1, 81):
        puppet.tell(progress=percent / 100)
    seen = []
    client.wait(lambda each: each.path == path and dict(each.body[1]).get("Progress") == ("d", 80.0), "80 %", seen)
    assert len(seen) < 80, "they are told together"
    puppet.end()


def normal(node):
    """An introspected interface without what an XML file may say in one way or another."""
    members = {}
    for member in node:
        if member.tag not in ("method", "signal", "property"):
            continue
        notes = {(note.get("name"), note.get("value")) for note in member.iter("annotation")}
        arguments = [(arg.get("name"), arg.get("type"), arg.get("direction") or "out") for arg in member.iter("arg")]
        members[member.tag, member.get("name")] = (member.get("type"), member.get("access"), arguments, notes)
    return members


def interfaces(xml):
    return {node.get("name"): normal(node) for node in tree.fromstring(xml).iter("interface")}


def test_what_is_there_is_what_the_xml_says(client, puppets):
    described = interfaces(XML.read_text())
    puppet = puppets.new()
    path = client.spawn("puppet", "", {"fifo": puppet.path})
    for at, interface in ((ROOT, MANAGER), (path, SESSION)):
        found = interfaces(client.call(at, INTROSPECTABLE, "Introspect"))
        assert found[interface] == described[interface]
        assert set(found) - {interface} <= {CODEGEN, PROPERTIES, OBJECT_MANAGER, INTROSPECTABLE, PEER}
    assert OBJECT_MANAGER in interfaces(client.call(ROOT, INTROSPECTABLE, "Introspect"))
    client.call(path, SESSION, "Cancel")


@pytest.mark.parametrize("tool", ["busctl", "gdbus"])
def test_the_usual_tools_read_it(bus, client, puppets, tool):
    puppet = puppets.new()
    path = client.spawn("puppet", "for tools", {"fifo": puppet.path})
    calls = {
        "busctl": [
            ["busctl", f"--address={bus.address}", "introspect", NAME, path],
            ["busctl", f"--address={bus.address}", "call", NAME, path, SESSION, "Cancel"],
        ],
        "gdbus": [
            ["gdbus", "introspect", "--address", bus.address, "--dest", NAME, "--object-path", path],
            ["gdbus", "call", "--address", bus.address, "--dest", NAME, "--object-path", path, "--method", f"{SESSION}.Cancel"],
        ],
    }[tool]
    client.listen(sender=NAME, path=path)
    texts = [subprocess.run(call, capture_output=True, text=True, check=True, timeout=60).stdout for call in calls]
    assert "for tools" in texts[0] and "GetEvents" in texts[0]
    client.wait(lambda each: each.member == "Cancelled", "its end")


def test_the_examples_of_the_readme_work(bed, bus, client):
    examples = [line for line in (SOURCE / "README.md").read_text().splitlines() if line.startswith("busctl ")]
    assert len(examples) == 3
    env = {**bed.env, "DBUS_SESSION_BUS_ADDRESS": bus.address}
    for example in examples:
        run = subprocess.run(example, shell=True, env=env, capture_output=True, text=True, check=True, timeout=60)
        assert run.stdout.strip(), example


def test_one_that_fails_says_why(client, puppets):
    client.listen(sender=NAME)
    puppet = puppets.new()
    path = client.spawn("broken", "", {"fifo": puppet.path})
    puppet.start().end()
    end = client.wait(lambda each: each.member == "Failed" and each.path == path, "its end")
    assert "3" in end.body[2] and client.get(path, SESSION, "Error") == end.body[2]


def test_a_session_gets_another_task_and_is_forgotten(client, puppets):
    client.listen(sender=NAME)
    puppet = puppets.new()
    path = client.spawn("puppet", "one", {"fifo": puppet.path})
    with pytest.raises(BusError, match="Error.Busy"):
        client.call(path, SESSION, "AddTask", "sa{ss}", "two", {"fifo": puppet.path})
    with pytest.raises(BusError, match="Error.Busy"):
        client.call(path, SESSION, "Forget")
    puppet.start().end()
    client.wait(lambda each: each.member == "Completed", "the first end")
    client.call(path, SESSION, "AddTask", "sa{ss}", "two", {"fifo": puppet.path})
    puppet.start().end()
    client.wait(lambda each: each.member == "Completed", "the second end")
    assert client.get(path, SESSION, "Description") == "two"
    client.call(path, SESSION, "Forget")
    removed = client.wait(lambda each: each.member == "InterfacesRemoved", "that it is forgotten")
    assert removed.body[0] == path and SESSION in removed.body[1]
    with pytest.raises(BusError, match="Error.NoSuchSession"):
        client.get(path, SESSION, "State")
    assert path not in dict(client.call(ROOT, OBJECT_MANAGER, "GetManagedObjects"))


def test_the_manager_tells_of_the_program(client, daemon):
    assert client.get(ROOT, MANAGER, "Version") in subprocess.check_output([daemon.argv[0], "--version"], text=True)
    assert client.get(ROOT, MANAGER, "Compositors") == [("none", "infinite_map", False)]
    assert client.get(ROOT, MANAGER, "Clients") == 0
    page = daemon.page()
    eventually(lambda: client.get(ROOT, MANAGER, "Clients") == 1, "the page is counted")
    assert client.get(ROOT, MANAGER, "Revision") >= 1
    page.close()
    types = {kind[0]: kind for kind in client.call(ROOT, MANAGER, "ListTypes")}
    assert types["puppet"] == ("puppet", "does what it is told", [("fifo", "where its events come from", True, "")])


def test_wrong_calls_are_refused_and_nothing_else_happens(client, daemon):
    client.listen(sender=NAME)
    nobody = f"{ROOT}/session/nobody"
    spawn = (ROOT, MANAGER, "Spawn", "ssa{ss}s")
    for call, error in (
        ((*spawn, "nothing", "", {}, ""), "Error.NoSuchType: .*nothing"),
        ((*spawn, "puppet", "", {}, ""), "Error.InvalidArgument: .*needs the parameter fifo"),
        ((*spawn, "loud", "", {"volume": "11"}, ""), "Error.InvalidArgument: .*no parameter"),
        ((*spawn, "loud", "", {}, "urgent"), "Error.InvalidArgument: .*low, normal, high or critical"),
        ((*spawn, "loud", "", {str(n): "" for n in range(100)}, ""), "Error.InvalidArgument: .*too many"),
        ((*spawn, "loud", "x" * 100000, {}, ""), "Error.InvalidArgument: .*too long"),
        ((*spawn, "../loud", "", {}, ""), "Error.NoSuchType"),
        ((ROOT, MANAGER, "Spawn", "s", "loud"), "DBus.Error.InvalidArgs"),
        ((ROOT, MANAGER, "Spawn"), "DBus.Error.InvalidArgs"),
        ((ROOT, MANAGER, "Spawm"), "DBus.Error.UnknownMethod"),
        ((ROOT, NAME + ".Manger", "Spawn"), "DBus.Error.Unknown"),
        ((ROOT, MANAGER, "Cancel", "s", "nobody"), "Error.NoSuchSession"),
        ((ROOT, PROPERTIES, "Set", "ssv", MANAGER, "Version", ("s", "2")), "DBus.Error.PropertyReadOnly"),
        ((nobody, SESSION, "Cancel"), "Error.NoSuchSession"),
        ((nobody, SESSION, "GetEvents", "t", 0), "Error.NoSuchSession"),
        ((f"{ROOT}/sessions", SESSION, "Cancel"), "DBus.Error.Unknown"),
    ):
        with pytest.raises(BusError, match=error):
            client.call(*call)
    assert client.call(ROOT, MANAGER, "List") == []
    assert [each for each in client.signals() if each.path.startswith(ROOT)] == []
    assert daemon.running


def test_a_bus_that_dies_is_no_fault_and_is_used_again(bed, bus, daemon, puppets):
    client = BusClient(bus).wait_for_name()
    puppet = puppets.new()
    path = client.spawn("puppet", "outlives the bus", {"fifo": puppet.path})
    puppet.start()
    client.close()
    bus.kill()
    bed.forget(bus)
    daemon.err.wait("the bus is gone")
    puppet.tell(progress=0.5, result="all the same")
    puppet.end()
    daemon.err.wait("is completed")
    os.unlink(bus.path)
    with contextlib.closing(BusClient(start_bus(bed))) as client:
        client.wait_for_name()
        assert client.get(path, SESSION, "Result") == "all the same"
        complete, kept = client.call(path, SESSION, "GetEvents", "t", 0)
        assert complete and kept[-1][1] == "Completed"
    assert daemon.err.text().count("the bus is gone") == 1


def test_a_bus_may_come_later(bed, puppets):
    daemon = bed.daemon(display="none", options=puppets.options)
    daemon.err.wait("there is no bus")
    with contextlib.closing(BusClient(start_bus(bed))) as client:
        client.wait_for_name()
        assert client.call(ROOT, MANAGER, "List") == []
    assert daemon.err.text().count("there is no bus") == 1


def test_without_a_bus_if_told_so(bed, bus, puppets):
    bed.daemon(display="none", options=[*puppets.options, "--no-bus"])
    with contextlib.closing(BusClient(bus)) as client:
        assert not client.bus("NameHasOwner", "s", NAME)
        assert len(client.bus("ListNames")) == 2


def test_the_name_is_taken_when_its_owner_leaves_it(bed, bus, puppets):
    with contextlib.closing(BusClient(bus)) as other, contextlib.closing(BusClient(bus)) as client:
        assert other.bus("RequestName", "su", NAME, 4) == 1
        daemon = bed.daemon(display="none", options=[*puppets.options, "--bus", bus.address])
        daemon.err.wait("another program has the name")
        client.listen(sender=BUS[0], member="NameOwnerChanged", arg0=NAME)
        other.bus("ReleaseName", "s", NAME)
        change = client.wait(lambda each: each.member == "NameOwnerChanged", "a new owner")
        assert change.body[2] not in ("", other.name)
        assert client.call(ROOT, MANAGER, "List") == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user's bus")
def test_the_bus_of_another_user_is_not_used(bed, puppets):
    folder = f"{bed.directory}/other"
    os.mkdir(folder)
    os.chmod(bed.directory, 0o711)
    os.chown(folder, 65534, 65534)
    bus = start_bus(
        bed,
        name="other/bus",
        extra='<policy context="default"><allow user="*"/></policy>',
        wrapper=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
    )
    daemon = bed.daemon(display="none", options=[*puppets.options, "--bus", bus.address])
    daemon.err.wait("another user's: it is not used")
    assert "known on the bus" not in daemon.err.text()


def test_a_slow_bus_holds_up_nothing(bus, daemon, client, puppets):
    client.listen(sender=NAME)
    puppet = puppets.new()
    path = client.spawn("puppet", "much", {"fifo": puppet.path})
    puppet.start()
    bus.process.send_signal(signal.SIGSTOP)
    try:
        for number in range(700):  # more than fits anywhere on the way
            puppet.tell(text=f"{number} " + "x" * 40000)
        puppet.end()
        daemon.err.wait("is completed", deadline=100)
        assert urllib.request.urlopen(f"http://127.0.0.1:{daemon.port}/health", timeout=20).status == 200
    finally:
        bus.process.send_signal(signal.SIGCONT)
    signals = []
    client.wait(lambda each: each.member == "Completed" and each.path == path, "its end", signals)
    told = events(signals, path)
    skipped = sum(body[1] for name, body in told if name == "Skipped")
    others = [body[0] for name, body in told if name != "Skipped"]
    assert skipped > 0, len(others)
    assert others == sorted(others) and len(others) + skipped == others[-1], "what is left out is counted"
    assert TURNS - {"Failed", "Cancelled"} <= {name for name, _ in told}


def test_it_is_started_for_who_calls_it(bed, puppets):
    built = (SOURCE / "build/data/org.geometryos.Compositord1.service").read_text()
    services = f"{bed.directory}/services"
    os.mkdir(services)
    words = " ".join([*(str(word) for word in command()), *puppets.options])
    lines = [f"Exec={words}" if line.startswith("Exec=") else line for line in built.splitlines()]
    assert f"Name={NAME}" in lines
    with open(f"{services}/{NAME}.service", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    bus = start_bus(bed, extra_env={"WAYLAND_DISPLAY": "none"})
    with contextlib.closing(BusClient(bus)) as client:
        assert client.call(ROOT, MANAGER, "List") == []
        process = client.bus("GetConnectionUnixProcessID", "s", NAME)
    os.kill(process, signal.SIGTERM)
    eventually(lambda: process not in processes_with(bed.marker), "the end of what was started")
