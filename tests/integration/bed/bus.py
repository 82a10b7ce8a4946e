"""A private message bus, and a client of it."""

import collections
import time

from jeepney import DBusAddress, DBusErrorResponse, HeaderFields, MatchRule, MessageType, new_method_call, new_signal
from jeepney.io.blocking import open_dbus_connection

from .program import Program
from .waiting import DEADLINE

NAME = "org.geometryos.Compositord1"
ROOT = "/org/geometryos/Compositord1"
MANAGER = NAME + ".Manager"
SESSION = NAME + ".Session"
CODEGEN = NAME + ".Codegen"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PEER = "org.freedesktop.DBus.Peer"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
PROPERTIES = "org.freedesktop.DBus.Properties"
BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={directory}/{name}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{directory}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  {extra}
</busconfig>
"""


class BusDaemon(Program):
    """dbus-daemon with its socket where compositord looks for the user's bus; wrapper words come before it."""

    def __init__(self, env, *, name="bus", extra="", wrapper=(), extra_env=None):
        directory = env["XDG_RUNTIME_DIR"]
        self.path = f"{directory}/{name}"
        self.address = f"unix:path={self.path}"
        config = f"{directory}/{name}.conf"
        with open(config, "w", encoding="utf-8") as file:
            file.write(_CONFIG.format(directory=directory, name=name, extra=extra))
        argv = [*wrapper, "dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"]
        super().__init__(argv, {**env, "DBUS_SESSION_BUS_ADDRESS": self.address, **(extra_env or {})})
        self.out.wait("unix:path=")

Signal = collections.namedtuple("Signal", "path interface member body")


class BusError(Exception):
    """What a call was answered with."""

    def __init__(self, response):
        self.name = response.name
        super().__init__(f"{response.name}: {' '.join(str(part) for part in response.data)}")


class BusClient:
    """A connection that remembers the signals it is sent."""

    def __init__(self, bus):
        self._connection = open_dbus_connection(bus if isinstance(bus, str) else bus.address, auth_timeout=DEADLINE)
        self._signals = collections.deque()
        self._filter = self._connection.filter(MatchRule(type="signal"), queue=self._signals)

    def close(self):
        self._connection.close()

    @property
    def name(self):
        return self._connection.unique_name

    def call(self, path, interface, member, signature=None, *arguments, to=NAME):
        """The answer's values: one by itself, more as a tuple."""
        message = new_method_call(DBusAddress(path, to, interface), member, signature, arguments)
        reply = self._connection.send_and_get_reply(message, timeout=DEADLINE)
        if reply.header.message_type == MessageType.error:
            raise BusError(DBusErrorResponse(reply))
        return reply.body[0] if len(reply.body) == 1 else reply.body

    def bus(self, member, signature=None, *arguments):
        return self.call(BUS[1], BUS[2], member, signature, *arguments, to=BUS[0])

    def emit(self, to, path, interface, member, signature, *arguments):
        """A signal to one receiver, which gets it whether it listens or not."""
        message = new_signal(DBusAddress(path, interface=interface), member, signature, arguments)
        message.header.fields[HeaderFields.destination] = to
        self._connection.send(message)

    def listen(self, **rule):
        self.bus("AddMatch", "s", ",".join(f"{key}='{value}'" for key, value in {"type": "signal", **rule}.items()))
        return self

    def wait_for_name(self, name=NAME):
        """Until somebody has it."""
        self.listen(sender=BUS[0], member="NameOwnerChanged", arg0=name)
        if not self.bus("NameHasOwner", "s", name):
            self.wait(lambda signal: signal.member == "NameOwnerChanged" and signal.body[2], f"an owner of {name}")
        return self

    def get(self, path, interface, name):
        return self.call(path, PROPERTIES, "Get", "ss", interface, name)[1]

    def spawn(self, kind, description="", parameters=None, priority=""):
        return self.call(ROOT, MANAGER, "Spawn", "ssa{ss}s", kind, description, parameters or {}, priority)

    def signals(self):
        """Those that came and were not asked for yet."""
        self.bus("GetId")  # whatever was sent before the answer is there then
        return [self._take() for _ in range(len(self._signals))]

    def _take(self):
        message = self._signals.popleft()
        fields = message.header.fields
        return Signal(fields[HeaderFields.path], fields[HeaderFields.interface], fields[HeaderFields.member], message.body)

    def wait(self, find, what, seen=None):
        """The first signal from now on for which find(signal) is true; those before it go into seen."""
        end = time.monotonic() + DEADLINE
        while True:
            while self._signals:
                signal = self._take()
                if seen is not None:
                    seen.append(signal)
                if find(signal):
                    return signal
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{what}: no such signal within {DEADLINE:g} s; seen were {(seen or [])[-30:]}")
            try:
                self._connection.recv_messages(timeout=left)
            except TimeoutError:
                pass
