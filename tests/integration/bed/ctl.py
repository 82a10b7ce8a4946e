"""compositorctl, run to its end."""

import json
import subprocess

from .paths import COMPOSITORD

CTL = COMPOSITORD.parent / "compositorctl"
DONE, FAILED, USAGE, ABSENT, CANCELLED = 0, 1, 2, 3, 130


class Ctl:
    def __init__(self, env, *options):
        self.env = env
        self.options = [str(option) for option in options]

    def __call__(self, *words, status=DONE, **options):
        argv = [CTL, *(str(word) for word in words), *self.options]
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=60, check=False, **options)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    def json(self, *words, **options):
        """What it prints, a value for each line."""
        return lines(self(*words, "--json", **options).stdout)


def lines(text):
    return [json.loads(line) for line in text.splitlines()]
