"""A model's server that says what the test wrote for it. It stands in for LM Studio, which needs a model of several
gigabytes: it streams as that one does, in the pieces and with the mistakes that a test asks for."""

import http.server
import itertools
import json
import socketserver
import threading

from .waiting import DEADLINE, eventually


def delta(model="scripted", finish=None, **members):
    """One chunk of an answer."""
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": model, "choices": [{"index": 0, "delta": members, "finish_reason": finish}]}


def says(*texts, model="scripted", finish="stop", usage=(11, 5)):
    """The events of an answer that comes in these texts."""
    events = [delta(model, role="assistant", content=""), *(delta(model, content=text) for text in texts), delta(model, finish)]
    if usage:
        events.append({"model": model, "choices": [], "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}})
    return [*events, "[DONE]"]


def calls(*tools, model="scripted", piece=7, interleaved=False):
    """The events of an answer that calls tools, (id, name, arguments) each, their arguments in pieces."""
    of_calls = []
    for index, (call, name, arguments) in enumerate(tools):
        events = [delta(model, tool_calls=[{"index": index, "id": call, "type": "function", "function": {"name": name, "arguments": ""}}])]
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        for at in range(0, len(text), piece):
            events.append(delta(model, tool_calls=[{"index": index, "function": {"arguments": text[at : at + piece]}}]))
        of_calls.append(events)
    if interleaved:
        events = [event for turn in itertools.zip_longest(*of_calls) for event in turn if event]
    else:
        events = [event for call in of_calls for event in call]
    return [*events, delta(model, "tool_calls"), "[DONE]"]


class Stream:
    """An answer: events (objects, or texts as they are; numbers are comments), sent in pieces of so many bytes."""

    def __init__(self, *events, piece=None, end="close", gate=None, newline="\n"):
        self.events, self.piece, self.end, self.gate, self.newline = events, piece, end, gate, newline

    def send(self, handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for event in self.events:
            if isinstance(event, threading.Event):  # silence until the test says so, or the client is gone
                handler.server.owner.wait_for_gate(event, handler)
                continue
            if isinstance(event, int):
                data = f": {event}{self.newline * 2}".encode()
            else:
                data = f"data: {event if isinstance(event, str) else json.dumps(event)}{self.newline * 2}".encode()
            size = self.piece or len(data)
            for at in range(0, len(data), size):
                part = data[at : at + size]
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                handler.wfile.flush()
        if self.end == "close":
            handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = True


class Error:
    """An answer that is none."""

    def __init__(self, status, body=b"", headers=()):
        self.status, self.body, self.headers = status, body if isinstance(body, bytes) else json.dumps(body).encode(), dict(headers)

    def send(self, handler):
        handler.send_response(self.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(self.body)), **self.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(self.body)


class After:
    """Does something, and then answers."""

    def __init__(self, act, answer):
        self.act, self.answer = act, answer if hasattr(answer, "send") else Stream(*answer)

    def send(self, handler):
        self.act()
        self.answer.send(handler)


class HangUp:
    """The connection ends instead of an answer."""

    def send(self, handler):
        handler.close_connection = True


class Silence:
    """Nothing, not even a header, until the client is gone."""

    def send(self, handler):
        handler.server.owner.wait_for_gate(threading.Event(), handler)
        handler.close_connection = True


class ModelServer:
    """Gives the answers of its list one after the other, and keeps what it was asked."""

    def __init__(self, *answers, port=0, tls=None):
        self.answers = self.scripted(answers)
        self.requests = []
        self.only = ""  # words of those that it answers
        self.models = None  # names that it says it has
        self.gone = 0  # clients that hung up while they were kept waiting
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if owner.only not in json.dumps(body):
                    Error(503, {"error": "another one is being served"}).send(self)
                    return
                owner.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
                answer = owner.answers.pop(0) if owner.answers else Error(500, {"error": "the test wrote no more answers"})
                try:
                    answer.send(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def do_GET(self):
                models = None if owner.models is None else {"object": "list", "data": [{"id": name, "object": "model"} for name in owner.models]}
                Error(404 if models is None else 200, models or {"error": "not here"}).send(self)

            def log_message(self, *arguments):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

            def handle_error(self, *arguments):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.server.owner = self
        self.port = self.server.server_address[1]
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @staticmethod
    def scripted(answers):
        return [answer if hasattr(answer, "send") else Stream(*answer) for answer in answers]

    def wait_for_gate(self, gate, handler):
        handler.connection.settimeout(0.05)
        for _ in range(int(DEADLINE * 4 / 0.05)):
            if gate.is_set():
                handler.connection.settimeout(None)
                return
            try:
                over = handler.connection.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionResetError:
                over = True
            if over:
                self.gone += 1
                raise ConnectionResetError

    def wait_for_requests(self, count):
        eventually(lambda: len(self.requests) >= count, f"{count} requests")
        return self.requests

    def wait_until_gone(self):
        eventually(lambda: self.gone, "the client to hang up")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
