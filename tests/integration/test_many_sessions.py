"""A hundred sessions at once, a thousand chunks a second in all: nothing is lost or out of order, and memory is bounded."""

from pathlib import Path

from bed.paths import SANITIZED
from bed.program import resident_kib
from bed.sessions import pipeline
from test_sessions import events, spawn

SESSIONS = 100
LINES = 40
# Ten lines a second; perl is in every Debian, and small.
CHATTER = f'$| = 1; select(undef, undef, undef, 0.05) until -e $ARGV[0]; for (1..{LINES}) {{ print "line $_\\n"; select(undef, undef, undef, 0.1) }}'


class Ends:
    """How many tasks have ended; looks at each message once."""

    def __init__(self, start):
        self._next, self._ended = start, 0

    def count(self, page):
        new, self._next = page.messages[self._next :], len(page.messages)
        self._ended += sum(m["type"] == "SessionEvent" and m["event"] == "task_ended" for m in new)
        return self._ended


def test_each_is_told_whole_and_in_order_to_who_follows_all_of_them(bed, compositor):
    gate = Path(bed.directory) / "gate"
    pipeline(bed, "chatter", ["perl", "-e", CHATTER, "{gate}"], parameters={"gate": {"description": "what it waits for"}})
    daemon = bed.daemon(compositor, options=("--sessions-at-once", str(SESSIONS)))
    page = daemon.page().ready()
    page.do("FollowSession")
    first = spawn(page, "chatter", task="alone", parameters={"gate": "/dev/null"})
    page.wait(lambda p: any(e["event"] == "task_ended" for e in events(p, first)))
    before = resident_kib(daemon.pid)

    seen = page.count()
    sessions = [spawn(page, "chatter", task=f"chatter {i}", parameters={"gate": str(gate)}) for i in range(SESSIONS)]
    ends = Ends(seen)
    gate.touch()
    page.wait(lambda p: ends.count(p) == SESSIONS, "all have ended", deadline=90)
    for session in sessions:
        happened = events(page, session)
        assert [e["sequence"] for e in happened] == list(range(1, len(happened) + 1))
        text = "".join(e["text"] for e in happened if e["event"] == "output" and e["kind"] == "text")
        assert text == "".join(f"line {i}\n" for i in range(1, LINES + 1))
        assert happened[-1]["outcome"] == "completed"
    # What is kept of a hundred sessions, their processes' pipes, and what the allocator holds.
    assert SANITIZED or resident_kib(daemon.pid) - before < 64 * 1024
    daemon.close_pages()
