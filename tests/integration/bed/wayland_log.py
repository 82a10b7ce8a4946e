"""The lines of WAYLAND_DEBUG=1, looked up in the descriptions of protocols as wayland-debug does it: that program is in neither
Debian nor a registry of packages, so that it cannot be run here."""

import re
import xml.etree.ElementTree as tree

from .paths import ROOT

DESCRIPTIONS = (ROOT / "protocols/infinite-map-v1.xml", "/usr/share/wayland/wayland.xml")
LINE = re.compile(r"\[ *\d+\.\d+\] ( -> )?(\w+)@(\d+)\.(\w+)\((.*)\)")
# libwayland writes a string as it is; what ends it can only be guessed.
ARGUMENT = re.compile(r'(?:^|, )(".*?"(?=, |$)|[^,"]+)')
FORMS = {
    "int": r"-?\d+",
    "uint": r"\d+",
    "fixed": r"-?\d+(\.\d+)?(e-\d+)?",  # compositorctl writes no zeros behind the point
    "string": r'".*"|nil',
    "object": r"(?P<interface>\w+)@\d+|nil",
    "new_id": r"new id (?P<interface>\w+|\[unknown\])@\d+",
    "array": r"array(\[\d+\])?",
    "fd": r"fd(?: \d+)?",
}


class Descriptions:
    def __init__(self, files=DESCRIPTIONS):
        self.interfaces = {interface.get("name"): interface for file in files for interface in tree.parse(file).getroot().iter("interface")}

    def _enum(self, interface, name):
        *other, name = name.split(".")
        found = self.interfaces[other[0] if other else interface].findall(f"enum[@name='{name}']")
        assert found, f"{interface} has no enum {name}"
        return found[0]

    def check(self, line):
        """(interface, message) of a line; every name in it is one of the descriptions'."""
        found = LINE.fullmatch(line)
        assert found, f"no message: {line}"
        sent, interface, _, message, words = found.groups()
        assert interface in self.interfaces, line
        kind = "request" if sent else "event"
        described = self.interfaces[interface].findall(f"{kind}[@name='{message}']")
        assert described, f"{interface} has no {kind} {message}: {line}"
        arguments = described[0].findall("arg")
        values = ARGUMENT.findall(words)
        if (interface, message) == ("wl_registry", "bind"):  # its new_id is three on the wire
            assert values[1].strip('"') in self.interfaces, line
            return interface, message
        assert len(values) == len(arguments), f"{len(arguments)} arguments are described: {line}"
        for argument, value in zip(arguments, values):
            self._check(interface, argument, value, line)
        return interface, message

    def _check(self, interface, argument, value, line):
        form = re.fullmatch(FORMS[argument.get("type")], value)
        assert form, f"{argument.get('name')} is of the type {argument.get('type')}: {line}"
        if argument.get("interface") and form.groupdict().get("interface"):
            assert form["interface"] == argument.get("interface"), line
        if argument.get("enum"):
            enum = self._enum(interface, argument.get("enum"))
            known = [int(entry.get("value"), 0) for entry in enum.findall("entry")]
            unknown = int(value) & ~sum(known) if enum.get("bitfield") == "true" else int(value) not in known
            assert not unknown, f"{argument.get('name')} has a value without a name: {line}"
