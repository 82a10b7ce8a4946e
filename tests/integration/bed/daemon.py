"""compositord, started by the test or by the compositor."""

import socket

from .page import Page
from .paths import COMPOSITORD, WEB_ROOT
from .program import Program, alive
from .waiting import eventually

_LISTENING = r"listening on (?:https?://[0-9.]+:(\d+)/|unix:)"


def free_port():
    """A port that a program can be told to listen on, for those that must keep it when they start again."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(port=0, *options):
    # Tests run side by side: only those that are about the second port may have it.
    return [COMPOSITORD, "--port", str(port), "--orchestrator-port", "0", "--web-root", WEB_ROOT, *options]


class Pages:
    """Opens WebSocket connections to self.port and remembers them, so that the bed can close them."""

    def page(self, **options):
        page = Page(self.port, **options)
        self.pages.append(page)
        return page

    def close_pages(self):
        while self.pages:
            self.pages.pop().close()


class Daemon(Program, Pages):
    """compositord as an ordinary Wayland client, found by the compositor through --allow-exe."""

    def __init__(self, env, *, display=None, port=0, options=(), extra_env=None, pass_fds=()):
        env = {**env, **({"WAYLAND_DISPLAY": display} if display else {}), **(extra_env or {})}
        super().__init__(command(port, *options), env, pass_fds=pass_fds)
        self.display = display
        self.pages = []
        try:
            port = self.err.wait(_LISTENING).group(1)
            self.port = port and int(port)  # None if it listens on a Unix socket only
        except AssertionError:
            self.kill()
            raise

    def stop(self, *args, **kwargs):
        self.close_pages()
        return super().stop(*args, **kwargs)


class Companion(Pages):
    """compositord as the compositor's companion; it may be another process after a crash."""

    def __init__(self, compositor):
        self.compositor = compositor
        self.pages = []
        self.port = int(compositor.err.wait(_LISTENING).group(1))

    @property
    def pid(self):
        return self.compositor.state()["companion"]["pid"]

    @property
    def err(self):
        return self.compositor.err

    def wait_for_successor(self, pid):
        """The process that the compositor started after that one died."""
        eventually(lambda: self.pid not in (None, pid) and alive(self.pid), "a new companion")
        return self.pid
