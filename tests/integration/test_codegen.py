"""Tasks of OpenSpec changes, from unticked to ticked: the model is scripted (bed/model.py); git, node, the sandbox and
the daemon are real."""

import pytest

from bed.codegen import Project, start, wait_until_clean
from bed.daemon import free_port
from bed.model import ModelServer, Silence, Stream, says
from bed.waiting import eventually
from test_sessions import events, list_sessions, spawn, wait_for_end

GOOD = "```js path=a.js\nexport const a = 2;\n```\n"
BAD = "```js path=a.js\nexport const a = = 2;\n```\n"
THREE = "```js path=b.js\nexport const b = 3;\n```\n"
FIRST = "project/add-two/1.1"
SECOND = "project/add-two/1.2"
BRANCH = "compositord/add-two"


@pytest.fixture
def project(bed):
    return Project(bed)


@pytest.fixture
def model():
    servers = []

    def answers(*list_of_answers):
        servers.append(ModelServer(*list_of_answers))
        return servers[-1]

    yield answers
    for server in servers:
        server.close()


def run(page, task):
    return spawn(page, "codegen", task="by hand", parameters={"id": task})


def wait_for_choices(page, session, count=1):
    def offered(p):
        found = [m for m in events(p, session) if m["event"] == "choices"]
        return len(found) >= count and found[-1]

    return [choice["id"] for choice in page.wait(offered, "something to choose")["choices"]]


def test_a_task_is_run_reviewed_applied_and_ticked(bed, project, model):
    server = model(says(BAD), says(GOOD), says(THREE))
    page = start(bed, project, server).page()
    session = run(page, FIRST)
    assert wait_for_choices(page, session) == ["review", "apply", "discard"]
    assert "- [ ] 1.1" in project.tasks.read_text() and project.git("branch", "--list", BRANCH) == ""
    prompt = server.requests[0]["body"]["messages"][1]["content"]
    for part in ("1.1 Make `a.js` export a 2", "keep it a constant", "export const a = 1;", "One is not enough."):
        assert part in prompt
    page.do("ChooseSession", session=session, choice="review")
    wait_for_choices(page, session, 2)
    text = "".join(m["text"] for m in events(page, session) if m["event"] == "output" and m["kind"] == "text")
    assert text.count("-export const a = 1;\n+export const a = 2;\n") == 2
    page.do("ChooseSession", session=session, choice="apply")
    end = wait_for_end(page, session)
    commit = project.git("rev-parse", BRANCH).strip()
    assert end["outcome"] == "completed" and commit in end["result"], end
    assert project.tasks.read_text().count("- [x] 1.1") == 1 and project.tasks.read_text().count("- [ ] 1.2") == 1
    assert project.git("show", f"{BRANCH}:a.js") == "export const a = 2;\n"
    (proof,) = project.evidence()
    assert proof["commit"] == commit and proof["model"] == "scripted" and proof["task"] == "Make `a.js` export a 2"
    assert [(check["name"], check["status"]) for check in proof["checks"]] == [("node --check", 0)]
    assert (project.folder / "a.js").read_text() == "export const a = 1;\n"  # the user's tree is not on that branch

    # The next one goes on where that one ended.
    session = run(page, SECOND)
    wait_for_choices(page, session)
    page.do("ChooseSession", session=session, choice="apply")
    assert wait_for_end(page, session)["outcome"] == "completed"
    assert project.git("show", f"{BRANCH}:a.js", f"{BRANCH}:b.js") == "export const a = 2;\nexport const b = 3;\n"
    wait_until_clean(bed)


def test_what_is_discarded_leaves_nothing_and_may_be_run_again(bed, project, model):
    page = start(bed, project, model(says(GOOD), says(GOOD))).page()
    for _ in range(2):
        session = run(page, FIRST)
        wait_for_choices(page, session)
        page.do("ChooseSession", session=session, choice="discard")
        end = wait_for_end(page, session)
        assert end["outcome"] == "completed" and end["result"] == "discarded", end
    assert project.git("status", "--porcelain") == "" and project.git("branch", "--list", BRANCH) == ""


def test_what_is_never_right_ticks_nothing_and_says_why(bed, project, model):
    page = start(bed, project, model(*[says(BAD)] * 4)).page()
    end = wait_for_end(page, run(page, FIRST))
    assert end["outcome"] == "failed" and "SyntaxError" in end["error"], end
    assert project.git("status", "--porcelain") == ""
    wait_until_clean(bed)


def test_the_model_cannot_tick_its_own_task(bed, project, model):
    tick = "```md path=openspec/changes/add-two/tasks.md\n- [x] 1.1 Make `a.js` export a 2\n```\n"
    server = model(says(tick + GOOD), says(GOOD))
    page = start(bed, project, server).page()
    session = run(page, FIRST)
    wait_for_choices(page, session)
    assert "not yours to change" in server.requests[1]["body"]["messages"][-1]["content"]
    assert "- [ ] 1.1" in project.tasks.read_text()


def test_a_task_that_was_edited_meanwhile_is_not_ticked(bed, project, model):
    page = start(bed, project, model(says(GOOD))).page()
    session = run(page, FIRST)
    wait_for_choices(page, session)
    project.tasks.write_text("Another line.\n" + project.tasks.read_text())
    page.do("ChooseSession", session=session, choice="apply")
    wait_for_choices(page, session, 2)
    said = "".join(m["text"] for m in events(page, session) if m["event"] == "output" and m["kind"] == "diagnostic")
    assert "changed or moved" in said
    assert project.git("branch", "--list", BRANCH) == "" and "[x] 1.1" not in project.tasks.read_text()


def test_a_task_that_is_done_or_unknown_or_worked_on_is_refused(bed, project, model):
    page = start(bed, project, model(Silence())).page()
    assert "it is done" in wait_for_end(page, run(page, "project/add-two/1.3"))["error"]
    assert "no such task" in wait_for_end(page, run(page, "project/add-two/9.9"))["error"]
    session = run(page, FIRST)
    page.wait(lambda p: [m for m in events(p, session) if m["event"] == "step_started"], "its first step")
    assert "it is being worked on" in wait_for_end(page, run(page, FIRST))["error"]
    assert f"{FIRST} of the same change is being worked on" in wait_for_end(page, run(page, SECOND))["error"]
    page.do("CancelSession", session=session)
    assert wait_for_end(page, session)["outcome"] == "cancelled"
    wait_until_clean(bed)


def test_changes_that_wait_for_review_survive_kill_and_restart(bed, project, model):
    port = free_port()
    server = model(says(GOOD))
    daemon = start(bed, project, server, port=port)
    page = daemon.page()
    wait_for_choices(page, run(page, FIRST))
    daemon.kill()
    daemon.close_pages()
    bed.forget(daemon)
    page = start(bed, project, server, port=port).page()
    wait_until_clean(bed)
    end = wait_for_end(page, run(page, SECOND))
    assert f"{FIRST} of the same change waits for review" in end["error"], end


def test_a_task_that_was_cut_off_is_free_again(bed, project, model):
    port = free_port()
    server = model(Silence(), says(GOOD))
    daemon = start(bed, project, server, port=port)
    page = daemon.page()
    run(page, FIRST)
    server.wait_for_requests(1)
    daemon.kill()
    daemon.close_pages()
    bed.forget(daemon)
    page = start(bed, project, server, port=port).page()
    wait_until_clean(bed)
    assert project.git("worktree", "list").count("\n") == 1
    wait_for_choices(page, run(page, FIRST))


def test_auto_does_all_tasks_one_after_the_other(bed, project, model):
    server = model(says(GOOD), says(THREE))
    page = start(bed, project, server, "--codegen-policy", "auto").page()
    eventually(lambda: "[ ]" not in project.tasks.read_text(), "all to be ticked", 60)
    eventually(lambda: all(s["state"] == "completed" for s in list_sessions(page)["sessions"]), "the sessions to end")
    assert len(project.evidence()) == 2
    assert project.git("log", "--format=%s", f"work..{BRANCH}").splitlines() == ["add-two: Add `b.js` that exports a 3", "add-two: Make `a.js` export a 2"]
    # A task that comes is noticed.
    server.answers.append(Stream(*says("```js path=c.js\nexport const c = 4;\n```\n")))
    project.tasks.write_text(project.tasks.read_text() + "- [ ] 1.4 Add `c.js`\n")
    eventually(lambda: "- [x] 1.4" in project.tasks.read_text(), "the new one to be ticked", 60)


def test_auto_cools_down_when_one_fails_after_the_other(bed, project, model):
    server = model(*[says("No.")] * 9)
    page = start(bed, project, server, "--codegen-policy", "auto", "--codegen-failures", "1").page()
    eventually(lambda: [s for s in list_sessions(page)["sessions"] if s["state"] == "failed"], "one to fail")
    asked = len(server.requests)
    assert page.ask("Ping")["type"] == "Pong"
    assert len(server.requests) == asked and len(list_sessions(page)["sessions"]) == 1
    assert project.git("status", "--porcelain") == ""


def test_into_the_files_of_the_repository(bed, project, model):
    page = start(bed, project, model(says(GOOD)), "--codegen-place", "tree").page()
    session = run(page, FIRST)
    wait_for_choices(page, session)
    page.do("ChooseSession", session=session, choice="apply")
    assert wait_for_end(page, session)["outcome"] == "completed"
    assert (project.folder / "a.js").read_text() == "export const a = 2;\n"
    assert "- [x] 1.1" in project.tasks.read_text()


def test_what_somebody_cancels_is_not_begun_again(bed, model):
    project = Project(bed, tasks="- [ ] 1.1 Make `a.js` export a 2\n")
    server = model(Silence(), says(GOOD))
    page = start(bed, project, server, "--codegen-policy", "auto").page()
    server.wait_for_requests(1)
    (session,) = list_sessions(page)["sessions"]
    page.do("CancelSession", session=session["id"])
    eventually(lambda: list_sessions(page)["sessions"][0]["state"] == "cancelled", "it to be cancelled")
    assert page.ask("Ping")["type"] == "Pong"
    assert len(list_sessions(page)["sessions"]) == 1
    assert run(page, FIRST)  # by hand it is
    server.wait_for_requests(2)
