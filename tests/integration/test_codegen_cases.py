"""The same that models do as in test_generate_cases.py, the whole way: each is a task of a change, begun and applied while
nobody looks. It is ticked if and only if it is proven; what is on its branch passes the checks again."""

import json
import os
import shutil
from pathlib import Path

import pytest

from bed.codegen import leftovers
from bed.page import Page
from bed.paths import ROOT
from bed.waiting import eventually
from bed.workshop import CARGO_HOME, RUSTUP_HOME, Workshop, git
from test_generate_cases import CASES, PATIENCE, Case, fill, places
from test_sessions import list_sessions

pytestmark = pytest.mark.skipif("BED_SANITIZED" in os.environ, reason="what it goes through is tried by test_generate_cases and test_codegen")

# Those that need no settings of their own; the rest differs in nothing here.
WHOLE_WAY = [case for case in CASES if case.kind in ("js", "tests")]


@pytest.fixture(scope="module")
def workshop(shared_bed):
    made = Workshop(Path(shared_bed.directory))
    yield made
    made.close()


@pytest.fixture(scope="module")
def page(shared_bed, workshop) -> Page:
    shutil.copytree(ROOT / "data/prompts", Path(shared_bed.directory) / ".config/compositord/prompts")
    shutil.rmtree(workshop.repository / "openspec/changes/numbers")
    git(workshop.repository, "commit", "-qam", "no tasks yet")
    env = {"CARGO_HOME": CARGO_HOME, "RUSTUP_HOME": RUSTUP_HOME, "LM_STUDIO_URL": workshop.server.url}
    options = ["--codegen", str(workshop.repository), "--codegen-policy", "auto", "--codegen-per-hour", "1000", "--codegen-failures", "1000"]
    return shared_bed.daemon(options=options, extra_env=env).page()


def outcome(page, name):
    """The state of the one session for this task, once it has ended."""
    for session in list_sessions(page)["sessions"]:
        if name in json.dumps(session) and session["state"] in ("completed", "failed", "terminated"):
            return session
    return None


def without_change(everything, change):
    own = (f"openspec/changes/{change}", ".git/refs/heads/compositord", ".git/logs/refs", "openspec/changes")
    return {path: what for path, what in everything.items() if not path.startswith(own) and path != ".git/index"}


@pytest.mark.parametrize("number, case", enumerate(WHOLE_WAY), ids=[case.name.replace(" ", "-") for case in WHOLE_WAY])
def test_a_task_is_ticked_if_it_is_proven(request, shared_bed, workshop, page, number, case: Case):
    change = f"case-{number}"
    folder = workshop.repository / "openspec/changes" / change
    before = without_change(workshop.everything(), change)
    workshop.script(fill(answer, places(shared_bed, workshop)) for answer in case.answers)
    workshop.server.only = f"Do case {number}x"  # what failed for no fault of its own may be tried again meanwhile
    folder.mkdir(parents=True)
    request.addfinalizer(lambda: shutil.rmtree(folder))  # else it would be tried again some time
    (folder / "proposal.md").write_text("# A case\n\nWords.\n")
    text = f"- [x] 1.0 Before\n- [ ] 1.1 Do case {number}x{', with tests' if case.kind == 'tests' else ''}\n- 1.2 After\n"
    (folder / "tasks.md").write_text(text)
    ended = eventually(lambda: outcome(page, f"Do case {number}x"), "the task's end", PATIENCE)
    eventually(lambda: not leftovers(shared_bed), "the scratch tree to go")
    evidence = list((folder / "evidence").glob("*.json"))
    branch = f"compositord/{change}"
    if case.changed is None:
        assert ended["state"] == "failed"
        assert (folder / "tasks.md").read_text() == text and not evidence
        assert git(workshop.repository, "branch", "--list", branch) == ""
    else:
        assert ended["state"] == "completed", ended
        assert (folder / "tasks.md").read_text() == text.replace("[ ]", "[x]")
        (proof,) = evidence
        assert all(check["status"] == 0 for check in json.loads(proof.read_text())["checks"])
        diff = git(workshop.repository, "diff", "--binary", f"main..{branch}")
        assert workshop.prove(diff) == case.changed
    assert without_change(workshop.everything(), change) == before
