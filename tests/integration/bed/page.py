"""A WebSocket client that keeps a world, checks every message, and asks for things."""

import itertools
import json
import socket
import threading
import time

import msgpack
from websockets.client import ClientConnection
from websockets.frames import Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from .frames import Requests, keep_received
from .waiting import DEADLINE
from .world import World, check_schema, differences

SUBPROTOCOL = "compositord.v1.json"
MSGPACK = "compositord.v1.msgpack"


class Refused(Exception):
    """The server answered the handshake with something other than 101."""

    def __init__(self, status):
        super().__init__(f"HTTP status {status}")
        self.status = status


class Page:
    """One connection; a thread reads and applies messages, the test waits for what it expects."""

    def __init__(
        self,
        port,
        *,
        origin=None,
        subprotocols=(SUBPROTOCOL,),
        host=None,
        path="/",
        strict=True,
        reads_world=True,  # else messages are only kept
        receive_buffer=None,
        continues=None,  # the World that a connection before this one ended with
        headers=None,  # of the handshake
        unix=None,  # the path of a Unix socket, instead of the port
        tls=None,  # an ssl.SSLContext
    ):
        self.world = World(continues)
        self._reads_world = reads_world
        self.messages = []
        self.strict = strict
        self.failure = None
        self.closed = False
        self._times = []
        self._ids = itertools.count(1)
        self._requests = Requests()
        self._partial = b""
        self._changed = threading.Condition(threading.RLock())
        self._may_read = threading.Event()
        self._may_read.set()
        self._headers = headers or {}
        self._socket = socket.socket(socket.AF_UNIX) if unix else socket.socket()
        self._socket.settimeout(DEADLINE)
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.connect(unix or ("127.0.0.1", port))
        if tls:
            self._socket = tls.wrap_socket(self._socket, server_hostname="localhost")
        self._connection = ClientConnection(
            parse_uri(f"ws://127.0.0.1:{port or 80}{path}"),
            origin=origin,
            subprotocols=list(subprotocols) or None,
            max_size=None,
        )
        self._shake_hands(host)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def subprotocol(self):
        return self._connection.subprotocol

    @property
    def binary(self):
        return self.subprotocol == MSGPACK

    @property
    def close_code(self):
        return self._connection.close_code

    @property
    def close_reason(self):
        return self._connection.close_reason

    def _shake_hands(self, host):
        request = self._connection.connect()
        if host is not None:
            del request.headers["Host"]
            request.headers["Host"] = host
        request.headers.update(self._headers)
        self._connection.send_request(request)
        self._pump_out()
        while True:
            data = self._socket.recv(65536)
            if data:
                self._connection.receive_data(data)
            else:
                self._connection.receive_eof()
            for event in self._connection.events_received():
                if not isinstance(event, Response):
                    self._frame(event)
                elif event.status_code != 101:
                    self._socket.close()
                    raise Refused(event.status_code)
            if self._connection.handshake_exc:
                self._socket.close()
                raise self._connection.handshake_exc
            if self._connection.state.name != "CONNECTING":
                return

    def _pump_out(self):
        for data in self._connection.data_to_send():
            if data:
                self._socket.sendall(data)
            else:
                self._socket.shutdown(socket.SHUT_WR)

    def _run(self):
        while True:
            self._may_read.wait()
            try:
                data = self._socket.recv(1 << 18)
            except OSError:
                data = b""
            with self._changed:
                try:
                    if data:
                        self._connection.receive_data(data)
                    else:
                        self._connection.receive_eof()
                    for event in self._connection.events_received():
                        self._frame(event)
                    self._pump_out()
                except OSError:
                    pass
                except AssertionError as failure:
                    self.failure = self.failure or failure
                self.closed = self.closed or not data
                self._changed.notify_all()
            if not data:
                return

    def _frame(self, frame):
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        assert (frame.opcode == Opcode.BINARY) <= self.binary, "a binary frame of a text subprotocol"
        self._partial += frame.data
        if not frame.fin:
            return
        text, self._partial = self._partial, b""
        message = msgpack.unpackb(text) if self.binary else json.loads(text)
        self.messages.append(message)
        self._times.append(time.monotonic())
        keep_received(message)
        self._requests.answered(message)
        if self.strict:
            check_schema(message)
        if self._reads_world:
            self.world.apply(message)

    # --- looking --------------------------------------------------------------------------------------------------

    def wait(self, check, what="the expected state", deadline=DEADLINE):
        """The first true value of check(self), tried after each message."""
        end = time.monotonic() + deadline
        with self._changed:
            while True:
                if self.failure:
                    raise AssertionError(f"a message broke a rule: {self.failure}") from self.failure
                value = check(self)
                if value:
                    return value
                left = end - time.monotonic()
                if left <= 0 or self.closed:
                    state = f"connection closed with {self.close_code}" if self.closed else f"not within {deadline:g} s"
                    raise AssertionError(f"{what}: {state}; last messages {self.messages[-5:]}"[:6000])
                self._changed.wait(left)

    def wait_for_message(self, start=0, deadline=DEADLINE, **members):
        """The first message from number start on that has these members."""

        def find(page):
            for message in page.messages[start:]:
                if all(message.get(name) == value for name, value in members.items()):
                    return message
            return None

        return self.wait(find, f"a message with {members}", deadline)

    def wait_for_close(self, deadline=DEADLINE):
        end = time.monotonic() + deadline
        with self._changed:
            while not self.closed:
                left = end - time.monotonic()
                assert left > 0, f"the server did not close the connection within {deadline:g} s"
                self._changed.wait(left)
        return self.close_code

    def wait_until_same_as(self, compositor, deadline=DEADLINE):
        """Waits until this world equals the compositor's own state; while that moves on, so does the question."""
        end = time.monotonic() + deadline
        while True:
            state = compositor.state()
            try:
                self.wait(lambda page: not differences(state, page.world), "the compositor's state", deadline=0.5)
                return state
            except AssertionError:
                if self.failure or self.closed or time.monotonic() > end:
                    with self._changed:
                        raise AssertionError("\n".join(differences(compositor.state(), self.world)[:20])) from None

    def count(self):
        with self._changed:
            return len(self.messages)

    def since(self, start):
        """Messages from number start on, with the time each came."""
        with self._changed:
            return list(zip(self.messages[start:], self._times[start:]))

    def ready(self):
        """Waits for the first snapshot with a compositor."""
        self.wait(lambda page: page.world.compositor and page.world.compositor["connected"], "a connected compositor")
        return self

    # --- asking ---------------------------------------------------------------------------------------------------

    def send(self, message):
        self._requests.sent(message)
        if self.binary:
            self.send_binary(msgpack.packb(message))
        else:
            self.send_text(json.dumps(message).encode())

    def send_text(self, data):
        self._send(self._connection.send_text, data)

    def send_binary(self, data):
        self._send(self._connection.send_binary, data)

    def _send(self, put, data):
        with self._changed:
            if self._connection.state.name != "OPEN":
                raise ConnectionError("the server has closed the connection")
            put(data)
            self._pump_out()

    def ask(self, kind, **members):
        """Sends a request with an id of its own; returns the Ack or Error that answers it."""
        number = f"r{next(self._ids)}"
        start = self.count()
        self.send({"type": kind, "id": number, **members})
        return self.wait(
            lambda page: next((m for m in page.messages[start:] if m["type"] in ("Ack", "Error", "Pong") and m["id"] == number), None),
            f"an answer to {kind} {members}",
        )

    def do(self, kind, **members):
        """Like ask, for what must be granted; returns the request's id."""
        answer = self.ask(kind, **members)
        assert answer["type"] == "Ack", answer
        return answer["id"]

    def hold(self):
        """Stops reading, after at most one more read."""
        self._may_read.clear()

    def go_on(self):
        self._may_read.set()

    def send_timeout(self, seconds):
        """Lets send() fail after a while with a server that reads no more."""
        self._socket.settimeout(seconds)

    def close(self):
        """Closes the connection in order; what went wrong meanwhile comes to light."""
        self.go_on()
        with self._changed:
            if not self.closed:
                try:
                    self._connection.send_close(1000)
                    self._pump_out()
                except OSError:
                    pass
        if not self.closed:
            self._thread.join(5)
        self.abort()
        if self.failure:
            raise AssertionError(f"a message broke a rule: {self.failure}") from self.failure

    def abort(self):
        self.go_on()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._thread.join(DEADLINE)
        self._socket.close()
