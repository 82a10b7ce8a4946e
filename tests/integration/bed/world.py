"""The state that a WebSocket client has after the messages it was sent, and the rules that these must keep."""

import json
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "data/schema/compositord.v1.json").read_text())
STEP = 1 / 256  # of world coordinates on the Wayland wire

_validators = {}


def check_schema(message):
    """Checks against the definition that the message's type names: one error, instead of one per type."""
    kind = message.get("type")
    if kind not in _validators:
        assert kind in SCHEMA["$defs"], f"unknown type in {message}"
        _validators[kind] = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]})
    error = next(_validators[kind].iter_errors(message), None)
    assert error is None, f"{kind} breaks the schema at {list(error.absolute_path)}: {error.message}"


class World:
    """Applies messages; a group of messages with one revision becomes visible as a whole."""

    def __init__(self, earlier=None):
        self.hello = None
        self.revision = earlier and earlier.revision
        self.compositor = earlier and earlier.compositor
        self.compositors = earlier and earlier.compositors  # None: there is one
        self.cameras = dict(earlier.cameras) if earlier else {}
        self.windows = dict(earlier.windows) if earlier else {}
        self.tiles = dict(earlier.tiles) if earlier and earlier.tiles is not None else {}  # None: too many to be told
        self.commits = 0
        self.whole = True  # else a subscription leaves out windows, which may come back
        self.closed_windows = set()
        self._next = None  # (revision, cameras, windows, compositor) of a group that is not complete

    def rewind(self, revision):
        """Forgets that it is further than this revision; the states that it has are newer."""
        self.revision = revision

    def apply(self, message):
        """True if the message completed a commit."""
        kind = message["type"]
        if kind == "Hello":
            first = self.hello is None and self.commits == 0
            assert first or self.hello["grants"] != message["grants"], "Hello is the first message, and comes again only with other grants"
            self.hello = message
            return False
        if self.hello is None and (kind == "Ack" or message.get("code") in ("unauthorized", "rate_limited")):
            return False  # before a token was shown, and the answer to that
        assert self.hello is not None, f"{kind} before Hello"
        if kind in ("Snapshot", "CompositorUpdate"):
            self.compositors = message.get("compositors", self.compositors)
        if kind == "Snapshot":
            assert self._next is None, "a Snapshot inside a group"
            assert self.revision is None or message["revision"] >= self.revision
            self.tiles = message["tiles"]
            self._commit(
                message["revision"],
                {camera["name"]: camera for camera in message["cameras"]},
                {window["id"]: window for window in message["windows"]},
                message["compositor"],
            )
            return True
        if kind not in ("CompositorUpdate", "CameraUpdate", "WindowUpdate", "ManifestUpdate"):
            return False
        assert self.revision is not None, f"{kind} before the Snapshot"
        if self._next is None:
            assert message["revision"] > self.revision, f"revision {message['revision']} after {self.revision}"
            self._next = [message["revision"], dict(self.cameras), dict(self.windows), self.compositor]
        assert message["revision"] == self._next[0], "messages of one group have one revision"
        self._change(message)
        if message.get("more"):
            return False
        self._commit(*self._next)
        return True

    def _change(self, message):
        _, cameras, windows, _ = self._next
        if message["type"] == "ManifestUpdate":
            self._change_tiles(message["tiles"])
        elif message["type"] == "CompositorUpdate":
            self._next[3] = message["compositor"]
            if not message["compositor"]["connected"]:
                cameras.clear()
                windows.clear()
        elif message["type"] == "CameraUpdate":
            for name in message["removed"]:
                cameras.pop(name, None)
            cameras.update((camera["name"], camera) for camera in message["cameras"])
        else:
            for number in message["removed"]:
                windows.pop(number, None)
            windows.update((window["id"], window) for window in message["windows"])

    def _change_tiles(self, changes):
        if changes is None or self.tiles is None:
            self.tiles = None
            return
        for cell, tile in changes.items():
            if tile is None:
                self.tiles.pop(cell, None)
            else:
                assert cell not in self.tiles or tile["timestamp"] > self.tiles[cell]["timestamp"] or tile == self.tiles[cell]
                self.tiles[cell] = tile

    def _commit(self, revision, cameras, windows, compositor):
        self._check_whole(cameras, windows, compositor)
        if self.compositor and self.compositor["connected"] and compositor["connected"]:
            self.closed_windows |= set(self.windows) - set(windows)
            back = self.closed_windows & set(windows) if self.whole else set()
            assert not back, f"windows {back} came back after they were closed"
        else:
            self.closed_windows = set()
        self.revision, self.cameras, self.windows, self.compositor = revision, cameras, windows, compositor
        self.commits += 1
        self._next = None

    @staticmethod
    def _check_whole(cameras, windows, compositor):
        """What holds in every state that a compositor commits."""
        if not compositor["connected"]:
            assert not cameras and not windows, "a world without a compositor is empty"
        stacking = [window["stacking"] for window in windows.values()]
        assert len(set(stacking)) == len(stacking), f"two windows at one place of the stack: {sorted(stacking)}"
        for window in windows.values():
            assert window["parent"] is None or window["parent"] in windows, f"parent of {window} is not there"
            assert (window["space"] == "screen") == (window["screen"] is not None), f"{window['space']}: {window}"
            if window["screen"] and window["screen"]["camera"] is not None:
                assert window["screen"]["camera"] in cameras, f"camera of {window} is not there"


_WINDOW = ("appId", "title", "pid", "x", "y", "width", "height", "space", "stacking", "parent", "states")
_CAMERA = ("x", "y", "zoom", "target", "viewport", "zoomRange", "locked")


def same(truth, seen):
    """Equal up to the steps of the wire; sets of states in any order."""
    if isinstance(truth, dict):
        return isinstance(seen, dict) and truth.keys() == seen.keys() and all(same(truth[k], seen[k]) for k in truth)
    if isinstance(truth, list):
        return isinstance(seen, list) and sorted(truth) == sorted(seen)
    if isinstance(truth, (int, float)) and not isinstance(truth, bool) and isinstance(seen, (int, float)):
        return abs(truth - seen) <= STEP
    return truth == seen


def differences(state, world):
    """Where the compositor's own state and a client's world differ, in words; empty if nowhere."""
    found = []
    for what, key, members, truth, seen in (
        ("window", "id", _WINDOW, state["windows"], world.windows),
        ("camera", "name", _CAMERA, state["cameras"], world.cameras),
    ):
        truth = {item[key]: item for item in truth}
        found += [f"{what} {name} is missing" for name in truth.keys() - seen.keys()]
        found += [f"{what} {name} is too many" for name in seen.keys() - truth.keys()]
        for name in truth.keys() & seen.keys():
            for member in members:
                if not same(truth[name][member], seen[name][member]):
                    found.append(f"{what} {name}: {member} is {truth[name][member]!r}, seen as {seen[name][member]!r}")
    return found
