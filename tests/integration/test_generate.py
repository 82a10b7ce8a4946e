"""A model changes a repository in a worktree of its own until the checks pass; the user's tree stays as it is. The model's
server is scripted (bed/model.py); git, node and the sandbox are real."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bed.model import ModelServer, calls, says
from bed.paths import ROOT
from bed.sessions import pipeline
from test_sessions import events, spawn, wait_for_end

GOOD = "```js path=a.js\nexport const a = 2;\n```\n"
BAD = "```js path=a.js\nexport const a = = 2;\n```\n"


@pytest.fixture
def repository(bed):
    folder = Path(bed.directory) / "project"
    folder.mkdir()
    (folder / "a.js").write_text("export const a = 1;\n")
    (folder / "package.json").write_text('{"type": "module"}\n')
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=folder, env=bed.env, check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture
def generate(bed, compositor, repository):
    servers = []

    def start(*answers):
        servers.append(ModelServer(*answers))
        shutil.copytree(ROOT / "data/prompts", Path(bed.directory) / ".config/compositord/prompts")
        settings = {"repository": str(repository), "url": servers[0].url, "files": "a.js"}
        pipeline(bed, "write", {"name": "write", "builtin": "generate", "settings": settings})
        page = bed.daemon(compositor).page().ready()
        session = spawn(page, "write", task="Make a 2.")
        end = wait_for_end(page, session)
        assert (repository / "a.js").read_text() == "export const a = 1;\n"
        status = subprocess.run(["git", "status", "--porcelain"], cwd=repository, env=bed.env, check=True, capture_output=True, timeout=60)
        assert status.stdout == b""
        return page, session, end, servers[0].requests

    yield start
    for server in servers:
        server.close()


def test_what_fails_its_check_comes_back_and_what_passes_is_the_result(generate):
    _, _, end, requests = generate(says("No idea."), says(BAD), says(GOOD))
    assert end["outcome"] == "completed", end
    assert "-export const a = 1;\n+export const a = 2;\n" in end["result"]
    messages = [request["body"]["messages"] for request in requests]
    assert "Make a 2." in messages[0][1]["content"] and "export const a = 1;" in messages[0][1]["content"]
    assert "no fenced block" in messages[1][-1]["content"]
    assert "node --check" in messages[2][-1]["content"] and "SyntaxError" in messages[2][-1]["content"]


def test_tools_work_in_the_worktree_and_nowhere_else(generate):
    page, session, end, requests = generate(
        calls(("c1", "read_file", {"path": "../../etc/passwd"}), ("c2", "read_file", {"path": "a.js"})),
        calls(("c3", "write_file", {"path": "a.js", "content": "export const a = 2;\n"})),
        says("Done."),
    )
    assert end["outcome"] == "completed" and "+export const a = 2;" in end["result"], end
    outcomes = requests[1]["body"]["messages"][-2:]
    assert outcomes[0]["content"].startswith("Error: ") and outcomes[1]["content"] == "export const a = 1;\n"
    assert [(m["call"], m["ok"]) for m in events(page, session) if m["event"] == "tool_ended"] == [("c1", False), ("c2", True), ("c3", True)]


def test_what_is_never_right_is_no_result(generate):
    _, _, end, requests = generate(*[says(BAD)] * 6)
    assert end["outcome"] == "failed" and "nothing got better" in end["error"] and "SyntaxError" in end["error"]
    assert len(requests) == 3
