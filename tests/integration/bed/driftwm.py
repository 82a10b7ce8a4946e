"""Stands in for driftwm, which no package carries: a socket that says what its documentation says, as the test scripts it."""

import json
import os

from .line_server import LineServer


class StandInDriftwm(LineServer):
    def __init__(self, folder, display="wayland-7"):
        self.display = display
        self.reply = {"Ok": "Ok"}
        os.makedirs(f"{folder}/driftwm", mode=0o700, exist_ok=True)
        super().__init__(f"{folder}/driftwm/ipc-{display}.sock", "Subscribe", {"Ok": "Ok"})

    def answer(self, request):
        self.requests.put(request)
        return json.dumps(self.reply).encode() + b"\n"


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
