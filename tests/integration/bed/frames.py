"""Keeps what was said over the wire, for the check against the schema that comes after the tests (see ./dev).

With BED_FRAMES=FOLDER each process of the tests writes a file there, one JSON text per line:
{"from": "server"|"client", "test": ..., "message": ...}. Of a client's messages only those are kept that the server
acknowledged: others are wrong on purpose.
"""

import json
import os
import threading

_folder = os.environ.get("BED_FRAMES")
_lock = threading.Lock()
_ANSWERS = {"Ack", "Error", "Pong", "SessionSpawned", "SessionList", "CodegenList", "CodegenAnswer", "CodegenDetails", "CodegenReport"}
_file = None


def _keep(sender, message):
    global _file
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    line = json.dumps({"from": sender, "test": test, "message": message})
    with _lock:
        if _file is None:
            os.makedirs(_folder, exist_ok=True)
            _file = open(os.path.join(_folder, f"{os.getpid()}.jsonl"), "a", buffering=1, encoding="utf-8")  # noqa: SIM115
        _file.write(line + "\n")


def keep_received(message):
    """For a message of the server in any spelling of compositord.v1; those of other dialects are not kept."""
    if _folder and message.get("type", "")[:1].isupper():
        _keep("server", message)


class Requests:
    """The requests of one connection that are not answered yet."""

    def __init__(self):
        self._open = {}

    def sent(self, message):
        if _folder and isinstance(message.get("id"), (str, int)):
            self._open[message["id"]] = message

    def answered(self, answer):
        """For any message of the server; only answers count."""
        if answer.get("type") not in _ANSWERS or not isinstance(answer.get("id"), (str, int)):
            return
        request = self._open.pop(answer["id"], None)
        if request and answer["type"] != "Error":
            _keep("client", request)
