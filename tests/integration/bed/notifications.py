"""Notification servers: one that does what the test says, and real ones under a real compositor without a screen."""

import json
import os
import subprocess
import threading
import time

from jeepney import (
    DBusAddress,
    HeaderFields,
    MessageType,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import open_dbus_connection

from .program import Program
from .waiting import DEADLINE, eventually

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"


class Shown:
    """What one Notify said."""

    def __init__(self, number, body):
        self.time = time.monotonic()
        self.id = number
        self.app, self.replaces, _, self.summary, self.body, actions, hints, self.timeout = body
        self.actions = dict(zip(actions[::2], actions[1::2]))
        self.hints = {name: value for name, (_, value) in hints.items()}

    def __repr__(self):
        return f"<{self.id} for {self.replaces}: {self.summary!r} {self.body!r} {self.hints} {self.actions}>"


class ScriptedServer:
    """Answers as a notification server with these capabilities, and remembers what it was told to show."""

    def __init__(self, bus, capabilities=("body", "actions"), first_id=1):
        self._capabilities = list(capabilities)
        self._next = first_id
        self._changed = threading.Condition()
        self._shown = []
        self._closed = []
        self._connection = open_dbus_connection(bus.address, auth_timeout=DEADLINE)
        self._sending = threading.Lock()
        bus_driver = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        request = new_method_call(bus_driver, "RequestName", "su", (NAME, 4))
        assert self._connection.send_and_get_reply(request, timeout=DEADLINE).body == (1,)
        self._open = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while self._open:
            try:
                message = self._connection.receive(timeout=0.1)
            except TimeoutError:
                continue
            except (OSError, ConnectionError):
                return
            if message.header.message_type == MessageType.method_call:
                self._send(self._answer(message))

    def _answer(self, call):
        member = call.header.fields[HeaderFields.member]
        if member == "GetCapabilities":
            return new_method_return(call, "as", (self._capabilities,))
        if member == "CloseNotification":
            with self._changed:
                self._closed.append(call.body[0])
            return new_method_return(call)
        if member != "Notify":
            return new_error(call, "org.freedesktop.DBus.Error.UnknownMethod")
        with self._changed:
            number = call.body[1] or self._next
            self._next += number == self._next
            self._shown.append(Shown(number, call.body))
            self._changed.notify_all()
        return new_method_return(call, "u", (number,))

    def _send(self, message):
        with self._sending:
            self._connection.send(message)

    def wait(self, find, what):
        """The first one shown, ever, for which find(shown) is true."""
        end = time.monotonic() + DEADLINE
        with self._changed:
            while True:
                for shown in self._shown:
                    if find(shown):
                        return shown
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{what}: not shown within {DEADLINE:g} s, but {self._shown}")
                self._changed.wait(left)

    def shown(self):
        with self._changed:
            return list(self._shown)

    def closed(self):
        with self._changed:
            return list(self._closed)

    def _signal(self, member, signature, *arguments):
        self._send(new_signal(DBusAddress(PATH, interface=NAME), member, signature, arguments))

    def act(self, number, key):
        self._signal("ActionInvoked", "us", number, key)

    def dismiss(self, number):
        self._signal("NotificationClosed", "uu", number, 2)

    def close(self):
        self._open = False
        self._thread.join(DEADLINE)
        self._connection.close()


class Sway(Program):
    """sway without a screen. As root it needs a user namespace to be willing."""

    def __init__(self, env, background="output * background #202830 solid_color\n"):
        self.folder = env["XDG_RUNTIME_DIR"]
        config = f"{self.folder}/sway.conf"
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"xwayland disable\noutput * resolution 800x600\n{background}")
        root = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
        super().__init__(
            [*root, "sway", "-c", config],
            {**env, "WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"},
        )
        self.display = eventually(self._display, "a display of sway")

    def _display(self):
        assert self.running, self.err.text()
        return next((name for name in os.listdir(self.folder) if name.startswith("wayland-") and "." not in name), None)


class RealServer(Program):
    """A notification daemon that people use; the methods speak to it as they would."""

    def __init__(self, env, *argv):
        self.env = env
        super().__init__(argv, env)

    def stop(self, *args, **kwargs):
        self.kill()  # how it ends is its own affair

    def tool(self, *argv):
        return subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=60, check=True).stdout


class Mako(RealServer):
    """mako, with makoctl."""

    def __init__(self, env):
        super().__init__(env, "mako")

    def texts(self):
        listed = json.loads(self.tool("makoctl", "list"))["data"][0]
        return [(each["summary"]["data"], each["body"]["data"]) for each in listed]

    def invoke(self, key):
        self.tool("makoctl", "invoke", key)


class Dunst(RealServer):
    """dunst, with dunstctl."""

    def __init__(self, env):
        super().__init__(env, "dunst")

    def displayed(self):
        return int(self.tool("dunstctl", "count", "displayed"))

    def history(self):
        """What is no longer displayed."""
        listed = json.loads(self.tool("dunstctl", "history"))["data"][0]
        return [(each["summary"]["data"], each["body"]["data"]) for each in listed]

    def act(self):
        """The default action."""
        self.tool("dunstctl", "action", "0")


class Swaync(RealServer):
    """swaync, with its panel and keys."""

    def __init__(self, env):
        super().__init__({**env, "GSETTINGS_BACKEND": "memory"}, "swaync")

    def count(self):
        return int(self.tool("swaync-client", "--count"))

    def press(self, action):
        """The action of that number of the only notification."""
        self.tool("swaync-client", "--open-panel")
        self.tool("wtype", "-s", "500", "-k", "Down", "-s", "100", "-k", "Up", "-s", "100", str(action), "-s", "300")
