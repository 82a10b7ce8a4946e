"""Stands in for driftwm, which no package carries: a socket that says what its documentation says, as the test scripts it."""

import json
import os
import queue
import socket
import threading

from .waiting import DEADLINE


class StandInDriftwm:
    """Accepts one subscriber and any number of connections with requests; `requests` has what these asked."""

    def __init__(self, folder, display="wayland-7"):
        self.display = display
        os.makedirs(f"{folder}/driftwm", mode=0o700, exist_ok=True)
        self.path = f"{folder}/driftwm/ipc-{display}.sock"
        self.requests = queue.Queue()
        self.reply = {"Ok": "Ok"}
        self._open = []
        self._subscriber = queue.Queue()
        self._listener = socket.socket(socket.AF_UNIX)
        if os.path.exists(self.path):
            os.unlink(self.path)
        self._listener.bind(self.path)
        os.chmod(self.path, 0o600)
        self._listener.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            for line in connection.makefile("rb"):
                request = json.loads(line)
                if request == "Subscribe":
                    connection.sendall(b'{"Ok":"Ok"}\n')
                    self._subscriber.put(connection)
                else:
                    self.requests.put(request)
                    connection.sendall(json.dumps(self.reply).encode() + b"\n")
        except OSError:
            pass

    def subscriber(self):
        """The connection that is told of states, once there is one."""
        return self._subscriber.get(timeout=DEADLINE)

    def request(self):
        return self.requests.get(timeout=DEADLINE)

    def close(self):
        if self._listener.fileno() < 0:
            return  # it was closed before
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(DEADLINE)
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()


def window(number, title="~", position=(0, 0), size=(800, 480), **more):
    return {
        **{"id": number, "app_id": "foot", "title": title, "position": list(position), "size": list(size)},
        **{"is_focused": False, "is_widget": False, "suspended": False, "mode": "Normal"},
        **more,
    }


def state(*windows, camera=(0.0, 0.0), zoom=1.0, **more):
    """One line, as it is sent."""
    output = {"name": "DP-1", "camera": list(camera), "zoom": zoom, "size": [1920, 1080], "active": True}
    content = {"camera": list(camera), "zoom": zoom, "windows": list(windows), "outputs": [output], "fullscreen": [], "pinned": [], **more}
    return json.dumps({"State": content}).encode() + b"\n"
