"""Waiting for something to happen, always with a deadline."""

import os
import time

# A sanitized program on a busy machine is several times slower; only failures ever wait this long.
DEADLINE = float(os.environ.get("BED_DEADLINE", "20"))


def eventually(check, what, deadline=None, every=0.02):
    """The first true value of check(), asked again and again: for what sends no event, such as /proc."""
    deadline = DEADLINE if deadline is None else deadline
    end = time.monotonic() + deadline
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {deadline:g} s")
        time.sleep(every)
