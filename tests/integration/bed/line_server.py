"""A socket that speaks lines of JSON as the test scripts it, for compositors that no package carries."""

import json
import os
import queue
import socket
import threading

from .waiting import DEADLINE


class LineServer:
    """Accepts one subscriber at a time and any number of connections with requests; `requests` has what these asked."""

    def __init__(self, path, subscribe, subscribed):
        self.path = path
        self.requests = queue.Queue()
        self._subscribe, self._subscribed = subscribe, subscribed
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
                if request == self._subscribe:
                    connection.sendall(json.dumps(self._subscribed).encode() + b"\n")
                    self._subscriber.put(connection)
                else:
                    connection.sendall(self.answer(request))
        except OSError:
            pass

    def answer(self, request):
        raise NotImplementedError

    def subscriber(self, timeout=DEADLINE):
        """The connection that is told of states, once there is one."""
        return self._subscriber.get(block=timeout > 0, timeout=timeout)

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
