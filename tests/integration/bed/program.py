"""A running program: what it prints, how it ends, and what it must not leave behind."""

import ctypes
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from .waiting import DEADLINE, eventually

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_SANITIZER = re.compile(r"ERROR: (Address|Leak|Thread)Sanitizer|runtime error:|SUMMARY: .*Sanitizer|panicked at")


class Lines:
    """The lines of a stream, read by a thread of its own so that the program never waits for the test."""

    def __init__(self, stream):
        self._lines = []
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        for line in stream:
            with self._changed:
                self._lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._changed.notify_all()
        stream.close()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def __len__(self):
        with self._changed:
            return len(self._lines)

    def text(self):
        with self._changed:
            return "\n".join(self._lines)

    def wait(self, find, what=None, start=0, deadline=DEADLINE):
        """The first true find(line) from line number start on; find may be a pattern to search for."""
        if isinstance(find, str):
            what, find = what or f"a line with {find!r}", re.compile(find).search
        end = time.monotonic() + deadline
        with self._changed:
            while True:
                while start < len(self._lines):
                    found = find(self._lines[start])
                    if found:
                        return found
                    start += 1
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    raise AssertionError(f"{what}: not printed; the last lines were\n" + "\n".join(self._lines[-30:]))
                self._changed.wait(left)

    def count(self, words):
        """How often words were printed, once they were."""
        self.wait(lambda line: words in line, f"a line with {words!r}")
        return self.text().count(words)

    def join(self):
        self._thread.join(DEADLINE)


def _die_with_the_test():
    """Run in the child: a test that is killed leaves no programs either."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Program:
    """A program with its output captured; stop() is the check that it ends well."""

    def __init__(self, argv, env, *, pass_fds=(), stdin=None):
        self.argv = [str(word) for word in argv]
        self.process = subprocess.Popen(
            self.argv,
            env=env,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=pass_fds,
            preexec_fn=_die_with_the_test,
        )
        self.out = Lines(self.process.stdout)
        self.err = Lines(self.process.stderr)

    @property
    def name(self):
        return os.path.basename(self.argv[0])

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process.poll() is None

    def write(self, text):
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            self.err.join()
            raise AssertionError(f"{self.name} has ended\n{self.tail()}") from None

    def kill(self):
        self.process.kill()
        self.process.wait(DEADLINE)

    def stop(self, within=DEADLINE, number=signal.SIGTERM):
        """Asks the program to end; returns the seconds that it took."""
        begin = time.monotonic()
        self.process.send_signal(number)
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within {within:g} s of signal {number}\n{self.tail()}") from None
        took = time.monotonic() - begin
        assert status == 0, f"{self.name} ended with status {status}\n{self.tail()}"
        self.check_clean()
        return took

    def check_clean(self):
        self.err.join()
        report = _SANITIZER.search(self.err.text())
        assert not report, f"{self.name} printed {report.group()!r}\n{self.tail(200)}"

    def tail(self, count=40):
        return "\n".join(self.err.text().splitlines()[-count:])


def descriptors(pid):
    """The open descriptors of a process: number -> what it is."""
    found = {}
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found[int(entry.name)] = os.readlink(entry)
        except FileNotFoundError:
            pass
    return found


def close_on_exec(pid, descriptor):
    for line in Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text().splitlines():
        if line.startswith("flags:"):
            return bool(int(line.split()[1], 8) & os.O_CLOEXEC)
    raise AssertionError(f"no flags of descriptor {descriptor} of {pid}")


def kib(pid, what):
    """A line of /proc/PID/status, such as VmRSS."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1])
    raise AssertionError(f"no {what} of {pid}")


def resident_kib(pid):
    return kib(pid, "VmRSS")


def alive(pid):
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def processes_with(marker):
    """Processes whose environment has this NAME=value, as pid -> command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if marker.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                pass
    return found


def assert_none_left(marker):
    """No process with this mark may outlive its test; what does is ended, and named."""
    try:
        eventually(lambda: not processes_with(marker), "all processes ended", deadline=5)
    except AssertionError:
        left = processes_with(marker)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        raise AssertionError(f"processes left behind: {left}") from None


def switches(pid):
    """How often the threads of a process have gone to sleep and been woken since they began."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                total += int(line.split()[1])
    return total
