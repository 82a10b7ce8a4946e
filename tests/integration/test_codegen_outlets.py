"""The tasks of code generation over HTTP, WebSocket and D-Bus, and from the command line; only the model is scripted."""

import contextlib
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from bed.bus import CODEGEN, MANAGER, NAME, ROOT, BusClient, BusDaemon, BusError
from bed.codegen import Project, start
from bed.ctl import CTL, Ctl
from bed.http import fetch, metric
from bed.model import ModelServer, Silence, says
from bed.notifications import ScriptedServer
from bed.sessions import Http
from bed.waiting import eventually
from bed.world import check_schema
from bed.paths import ROOT as SOURCE
from test_bus import XML, interfaces

GOOD = "```js path=a.js\nexport const a = 2;\n```\n"
BAD = "```js path=a.js\nexport const a = = 2;\n```\n"
FIRST = "project/add-two/1.1"
TASKS = "/api/v1/codegen/tasks/"


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


def news(page, task=FIRST, start=0):
    """How the task stood, as the page was told."""
    return [each for message in page.messages[start:] if message["type"] == "CodegenUpdate" for each in message["tasks"] if each["id"] == task]


def wait_for_state(page, state, task=FIRST):
    return page.wait(lambda p: next((each for each in news(p, task) if each["state"] == state), None), f"{task} to be {state}")


def ask(page, kind, **members):
    start = page.count()
    page.send({"type": kind, "id": f"{kind}-{start}", **members})
    return page.wait(lambda p: next((m for m in p.messages[start:] if m.get("id") == f"{kind}-{start}"), None), f"an answer to {kind}")


def answered(page, kind, **members):
    answer = ask(page, kind, **members)
    assert answer["type"] != "Error", answer
    check_schema(answer)
    return answer


def test_a_task_is_run_looked_at_and_applied_over_a_websocket(bed, project, model):
    daemon = start(bed, project, model(says(GOOD), says(GOOD)))
    page, onlooker = daemon.page(), daemon.page()
    listed = answered(page, "ListCodegen")
    assert {**answered(page, "FollowCodegen"), "id": listed["id"]} == listed
    assert listed["status"]["enabled"] and listed["status"]["policy"] == "manual" and listed["status"]["repositories"] == [str(project.folder)]
    assert [(each["name"], each["tasks"], each["done"]) for each in listed["changes"]] == [("add-two", 3, 1)]
    assert [each["state"] for each in listed["tasks"]] == ["open", "open", "done"]
    task = answered(page, "RunCodegen", task=FIRST)["task"]
    assert task["state"] == "queued" and task["session"]
    wait_for_state(page, "review")
    details = answered(page, "ShowCodegen", task=FIRST)
    assert "-export const a = 1;\n+export const a = 2;\n" in details["diff"] and not details["cut"] and details["files"] == ["a.js"]
    assert [(check["name"], check["status"]) for check in details["checks"]] == [("node --check", 0)]
    assert answered(page, "ApplyCodegen", task=FIRST)["task"]["state"] == "applied"
    applied = wait_for_state(page, "applied")
    assert applied["branch"] == "compositord/add-two" and applied["commit"]
    reload = onlooker.wait_for_message(type="ReloadUpdate")
    assert (reload["task"], reload["branch"], reload["paths"]) == (FIRST, "compositord/add-two", ["a.js"]), "also to who asked for nothing"
    assert '"commit"' in answered(page, "ShowCodegen", task=FIRST)["evidence"]
    assert answered(page, "RevertCodegen", task=FIRST)["task"]["state"] == "open"
    assert "- [ ] 1.1" in project.tasks.read_text()
    (report,) = answered(page, "ReportCodegen")["models"]
    assert report["model"] == "scripted" and (report["runs"], report["proven"], report["applied"], report["reverted"]) == (1, 1, 1, 1)
    start_again = page.count()
    answered(page, "RunCodegen", task=FIRST)
    page.wait(lambda p: any(each["state"] == "review" for each in news(p, start=start_again)), "the second proposal")
    assert answered(page, "DiscardCodegen", task=FIRST)["type"] == "CodegenAnswer"
    page.wait(lambda p: news(p, start=start_again)[-1]["state"] == "open", "the task to be open")
    for message in page.messages:
        check_schema(message)
    assert not [m for m in onlooker.messages if m["type"] == "CodegenUpdate"]
    assert answered(page, "UnfollowCodegen")["type"] == "Ack"


def test_what_is_refused_says_why_and_who_may_not_is_told_so(bed, project, model):
    daemon = start(bed, project, model(Silence()))
    page = daemon.page()
    for kind, task, code in (
        ("ShowCodegen", "project/add-two/9.9", "not_found"),
        ("RunCodegen", "project/add-two/1.3", "busy"),
        ("ApplyCodegen", FIRST, "unsupported"),
        ("DiscardCodegen", FIRST, "unsupported"),
        ("RevertCodegen", FIRST, "unsupported"),
        ("ApplyCodegen", "", "invalid_member"),
    ):
        error = ask(page, kind, task=task)
        assert (error["type"], error["code"]) == ("Error", code), (kind, error)
        assert error["message"]
    daemon.close_pages()
    daemon.stop()
    bed.forget(daemon)
    looks = start(bed, project, model(), "--grant", "view")
    page = looks.page()
    for kind in ("ListCodegen", "FollowCodegen", "ReportCodegen"):
        assert ask(page, kind)["code"] == "forbidden"
    assert ask(page, "RunCodegen", task=FIRST)["code"] == "forbidden"
    assert fetch(looks.port, "/api/v1/codegen").status == 403


def test_the_same_over_http(bed, project, model):
    daemon = start(bed, project, model(says(GOOD), says(GOOD)))
    http = Http(daemon.port)
    listed = http.ask("GET", "/api/v1/codegen")
    assert listed.status == 200 and [each["id"] for each in listed.body["tasks"]] == [FIRST, "project/add-two/1.2", "project/add-two/1.3"]
    assert http.ask("GET", TASKS + "project/add-two/9.9").status == 404
    assert http.ask("POST", TASKS + "project/add-two/9.9/run").status == 404
    refused = http.ask("POST", TASKS + FIRST + "/apply")
    assert refused.status == 409 and refused.body["error"]
    assert http.ask("POST", TASKS + FIRST + "/sing").status == 404
    page = daemon.page()
    answered(page, "FollowCodegen")
    begun = http.ask("POST", TASKS + FIRST + "/run")
    assert begun.status == 201 and begun.headers["location"] == f"/api/v1/sessions/{begun.body['session']}"
    wait_for_state(page, "review")
    details = http.ask("GET", TASKS + FIRST)
    assert details.status == 200 and "+export const a = 2;" in details.body["diff"]
    assert http.ask("POST", TASKS + FIRST + "/discard").body["state"] in ("open", "running")  # its session ends
    page.wait(lambda p: news(p)[-1]["state"] == "open", "that it is open again")
    seen = page.count()
    assert http.ask("POST", TASKS + FIRST + "/run").status == 201
    page.wait(lambda p: [each for each in news(p, start=seen) if each["state"] == "review"], "the second review")
    assert http.ask("POST", TASKS + FIRST + "/apply").body["state"] == "applied"
    assert http.ask("POST", TASKS + FIRST + "/revert").body["state"] == "open"
    (report,) = http.ask("GET", "/api/v1/codegen/report").body["models"]
    assert (report["runs"], report["discarded"], report["applied"], report["reverted"]) == (2, 1, 1, 1)


def test_a_notification_opens_the_page_at_the_task_and_applies(bed, project, model):
    bus, tools = BusDaemon(bed.env), f"{bed.directory}/tools"
    bed._programs.append(bus)
    os.mkdir(tools)
    with open(f"{tools}/xdg-open", "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\necho "$@" >>{bed.directory}/opened\n')
    os.chmod(f"{tools}/xdg-open", 0o755)
    with contextlib.closing(ScriptedServer(bus)) as server:
        daemon = start(bed, project, model(says(GOOD)), extra_env={"PATH": f"{tools}:{os.environ['PATH']}"})
        page = daemon.page()
        answered(page, "FollowCodegen")
        answered(page, "RunCodegen", task=FIRST)
        question = server.wait(lambda each: "choose-apply" in each.actions, "the question")
        assert [question.actions[f"choose-{key}"] for key in ("review", "apply", "discard")] == ["Review", "Apply", "Discard"]
        server.act(question.id, "choose-review")
        opened = Path(bed.directory) / "opened"
        eventually(lambda: opened.exists() and opened.read_text(), "the page is opened")
        assert opened.read_text() == f"http://127.0.0.1:{daemon.port}/#codegen={FIRST}\n"
        again = server.wait(lambda each: "choose-apply" in each.actions and each.time > question.time and each.id != question.id, "the question again")
        server.act(again.id, "choose-apply")
        wait_for_state(page, "applied")


def test_the_same_on_the_bus(bed, project, model):
    bus = BusDaemon(bed.env)
    bed._programs.append(bus)
    daemon = start(bed, project, model(says(BAD), says(GOOD), says(GOOD)))
    with contextlib.closing(BusClient(bus)) as client:
        client.wait_for_name().listen(sender=NAME, interface=CODEGEN)
        found = interfaces(client.call(ROOT, "org.freedesktop.DBus.Introspectable", "Introspect"))
        assert found[CODEGEN] == interfaces(XML.read_text())[CODEGEN]
        values = lambda dictionary: {name: value for name, (_, value) in dictionary.items()}  # noqa: E731
        ask = lambda member, *arguments: client.call(ROOT, CODEGEN, member, "s", *arguments)  # noqa: E731
        assert client.get(ROOT, CODEGEN, "Enabled") and client.get(ROOT, CODEGEN, "Policy") == "manual"
        assert client.get(ROOT, CODEGEN, "Repositories") == [str(project.folder)]
        assert [values(each)["id"] for each in client.call(ROOT, CODEGEN, "List")][0] == FIRST
        assert values(client.call(ROOT, CODEGEN, "ListChanges")[0])["done"] == 1
        for member, task, error in (("Get", "nothing", "NoSuchTask"), ("Run", "nothing", "NoSuchTask"), ("Apply", FIRST, "Refused"), ("Run", "project/add-two/1.3", "Busy")):
            with pytest.raises(BusError, match=f"Error.{error}"):
                ask(member, task)
        session = ask("Run", FIRST)
        assert session.startswith(f"{ROOT}/session/")
        changed = lambda state: client.wait(lambda each: each.member == "TaskChanged" and values(each.body[0])["state"] == state, state)  # noqa: E731
        changed("review")
        details = values(ask("Get", FIRST))
        assert "+export const a = 2;" in details["diff"] and values(details["checks"][0])["status"] == 0
        assert values(details["task"])["hasDiff"] is True
        assert values(ask("Apply", FIRST))["state"] == "applied"
        reload = client.wait(lambda each: each.member == "Reload", "that pages should load it anew")
        assert reload.body == (FIRST, "compositord/add-two", str(project.folder), ["a.js"])
        assert values(ask("Revert", FIRST))["state"] == "open"
        project.tasks.write_text(project.tasks.read_text().replace("- [ ] 1.2 Add `b.js` that exports a 3\n", ""))
        assert client.wait(lambda each: each.member == "TaskGone", "that a task is in no file any more").body[0] == "project/add-two/1.2"
        since, models = client.call(ROOT, CODEGEN, "Report")
        assert since > 0 and values(models[0])["rounds"] == 2
        before = client.get(ROOT, MANAGER, "Malformed")
        for member, signature, arguments in (("List", "s", ("x",)), ("Get", "", ()), ("Nothing", "", ())):
            with pytest.raises(BusError):
                client.call(ROOT, CODEGEN, member, signature, *arguments)
        assert client.get(ROOT, MANAGER, "Malformed") == before + 3 == metric(daemon.port, "bus_malformed_total")


def on_a_terminal(argv, env):
    """What a program prints there."""
    master, slave = pty.openpty()
    with subprocess.Popen(argv, env={**env, "TERM": "xterm"}, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        text = b""
        with contextlib.suppress(OSError):  # how a terminal ends
            while part := os.read(master, 65536):
                text += part
        assert process.wait(60) == 0, text
    os.close(master)
    return text.decode().replace("\r\n", "\n")


def test_the_same_from_the_command_line(bed, project, model):
    start(bed, project, model(says(GOOD), *[says(BAD)] * 4))
    ctl = Ctl(bed.env)
    listed = ctl("codegen", "list").stdout
    assert FIRST in listed and "open" in listed and "1.3" not in listed
    assert "project/add-two/1.3" in ctl("codegen", "list", "add-two", "--all").stdout
    assert [json.loads(line)["id"] for line in ctl("codegen", "list", "--state", "done", "--json").stdout.splitlines()] == ["project/add-two/1.3"]
    told = ctl("codegen", "run", "1.1").stdout.splitlines()
    assert told[-1] == f"{FIRST}: review" and all(line.startswith(FIRST) for line in told)
    shown = ctl("codegen", "review", FIRST).stdout
    assert "1.1 Make `a.js` export a 2\n" in shown and "passed node --check" in shown and "\n-export const a = 1;\n+export const a = 2;\n" in shown
    assert "\x1b" not in shown
    assert json.loads(ctl("codegen", "review", FIRST, "--json").stdout)["files"] == ["a.js"]
    coloured = on_a_terminal([CTL, "codegen", "review", FIRST], {**bed.env, "PAGER": "sed s/^/paged:/"})
    assert "paged:\x1b[32m+export const a = 2;\x1b[0m\n" in coloured and "paged:\x1b[31m-export const a = 1;" in coloured
    assert ctl("codegen", "apply", FIRST).stdout == f"{FIRST}: applied\n"
    assert "there is no task" in ctl("codegen", "apply", "nothing", status=1).stderr
    assert ctl("codegen", "discard", FIRST, status=1).stderr
    assert ctl("codegen", "revert", FIRST).stdout.startswith(f"{FIRST}: open")
    failed = ctl("codegen", "run", "project/add-two/1.1", status=1)
    assert f"{FIRST}: failed: " in failed.stdout and "SyntaxError" in failed.stdout
    assert "scripted" in ctl("codegen", "report").stdout
    assert json.loads(ctl("codegen", "report", "--json").stdout)["applied"] == 1


def test_the_readme_does_what_it_says(bed, model):
    project = Project(bed, tasks="- [ ] 2.3 Make `a.js` export a 2\n", change="compositor-bridge")
    (block,) = [each for each in re.findall(r"```sh\n(.*?)```", (SOURCE / "README.md").read_text(), re.DOTALL) if "compositorctl codegen" in each]
    start(bed, project, model(says(GOOD)))
    env = {**bed.env, "PATH": f"{CTL.parent}:{bed.env['PATH']}"}
    said = [subprocess.run(["sh", "-ec", line], env=env, capture_output=True, text=True, check=True, timeout=60).stdout for line in block.splitlines()]
    assert "compositor-bridge/2.3" in said[0] and said[1].endswith("review\n") and "+export const a = 2;" in said[2]
    assert said[3].endswith("applied\n") and "open" in said[4] and "scripted" in said[5]
