"""The daemon is killed in the midst of a task, at each stage that can be seen from outside: after the next start nothing is
half done, the task is free, and what was made on the way is gone."""

import os
import signal
import stat
import threading

import pytest

from bed.codegen import Project, start, wait_until_clean
from bed.model import After, ModelServer, Stream, calls, delta, says
from test_codegen import BRANCH, FIRST, GOOD, run, wait_for_choices
from test_sessions import events, wait_for_end

# Stands before the real git: when the daemon runs the command that the test wrote down, the daemon is killed, before git
# has done it or after.
GIT = """#!/bin/sh
if [ -e "$HOME/kill-at" ] && read -r when words < "$HOME/kill-at"; then
  case " $* " in *" $words "*)
    rm "$HOME/kill-at"
    [ "$when" = before ] || /usr/bin/git "$@" > /dev/null
    kill -9 "$(cat "$HOME/daemon")"
    exit 1 ;;
  esac
fi
exec /usr/bin/git "$@"
"""


class Killed:
    """A daemon that will be, and its successor."""

    def __init__(self, bed, project, server, *options):
        self.bed, self.project, self.server, self.options = bed, project, server, options
        folder = project.folder.parent / "bin"
        folder.mkdir()
        (folder / "git").write_text(GIT)
        (folder / "git").chmod(stat.S_IRWXU)
        self.env = {"PATH": f"{folder}:{os.environ['PATH']}"}
        self.daemon = start(bed, project, server, *options, extra_env=self.env)
        (project.folder.parent / "daemon").write_text(str(self.daemon.pid))
        self.page = self.daemon.page()

    def at(self, when, words):
        (self.project.folder.parent / "kill-at").write_text(f"{when} {words}\n")

    def kill(self):
        os.kill(self.daemon.pid, signal.SIGKILL)

    def successor(self):
        self.daemon.process.wait(60)
        assert not (self.project.folder.parent / "kill-at").exists()
        self.daemon.close_pages()
        self.bed.forget(self.daemon)
        self.daemon = start(self.bed, self.project, self.server, extra_env=self.env)
        wait_until_clean(self.bed)
        assert self.project.git("worktree", "list").count("\n") == 1
        assert not (self.project.folder / ".git/index.lock").exists()
        return self.daemon.page()


@pytest.fixture
def project(bed):
    return Project(bed)


@pytest.fixture
def model():
    server = ModelServer()
    yield server
    server.close()


def is_whole(project):
    """Whether the task is done, wholly, or not at all; an error if it is neither."""
    done = "- [x] 1.1" in project.tasks.read_text()
    assert bool(project.git("branch", "--list", BRANCH)) == done
    assert len(project.evidence()) == done
    assert (project.folder / "a.js").read_text() == "export const a = 1;\n"
    if done:
        assert project.git("show", f"{BRANCH}:a.js") == "export const a = 2;\n"
    else:
        assert "- [ ] 1.1" in project.tasks.read_text() and project.git("status", "--porcelain") == ""
    return done


def do_it(page):
    session = run(page, FIRST)
    wait_for_choices(page, session)
    page.do("ChooseSession", session=session, choice="apply")
    assert wait_for_end(page, session)["outcome"] == "completed"


OF_GIT = {"making the tree": ("before", "worktree add"), "having made the tree": ("after", "worktree add"), "proving": ("before", "diff")}


@pytest.mark.parametrize("stage", ["making the tree", "having made the tree", "asking", "answering", "tools", "writing", "checking", "proving"])
def test_a_task_is_free_again(bed, project, model, stage):
    options = ["--codegen-check", "*.js: sleep 1000"] if stage == "checking" else []
    killed = Killed(bed, project, model, *options)
    write = calls(("c1", "write_file", {"path": "a.js", "content": "half"}))
    answers = {
        "asking": [After(killed.kill, Stream(threading.Event()))],
        "answering": [Stream(delta(content=GOOD), threading.Event())],
        "tools": [Stream(*write), After(killed.kill, Stream(threading.Event()))],
        "writing": [Stream(*says(GOOD.replace("2", "= 2"))), After(killed.kill, Stream(threading.Event()))],
    }
    model.answers = answers.get(stage, [Stream(*says(GOOD))])
    if stage in OF_GIT:
        killed.at(*OF_GIT[stage])
    session = run(killed.page, FIRST)
    seen = {"answering": "export const a = 2;", "checking": "running sleep"}.get(stage)
    if seen:
        killed.page.wait(lambda p: any(seen in m.get("text", "") for m in events(p, session)), seen)
        killed.kill()
    page = killed.successor()
    assert not is_whole(project)
    model.answers = [Stream(*says(GOOD))]
    do_it(page)
    assert is_whole(project)


@pytest.mark.parametrize("when, words", [("before", "hash-object"), ("before", "commit-tree"), ("after", "commit-tree"), ("before", "update-ref"), ("after", "update-ref")])
def test_what_is_being_applied_is_applied_or_not(bed, project, model, when, words):
    model.answers = [Stream(*says(GOOD))]
    killed = Killed(bed, project, model)
    session = run(killed.page, FIRST)
    wait_for_choices(killed.page, session)
    killed.at(when, words)
    killed.page.send({"type": "ChooseSession", "id": "last", "session": session, "choice": "apply"})
    page = killed.successor()
    done = is_whole(project)
    assert done == ((when, words) == ("after", "update-ref"))
    if not done:
        end = wait_for_end(page, run(page, FIRST))
        assert "review" in end["error"], end  # what was proven is not lost
