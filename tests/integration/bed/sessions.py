"""Types of sessions for tests, and clients of progress sockets."""

import http.client
import json
import socket
import struct
from pathlib import Path

import msgpack

from .waiting import DEADLINE, eventually


def pipeline(bed, name, *steps, **members):
    """Describes a type of session; the daemon reads it when it starts. A step is a command or a whole step."""
    folder = Path(bed.directory) / ".config/compositord/pipelines"
    folder.mkdir(parents=True, exist_ok=True)
    steps = [step if isinstance(step, dict) else {"name": f"step{i}", "command": step} for i, step in enumerate(steps, 1)]
    (folder / f"{name}.json").write_text(json.dumps({"steps": steps, **members}))


def gated(bed, name="gate"):
    """A command that waits until the test opens it, and how to open it."""
    gate = Path(bed.directory) / name
    return ["sh", "-c", f"while ! [ -e {gate} ]; do sleep 0.02; done"], gate.touch


class Answer:
    def __init__(self, response):
        self.status, self.headers, body = response.status, response.headers, response.read()
        self.body = json.loads(body) if self.headers.get("content-type", "").startswith("application/json") else body


class Http:
    """One kept connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)

    def ask(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(method, path, body=body, headers=headers)
        return Answer(self.connection.getresponse())

    def until(self, path, **members):
        def there():
            body = self.ask("GET", path).body
            return all(body[name] == value for name, value in members.items()) and body

        return eventually(there, f"{path} with {members}")


class ProgressClient:
    """What an existing client does: connect, read frames."""

    def __init__(self, path, lines=False, wait=True):
        self.lines = lines
        self.buffer = b""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        if wait:
            eventually(lambda: Path(path).exists(), f"{path}")
        self.socket.connect(str(path))

    def read(self):
        """The next message; None at the end."""
        while True:
            if self.lines:
                line, end, rest = self.buffer.partition(b"\n")
                if end:
                    self.buffer = rest
                    return json.loads(line)
            elif len(self.buffer) >= 4:
                (length,) = struct.unpack(">I", self.buffer[:4])
                if len(self.buffer) >= 4 + length:
                    body, self.buffer = self.buffer[4 : 4 + length], self.buffer[4 + length :]
                    return msgpack.unpackb(body)
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            self.buffer += data

    def read_until_end(self):
        """All messages to the one that says that a session has ended."""
        messages = []
        while True:
            message = self.read()
            assert message is not None, messages
            messages.append(message)
            if message["data"]["status"] != "processing":
                return messages

    def send(self, message):
        body = msgpack.packb(message)
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def close(self):
        self.socket.close()
