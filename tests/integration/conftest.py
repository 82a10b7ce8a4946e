"""Fixtures: each test has its own runtime directory, compositor, daemon and ports, and leaves nothing behind."""

import itertools
import os
import shutil
import tempfile

import pytest

from bed.compositor import Compositor, TestWindow
from bed.daemon import Companion, Daemon, command
from bed.paths import COMPOSITOR, COMPOSITORD, TEST_WINDOW
from bed.program import Program, assert_none_left, descriptors
from bed.waiting import eventually


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.timeout(240))


class Bed:
    """Starts programs with a private environment; ends them, latest first, when the test is over."""

    def __init__(self, directory):
        self.directory = directory
        self.marker = f"XDG_RUNTIME_DIR={directory}"
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": directory,
            "XDG_RUNTIME_DIR": directory,
            "LANG": "C.UTF-8",
            "SHELL": "/bin/sh",
            "RUST_BACKTRACE": "1",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self._programs = []

    def compositor(self, *, companion=False, port=0, allow=True, companion_words=None, **options):
        started = Compositor(
            self.env,
            companion=companion_words or (command(port) if companion else None),
            allow=[COMPOSITORD] if allow else [],
            **options,
        )
        self._programs.append(started)
        return started

    def daemon(self, compositor=None, **options):
        display = options.pop("display", compositor and compositor.display)
        started = Daemon(self.env, display=self._display_for_one_more(display), **options)
        self._programs.append(started)
        return started

    def _display_for_one_more(self, display):
        """There is one daemon per name of a display: a further one that a test wants beside it has another name for it."""
        names = [each.display for each in self._programs if isinstance(each, Daemon) and each.running]
        if not display or "/" in display or display not in names:
            return display
        other = next(name for number in itertools.count(2) if not os.path.lexists(f"{self.directory}/{(name := f'{display}-{number}')}"))
        os.symlink(display, f"{self.directory}/{other}")
        return other

    def windows(self, compositor):
        started = TestWindow(self.env, compositor.display)
        self._programs.append(started)
        return started

    def run(self, *argv, display=None, **options):
        started = Program(argv, {**self.env, **({"WAYLAND_DISPLAY": display} if display else {})}, **options)
        self._programs.append(started)
        return started

    def forget(self, program):
        """For a program that the test has ended itself."""
        self._programs.remove(program)
        if isinstance(program, Compositor):
            program.release()

    def end(self):
        """Ends everything, and raises the first of what went wrong only after that."""
        failures = []
        while self._programs:
            program = self._programs.pop()
            for step in (getattr(program, "close_pages", None), program.stop):
                try:
                    if step and program.running:
                        step()
                except Exception as failure:  # whatever it is, the others must be ended too
                    failures.append(failure)
            if program.running:
                program.kill()
            if isinstance(program, Compositor):
                program.release()
        try:
            assert_none_left(self.marker)
        except AssertionError as failure:
            failures.append(failure)
        shutil.rmtree(self.directory, ignore_errors=True)
        if failures:
            raise failures[0]


@pytest.fixture(scope="session", autouse=True)
def programs():
    missing = [str(program) for program in (COMPOSITORD, COMPOSITOR, TEST_WINDOW) if not os.access(program, os.X_OK)]
    assert not missing, f"not built: {', '.join(missing)}; run ./dev build"


def new_bed():
    return Bed(tempfile.mkdtemp(prefix="cbed-", dir="/tmp"))  # short: socket paths end at 107 bytes; mode is 0700


@pytest.fixture
def bed():
    made = new_bed()
    yield made
    made.end()


@pytest.fixture(scope="module")
def shared_bed():
    """For tests that leave their programs as they were."""
    made = new_bed()
    yield made
    made.end()


@pytest.fixture
def compositor(bed):
    return bed.compositor()


@pytest.fixture
def daemon(bed, compositor):
    """compositord, connected; when its pages are closed it must hold no more descriptors than before them."""
    started = bed.daemon(compositor)
    page = started.page().ready()
    page.close()
    started.pages.remove(page)

    def count():
        return len(descriptors(started.pid))

    baseline = count()  # at most one more than idle: the closed connection may still be going
    yield started
    started.close_pages()
    if started.running and compositor.running:
        eventually(lambda: count() <= baseline, f"descriptors back at {baseline}: {descriptors(started.pid)}", 5)


@pytest.fixture
def page(daemon):
    return daemon.page().ready()


@pytest.fixture
def companion(bed):
    """compositord as the compositor's companion."""
    started = Companion(bed.compositor(companion=True, allow=False))
    yield started
    started.close_pages()
