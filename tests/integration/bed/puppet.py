"""Sessions that do what the test says: their only step reads lines of events from a FIFO."""

import errno
import json
import os
from pathlib import Path

from .waiting import eventually


class Puppet:
    """Where one session's events come from."""

    def __init__(self, path):
        self.path = str(path)
        os.mkfifo(self.path)
        self._pipe = None

    def _open(self):
        try:
            return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:  # nobody reads yet
                raise
            return None

    def start(self):
        """Waits until the session's step runs."""
        self._pipe = eventually(self._open, f"a session that reads {self.path}")
        os.set_blocking(self._pipe, True)
        return self

    def tell(self, **event):
        os.write(self._pipe, (json.dumps(event) + "\n").encode())

    def end(self):
        """The step, and with it the task, is done."""
        os.close(self._pipe)
        self._pipe = None


class Puppets:
    """A folder of pipelines: puppet, which ends well, broken, which fails at its end, and loud, which prints a lot."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self._count = 0
        self.folder = self.directory / "pipelines"
        self.folder.mkdir()
        fifo = {"fifo": {"description": "where its events come from"}}
        self.add("puppet", {"description": "does what it is told", "parameters": fifo}, ["cat", "--", "{fifo}"])
        self.add("broken", {"parameters": fifo}, ["sh", "-c", 'cat -- "$2"; exit 3', "sh", "--", "{fifo}"])
        self.add("loud", {}, ["seq", "-f", "%.0f", "1", "400000"])

    def add(self, name, pipeline, command):
        step = {"name": "only", "command": command, "output": "text" if name == "loud" else "events"}
        (self.folder / f"{name}.json").write_text(json.dumps({**pipeline, "steps": [step]}))

    @property
    def options(self):
        return ["--pipelines", str(self.folder)]

    def new(self):
        self._count += 1
        return Puppet(self.directory / f"puppet{self._count}")
