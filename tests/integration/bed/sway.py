"""A headless sway, asked by i3's IPC: `tree()` is the truth that clients are compared with."""

import json
import math
import os
import socket
import struct

from .program import Program
from .waiting import DEADLINE, eventually

_HEADER = struct.Struct("=6sII")
_RUN_COMMAND, _GET_TREE = 0, 4
_ROW_STEP = 100


class SwayRefusal(Exception):
    """sway did not do what a command says."""


class SwayIpc:
    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(DEADLINE)
        self._socket.connect(path)

    def close(self):
        self._socket.close()

    def _read(self, size):
        data = b""
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            assert piece, "sway closed its IPC connection"
            data += piece
        return data

    def ask(self, kind, payload=""):
        data = payload.encode()
        self._socket.sendall(_HEADER.pack(b"i3-ipc", len(data), kind) + data)
        magic, length, answered = _HEADER.unpack(self._read(_HEADER.size))
        assert (magic, answered) == (b"i3-ipc", kind)
        return json.loads(self._read(length))


class SwayCompositor(Program):
    """As root, sway needs a user namespace to be willing."""

    def __init__(self, env, *, outputs=1, socket_name="sway.sock"):
        self.folder = env["XDG_RUNTIME_DIR"]
        self.socket = f"{self.folder}/{socket_name}" if socket_name else None
        config = f"{self.folder}/sway.conf"
        with open(config, "w", encoding="utf-8") as file:
            file.write("xwayland disable\noutput * resolution 1280x720\nfocus_on_window_activation none\n")
        root = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
        headless = {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_HEADLESS_OUTPUTS": str(outputs)}
        super().__init__([*root, "sway", "-c", config], {**env, **headless, **({"SWAYSOCK": self.socket} if self.socket else {})})
        self.display = eventually(lambda: self._file("wayland-"), "a display of sway")
        self.socket = self.socket or f"{self.folder}/{eventually(lambda: self._file('sway-ipc.', f'.{self.pid}.sock'), 'a socket of sway')}"
        self.ipc = eventually(self._connect, "sway's IPC")
        eventually(lambda: len([o for o in self.tree()["nodes"] if o["name"] != "__i3"]) == outputs, "the outputs of sway")

    def _file(self, prefix, suffix=""):
        assert self.running, self.err.text()
        names = (name for name in os.listdir(self.folder) if name.startswith(prefix) and name.endswith(suffix))
        return next((name for name in names if not name.endswith(".lock")), None)

    def _connect(self):
        try:
            return SwayIpc(self.socket)
        except OSError:
            return None

    def stop(self, *args, **kwargs):
        self.ipc.close()
        return super().stop(*args, **kwargs)

    def do(self, command):
        for result in self.ipc.ask(_RUN_COMMAND, command):
            if not result["success"]:
                raise SwayRefusal(f"{command}: {result.get('error')}")

    def tree(self):
        return self.ipc.ask(_GET_TREE)

    def windows(self):
        """Each view with its workspace, output, and whether it floats."""
        return list(_windows(self.tree()))

    def window(self, title):
        return eventually(lambda: next((w for w in self.windows() if w["name"] == title), None), f"a window {title}")


def _outputs(tree):
    return [output for output in tree["nodes"] if output["type"] == "output"]


def _windows(tree):
    for output in _outputs(tree):
        for workspace in output["nodes"]:
            yield from _views(workspace, output, workspace, False)


def _views(node, output, workspace, floating):
    for kind in ("nodes", "floating_nodes"):
        for child in node[kind]:
            floats = floating or kind == "floating_nodes"
            if "pid" in child:
                yield {**child, "output": output["name"], "workspace": workspace, "floating": floats}
            else:
                yield from _views(child, output, workspace, floats)


def pitch(tree):
    """How far apart the rows of workspaces are on the map."""
    rects = [output["rect"] for output in _outputs(tree) if output["name"] != "__i3"]
    height = max(r["y"] + r["height"] for r in rects) - min(r["y"] for r in rects)
    return (math.ceil(height / _ROW_STEP) + 1) * _ROW_STEP


def sway_differences(tree, world):
    """Where a tree, with numbered workspaces only, and a client's world differ, in words."""
    found = []
    row = pitch(tree)
    truth = {w["id"]: w for w in _windows(tree)}
    found += [f"window {each} is missing" for each in truth.keys() - world.windows.keys()]
    found += [f"window {each} is too many" for each in world.windows.keys() - truth.keys()]
    for number in truth.keys() & world.windows.keys():
        window, seen = truth[number], world.windows[number]
        rect = window["rect"]
        hidden = window["output"] == "__i3"
        states = {"activated": window["focused"], "fullscreen": window["fullscreen_mode"] != 0, "urgent": window["urgent"], "minimized": hidden}
        expected = {
            "title": window["name"] or "",
            "appId": window["app_id"] or "",
            "pid": window["pid"],
            "x": rect["x"],
            "y": rect["y"] + row * (-1 if hidden else window["workspace"]["num"] - 1),
            "width": max(0, rect["width"]),  # sway may give less than none
            "height": max(0, rect["height"]),
            "states": sorted(name for name, on in states.items() if on),
        }
        actual = {name: sorted(seen[name]) if name == "states" else seen[name] for name in expected}
        found += [f"window {number}: {n} is {v!r}, seen as {actual[n]!r}" for n, v in expected.items() if v != actual[n]]
    outputs = {output["name"]: output for output in _outputs(tree) if output["name"] != "__i3"}
    found += [f"cameras are {sorted(outputs)}, seen as {sorted(world.cameras)}"] if outputs.keys() != world.cameras.keys() else []
    for name in outputs.keys() & world.cameras.keys():
        rect, camera = outputs[name]["rect"], world.cameras[name]
        number = next(w["num"] for w in outputs[name]["nodes"] if w["name"] == outputs[name]["current_workspace"])
        center = (rect["x"] + rect["width"] / 2, rect["y"] + rect["height"] / 2 + (number - 1) * row)
        if (camera["x"], camera["y"]) != center:
            found.append(f"camera {name} is at {center}, seen at {(camera['x'], camera['y'])}")
    return found
