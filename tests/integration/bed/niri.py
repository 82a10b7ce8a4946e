"""Stands in for niri, which no package carries and which needs a GPU: a socket that replays lines of its IPC. Those in
tests/vectors/niri were written by niri's own crate niri-ipc 26.4.0. In a session of niri,
`python3 bed/niri.py >FILE` records others: an answer about outputs, then whatever happens."""

import json
import os
import sys

VECTORS = os.path.join(os.path.dirname(__file__), "../../vectors/niri")


def record(path, out):
    """Until it is interrupted."""
    import socket

    def connect(request):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        connection.sendall(json.dumps(request).encode() + b"\n")
        return connection.makefile("rb")

    out.write(connect("Outputs").readline())
    for line in connect("EventStream"):
        out.write(line)
        out.flush()


if __name__ == "__main__":
    try:
        record(os.environ["NIRI_SOCKET"], sys.stdout.buffer)
    except KeyboardInterrupt:
        sys.exit(0)

from .line_server import LineServer  # noqa: E402: of no use to the recorder, which is no part of a package


def recording(name="session.jsonl"):
    """The answer about outputs, and the events."""
    with open(os.path.join(VECTORS, name), "rb") as file:
        lines = file.readlines()
    return lines[0], [line for line in lines[1:] if line != b'{"Ok":"Handled"}\n']


class StandInNiri(LineServer):
    """`outputs` is the line that answers a request for them; other requests are kept."""

    def __init__(self, folder, display="wayland-8", process=100):
        self.display = display
        self.outputs, _ = recording()
        self.outputs_asked = 0
        self.reply = {"Ok": "Handled"}
        super().__init__(f"{folder}/niri.{display}.{process}.sock", "EventStream", {"Ok": "Handled"})

    def answer(self, request):
        if request == "Outputs":
            self.outputs_asked += 1
            return self.outputs
        self.requests.put(request)
        return json.dumps(self.reply).encode() + b"\n"

    def action(self):
        """The next one that was asked for: its name and members."""
        ((name, members),) = self.request()["Action"].items()
        return name, members


def event(kind, **members):
    """One line, as it is sent."""
    return json.dumps({kind: members}).encode() + b"\n"


def layout(place=None, tile=(936.0, 1048.0), in_view=None):
    return {
        "pos_in_scrolling_layout": place,
        "tile_size": list(tile),
        "window_size": [round(tile[0]) - 8, round(tile[1]) - 8],
        "tile_pos_in_workspace_view": in_view,
        "window_offset_in_tile": [4.0, 4.0],
    }


def window(number, title="~", workspace=1, place=(1, 1), focused=False, in_view=None, tile=(936.0, 1048.0)):
    return {
        **{"id": number, "title": title, "app_id": "foot", "pid": 1000, "workspace_id": workspace},
        **{"is_focused": focused, "is_floating": place is None, "is_urgent": False},
        **{"layout": layout(place, tile, in_view), "focus_timestamp": None},
    }


def workspace(number, index, output="DP-1", active=False, active_window=None):
    return {
        **{"id": number, "idx": index, "name": None, "output": output, "is_urgent": False, "is_active": active},
        **{"is_focused": active, "active_window_id": active_window},
    }
