"""The reference compositor, and the Wayland clients that tests open in it."""

import json
import signal
import socket

from .paths import COMPOSITOR, TEST_WINDOW
from .program import Program
from .waiting import DEADLINE, eventually


class Refusal(Exception):
    """The compositor's control socket answered ok: false."""


class Compositor(Program):
    """Headless; `state()` is the truth that clients are compared with."""

    def __init__(self, env, *, outputs=(), companion=None, allow=(), socket_name=None, bricks=None):
        words = [COMPOSITOR]
        for output in outputs:
            words += ["--output", output]
        if companion:
            words += ["--companion", " ".join(str(word) for word in companion)]
        for program in allow:
            words += ["--allow-exe", program]
        if bricks:
            words += ["--bricks", str(bricks)]
        if socket_name:
            words += ["--socket", socket_name]
        super().__init__(words, env)
        try:
            ready = json.loads(self.out.wait(lambda line: line, "the line that says ready"))
        except AssertionError:
            self.kill()
            raise AssertionError(f"the compositor did not start\n{self.tail()}") from None
        assert ready["pid"] == self.pid
        self.display = ready["display"]
        self._control = socket.socket(socket.AF_UNIX)
        self._control.settimeout(DEADLINE)
        self._control.connect(ready["control"])
        self._replies = self._control.makefile("rb")

    def ask(self, command, **members):
        self._control.sendall(json.dumps({"cmd": command, **members}).encode() + b"\n")
        line = self._replies.readline()
        assert line, f"the compositor closed its control socket\n{self.tail()}"
        reply = json.loads(line)
        if not reply["ok"]:
            raise Refusal(reply["error"])
        return reply

    def state(self):
        return self.ask("state")

    def camera(self, name=None):
        cameras = self.state()["cameras"]
        return next(camera for camera in cameras if name is None or camera["name"] == name)

    def window(self, **members):
        """The one window that has these members, as soon as there is one."""

        def find():
            found = [w for w in self.state()["windows"] if all(w[name] == value for name, value in members.items())]
            assert len(found) < 2, f"several windows with {members}"
            return found and found[0]

        return eventually(find, f"a window with {members}")

    def input(self, *events):
        """As if from a pointer and a keyboard; positions are output pixels."""
        self.ask("input", events=list(events))

    def release(self):
        """Closes the control connection of a compositor that is gone or going."""
        self._replies.close()
        self._control.close()


class TestWindow(Program):
    """tests/clients/test_window: its windows have ids of the test's choice and titles to find them by."""

    __test__ = False

    def __init__(self, env, display):
        super().__init__([TEST_WINDOW], {**env, "WAYLAND_DISPLAY": display}, stdin=True)
        self._syncs = 0
        self.event(event="ready")

    def tell(self, *words):
        self.write(" ".join(str(word) for word in words) + "\n")

    def open(self, number, width=200, height=120, title=None):
        self.tell("open", number, width, height, title or f"window {number}")
        self.event(event="mapped", id=number)

    def event(self, start=0, deadline=DEADLINE, **members):
        """The first printed event from line number start on that has these members."""

        def find(line):
            event = json.loads(line)
            return event if all(event.get(name) == value for name, value in members.items()) else None

        return self.out.wait(find, f"event {members}", start, deadline)

    def sync(self):
        """Until the compositor has handled everything that this client sent."""
        self._syncs += 1
        self.tell("sync", self._syncs)
        self.event(event="synced", number=self._syncs)

    def stop(self, within=DEADLINE, number=signal.SIGTERM):
        self.process.stdin.close()
        status = self.process.wait(within)
        assert status == 0, f"test_window ended with status {status}\n{self.tail()}"
        self.check_clean()

