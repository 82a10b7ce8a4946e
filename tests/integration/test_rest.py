"""While nothing happens compositord sleeps: no timer, no polling, no talk."""

import time

from bed.program import switches
from bed.waiting import eventually

SECONDS = 4


def quiet(pid, seconds=SECONDS):
    before = switches(pid)
    time.sleep(seconds)  # what is measured is that nothing happens meanwhile
    return switches(pid) == before


def test_nothing_wakes_it_with_a_compositor_and_a_page_that_looks_on(bed, compositor, daemon):
    windows = bed.windows(compositor)
    windows.open(1, title="still")
    page = daemon.page().ready()
    page.wait(lambda p: p.world.windows)
    # What was just done may have something to follow; after that there is a time in which nothing does.
    eventually(lambda: quiet(daemon.pid), "a time without a wake-up", deadline=15)


def test_nothing_wakes_it_while_it_waits_for_a_compositor(bed):
    daemon = bed.daemon(display="wayland-none")
    eventually(lambda: quiet(daemon.pid, 2), "a time without a wake-up", deadline=15)
