"""While nothing happens compositord sleeps: no polling, no talk. What is tried again, such as a bus that is not there, is
tried more and more seldom."""

import time

from bed.program import switches
from bed.waiting import eventually

SECONDS = 3


def quiet(pid):
    before = switches(pid)
    time.sleep(SECONDS)  # what is measured is that nothing happens meanwhile
    return switches(pid) == before


def test_nothing_wakes_it_with_a_compositor_and_a_page_that_looks_on(bed, compositor):
    daemon = bed.daemon(compositor, options=("--no-bus",))
    windows = bed.windows(compositor)
    windows.open(1, title="still")
    page = daemon.page().ready()
    page.wait(lambda p: p.world.windows)
    # What was just done may have something to follow; after that there is a time in which nothing does.
    eventually(lambda: quiet(daemon.pid), "a time without a wake-up", deadline=30)
