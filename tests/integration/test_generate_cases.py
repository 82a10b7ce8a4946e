"""What models do, well and badly, one case after the other against one daemon: what is a result passes its checks, what is
not says why, and nothing else changes, in the repository or beside it. Only the model's server is scripted."""

import json
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from bed.model import After, Error, Stream, calls, delta, says
from bed.paths import ROOT
from bed.sessions import pipeline
from bed.waiting import eventually
from bed.workshop import CARGO_HOME, LIB, RUSTUP_HOME, Workshop, git
from test_sessions import events, spawn

PATIENCE = 150  # seconds for a session: compilers run in it


def block(path, text, language="js"):
    return f"```{language} path={path}\n{text}```\n"


def js(text, path="js/a.js"):
    return says(block(path, text))


def rust(text, path="crate/src/lib.rs"):
    return says(block(path, text, "rust"))


def diff(text):
    return says(f"```diff\n{text}```\n")


def removes(path):
    return f"```diff\n--- a/{path}\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n```\n"


def taken_back(name, path, text, *told):
    """A file that nothing proves: the model is told so until it is gone."""
    return good(name, [says(block("js/a.js", GOOD_JS), block(path, text, "text")), says("Then without:\n", removes(path))], told=(path, *told))


def tool(name, **arguments):
    return calls((f"c-{name}", name, arguments))


GOOD_JS = "export const a = 2;\n"
GOOD = js(GOOD_JS)
TWO = LIB.replace("One.", "Two.").replace("one", "two").replace("1", "2")
GOOD_RUST = rust(TWO)
A_DIFF = "--- a/js/a.js\n+++ b/js/a.js\n@@ -1 +1 @@\n-export const a = 1;\n+export const a = 2;\n"


@dataclass
class Case:
    name: str
    answers: list
    changed: list | None = None  # the files of the result; None: there is none
    error: tuple = ()  # words of the reason
    told: tuple = ()  # words that the model is told later
    result: tuple = ()  # words of the diff
    applies: bool = True  # the text of the diff; it is not all there is of bytes that are no UTF-8
    kind: str = "js"  # of session
    files: str = "js/a.js"
    asked: int | None = None  # how often


def good(name, answers, *, changed=("js/a.js",), **more):
    return Case(name, answers, changed=list(changed), **more)


def bad(name, answers, *error, **more):
    return Case(name, answers, error=error, **more)


def refused(name, answer, *told, **more):
    """The answer is not taken, the model is told why, and does it right."""
    return good(name, [answer, GOOD], told=told, **{"asked": 2, **more})


def refused_tool(name, call, *told, **more):
    return good(name, [call, GOOD], told=("Error: ", *told), **{"asked": 2, **more})


def steps_of_eslint(count):
    """Answers that get better, each a little, and never right."""
    return [js("".join(f"undefined{i}();\n" for i in range(count - turn))) for turn in range(count)]


def build_script(body):
    return block("crate/build.rs", f"//! Builds.\n\nfn main() {{\n{body}}}\n", "rust")


def rust_test(body):
    return block("crate/src/lib.rs", f"{TWO}\n#[test]\nfn tries() {{\n{body}}}\n", "rust")


def harmful(name, code, *told, **more):
    """What it did comes back, as errors do; then the model gives that up."""
    path = code.split("path=")[1].split("\n")[0]
    second = block(path, LIB, "rust") if path.endswith("lib.rs") else removes(path)
    return good(name, [says(code), says(second + block("js/a.js", GOOD_JS))], told=told, asked=2, **more)


FORKS = """    let mut all = Vec::new();
    loop {
        let mut sleep = std::process::Command::new("sleep");
        match sleep.arg("1000").stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn() {
            Ok(child) => all.push(child),
            Err(_) => std::process::exit(42),
        }
    }
"""
ESCAPE = """    let net = std::net::TcpStream::connect("127.0.0.1:{port}").is_ok();
    let out = std::fs::write("{canary}/treasure", "lead").is_ok();
    let own = std::fs::write("src/lib.rs", "").is_ok();
    let git = std::fs::read("{repository}/.git/config").is_ok();
    let home = std::fs::read("{home}/.config/compositord/secret").is_ok();
    let kept = !(net || out || own || git || home);
    eprintln!("{}", if kept { "kept in" } else { "got out" });
    std::process::exit(1);
"""

CASES = [
    # Right, sooner or later.
    good("right at once", [GOOD], result=("-export const a = 1;\n+export const a = 2;\n",), asked=1),
    good("right at once in Rust", [GOOD_RUST], changed=["crate/src/lib.rs"], files="crate/src/lib.rs"),
    good("repaired after errors of cargo", [rust("pub fn two() -> u32 {\n    \"2\"\n}\n"), GOOD_RUST], told=("cargo check fails", "E0308", "src/lib.rs:2"), changed=["crate/src/lib.rs"]),
    good("repaired after clippy", [rust(TWO.replace("    2\n", "    if 2 == 2 { 2 } else { 3 }\n")), GOOD_RUST], told=("cargo clippy fails", "eq_op"), changed=["crate/src/lib.rs"]),
    good("repaired after fmt", [rust(TWO.replace("    2", "  2")), GOOD_RUST], told=("cargo fmt fails", "src/lib.rs"), changed=["crate/src/lib.rs"]),
    good(
        "repaired after a test",
        [says(rust_test("    assert_eq!(two(), 3);\n")), says(rust_test("    assert_eq!(two(), 2);\n"))],
        told=("cargo test fails", "tries"),
        changed=["crate/src/lib.rs"],
        kind="tests",
    ),
    good("repaired after errors of node", [js("export const a = = 2;\n"), GOOD], told=("node --check fails", "SyntaxError")),
    good("repaired after eslint", [js("export const a = two;\n"), GOOD], told=("eslint fails", "no-undef")),
    good(
        "repaired after tsc, which passes by what it is not told of",
        [
            says(block("ts/src/b.ts", 'export const b: number = "2";\n', "ts"), block("ts/other/lost.ts", "export const = 1;\n", "ts")),
            says(block("ts/src/b.ts", "export const b: number = 2;\n", "ts")),
            says(removes("ts/other/lost.ts")),
        ],
        told=("tsc fails", "TS2322", "ts/other/lost.ts: nothing uses this file"),
        changed=["ts/src/b.ts"],
    ),
    good("a build script that only builds", [says(build_script('    println!("cargo:rerun-if-changed=build.rs");\n'))], changed=["crate/build.rs"]),
    # Never right.
    bad("never right, a little better each time", steps_of_eslint(6), "not right after 6 rounds", "no-undef", asked=6),
    bad("never right and not getting better", [js(f"export const a = = {i};\n") for i in range(9)], "nothing got better in 2 rounds", "SyntaxError", asked=3),
    bad("no progress: the same answer again", [js("export const a = = 2;\n")] * 9, "nothing got better in 2 rounds", "SyntaxError", asked=3),
    bad("the file as it was", [js("export const a = 1;\n")] * 9, "nothing that could prove these changes"),
    bad("only words", [says("I would set a to 2. "), says("As I said."), says("Done!")] * 2, "nothing got better", "no fenced block"),
    bad("nothing at all, and stop", [says()] * 9, "nothing got better", "Your answer was empty"),
    # Paths.
    refused("a block without a path", says("```js\nexport const a = 2;\n```\n"), "does not say which file it is"),
    taken_back("a file that no crate has", "lone.rs", "fn main() {}\n", "no Cargo.toml is above it"),
    taken_back("a file that nothing compiles", "crate/src/lost.rs", "pub fn lost() -> ! {{{\n", "crate/src/lost.rs: nothing uses this file"),
    refused("an absolute path", js(GOOD_JS, "/etc/cron.d/x.js"), "is not relative to the root of the project"),
    refused_tool("an absolute path for a tool", tool("write_file", path="/etc/cron.d/x.js", content="x"), "must be relative to the top"),
    refused("a path that climbs out", js(GOOD_JS, "../canary/x.js"), 'has an empty name, \\".\\" or \\"..\\" in it'),
    refused_tool("a path that climbs out for a tool", tool("write_file", path="js/../../canary/treasure", content="lead"), 'must not have \\"..\\" in it'),
    refused_tool("reading by a path that climbs out", tool("read_file", path="../../../../../../etc/passwd"), 'must not have \\"..\\" in it'),
    refused("a patch that climbs out", diff(A_DIFF.replace("js/a.js", "../canary/treasure")), "The path of the block at line 1 cannot be used"),
    refused_tool("a patch that climbs out for a tool", tool("apply_patch", patch=A_DIFF.replace("js/a.js", "../canary/treasure")), 'must not have \\"..\\" in it'),
    refused("a file that is a link", js(GOOD_JS, "js/link.js"), "a symbolic link is in the path, and none is followed"),
    refused("a folder that is a link", js(GOOD_JS, "js/out/x.js"), "a symbolic link is in the path, and none is followed"),
    refused_tool("reading below a folder that is a link", tool("read_file", path="js/out/treasure"), "a symbolic link is in the path"),
    refused_tool("deleting a link by a patch", tool("apply_patch", patch="--- a/js/link.js\n+++ /dev/null\n@@ -1 +0,0 @@\n-a.js\n"), "a symbolic link is in the path"),
    refused("a link that a patch makes", diff("diff --git a/js/l.js b/js/l.js\nnew file mode 120000\n--- /dev/null\n+++ b/js/l.js\n@@ -0,0 +1 @@\n+/etc/passwd\n"), "asks for something else than a change of text"),
    refused_tool("a link that a tool's patch makes", tool("apply_patch", patch="diff --git a/js/l.js b/js/l.js\nnew file mode 120000\n--- /dev/null\n+++ b/js/l.js\n@@ -0,0 +1 @@\n+/etc/passwd\n"), "no part of a unified diff"),
    refused("outside of the roots", GOOD_RUST, "it may not be changed; what may be is below: js", kind="rooted"),
    refused_tool("outside of the roots, by a tool", tool("write_file", path="jsx/a.js", content="x"), "it may not be changed; what may be is below: js", kind="rooted"),
    refused("git's own files", says(block(".git/hooks/post-checkout", "#!/bin/sh\ntouch /tmp/x\n", "sh")), "is inside of .git"),
    refused("git's own files in other letters", js(GOOD_JS, "js/.GIT/config"), "git's own files are out of bounds"),
    refused_tool("git's own files for a tool", tool("write_file", path=".git/config", content="[core]\nhooksPath = .\n"), "git's own files are out of bounds"),
    refused_tool("reading git's own files", tool("read_file", path=".git/config"), "git's own files are out of bounds"),
    refused("its own task ticked", says(block("js/a.js", GOOD_JS), block("openspec/changes/numbers/tasks.md", "- [x] 1.1 Make a 2\n", "md")), "what is to be done is not yours to change"),
    refused_tool("its own task ticked by a tool", tool("write_file", path="openspec/changes/numbers/tasks.md", content="- [x] 1.1\n"), "what is to be done is not yours to change"),
    refused_tool("its own task ticked by a patch", tool("apply_patch", patch="--- a/openspec/changes/numbers/tasks.md\n+++ b/openspec/changes/numbers/tasks.md\n@@ -3 +3 @@\n-- [ ] 1.1 Make a 2\n+- [x] 1.1 Make a 2\n"), "what is to be done is not yours to change"),
    refused("more tasks in a new folder", says(block("js/a.js", GOOD_JS), block("js/openspec/changes/more/tasks.md", "- [ ] 1.1 Do more\n", "md")), "what is to be done is not yours to change"),
    # What steers the checks.
    taken_back("settings of cargo", "crate/.cargo/config.toml", '[build]\nrustc-wrapper = "./evil"\n', "nothing checks files of this kind"),
    taken_back("another tool-chain", "rust-toolchain.toml", '[toolchain]\nchannel = "nightly"\n', "nothing checks files of this kind"),
    taken_back("another tool-chain in the old form", "crate/rust-toolchain", "nightly\n", "nothing checks files of this kind"),
    good("rules of eslint that allow all", [says(block("js/a.js", "export const a = two;\n"), block("js/eslint.config.js", "export default [];\n")), says(block("js/a.js", GOOD_JS), block("js/eslint.config.js", "export default [{ rules: { \"no-undef\": \"error\", \"no-unused-vars\": \"error\" } }];\n"))], told=("says what is looked for in changes",)),
    good("instructions for a build that nothing checks", [says(block("CMakeLists.txt", "execute_process(COMMAND evil)\n", "cmake")), says(block("js/a.js", GOOD_JS), block("CMakeLists.txt", "project(part)\n", "cmake"))], told=("nothing checks files of this kind",)),
    # How answers come.
    good("cut at the longest length, then a diff", [Stream(*says("```js path=js/a.js\nexport const", finish="length")), diff(A_DIFF)], told=("Your answer was cut",)),
    good("calls of tools in pieces of a byte", [calls(("c1", "write_file", {"path": "js/a.js", "content": GOOD_JS}), piece=1), says("Done.")], asked=2),
    good(
        "two calls that come at once",
        [calls(("c1", "read_file", {"path": "js/a.js"}), ("c2", "write_file", {"path": "js/a.js", "content": GOOD_JS}), interleaved=True), says("Done.")],
        told=("export const a = 1;",),
    ),
    refused_tool("a tool that there is not", tool("run_shell", command="rm -rf /"), "there is no tool of that name"),
    refused_tool("arguments that are no JSON", calls(("c1", "write_file", '{"path": "js/a.js", "content": ')), "the arguments are"),
    refused_tool("arguments of the wrong type", tool("write_file", path=["js/a.js"], content=2), "path"),
    good("a tool's patch", [tool("apply_patch", patch=A_DIFF), says("Done.")]),
    bad("tools for ever", [tool("read_file", path="js/a.js")] * 45, "the model called tools 40 times and came to no end"),
    good("thinking that leaks", [says("<think>Maybe ", block("js/a.js", "export const a = 3;\n"), "no.</think>", block("js/a.js", GOOD_JS))], result=("+export const a = 2;",), asked=1),
    good("thinking apart", [Stream(delta(reasoning_content=block("js/a.js", "export const a = 3;\n")), *GOOD)], result=("+export const a = 2;",), asked=1),
    bad("thinking without end", [says("<think>Well, ", block("js/a.js", GOOD_JS))] * 9, "nothing got better", "Your answer was empty"),
    bad("the connection ends in the middle", [Stream(delta(content="```js path=js/a.js\n" + GOOD_JS), end="cut")], "in the middle of the answer"),
    bad("silence in the middle", [Stream(delta(content="```js"), threading.Event())], "stopped in the middle of its answer", kind="hasty"),
    bad("silence from the beginning", [Stream(threading.Event())], "said nothing within", kind="hasty"),
    bad("an error in the middle", [Stream(delta(content="```js path=js/a.js\n" + GOOD_JS + "```\n"), {"error": {"message": "out of memory"}})], "out of memory"),
    bad("a context that is too long at once", [Error(400, {"error": "The number of tokens to keep from the initial prompt is greater than the context length"})] * 9, "longer context"),
    good(
        "a context that becomes too long",
        [js("// " + "x" * 9000 + "\nexport const a = = 2;\n"), js("export const a = = 3;\nexport const b = = 3;\n"), Error(400, {"error": "the request exceeds the available context size"}), GOOD],
        asked=4,
    ),
    bad("no model is loaded", [Error(404, {"error": {"message": "No models loaded. Please load a model in the developer page."}})], "lms load"),
    bad("another model answers", [js(GOOD_JS)], "another one answers, scripted", kind="named"),
    # Code that does harm when it is built or run.
    harmful("a build script that phones home and writes elsewhere", build_script(ESCAPE), "kept in"),
    harmful("a build script that forks without end", build_script(FORKS), "exit status: 42", kind="few"),
    harmful("a build script that eats memory", build_script("    let mut all = Vec::new();\n    loop {\n        all.push(vec![1u8; 1 << 24]);\n    }\n"), "memory allocation of", kind="small"),
    harmful(
        "a test that prints without end",
        rust_test("    use std::io::Write;\n    loop {\n        std::io::stdout().write_all(&[b'x'; 65536]).unwrap();\n    }\n"),
        "cargo test fails: it printed more than 8388608 bytes",
        kind="tests",
    ),
    harmful("a test that never ends", rust_test("    std::thread::sleep(std::time::Duration::MAX);\n"), "cargo test fails: it took longer than 10 s", kind="brief"),
    # Patches and contents.
    refused("a patch for lines that are not there", diff(A_DIFF.replace("a = 1", "a = 7")), "the lines that it changes are not in the file"),
    refused("a patch that may mean two places", diff("--- a/js/twice.js\n+++ b/js/twice.js\n@@ -9,2 +9,2 @@\n-  1,\n+  3,\n   2,\n"), "more than once"),
    refused("a patch of a file that is not there", diff(A_DIFF.replace("js/a.js", "js/none.js")), "the patch changes a file that is not there"),
    refused("a file that is too large", js("// " + "x" * (1 << 20) + "\n" + GOOD_JS), "it is larger than 1048576 bytes"),
    refused_tool("reading a file that is too large", tool("read_file", path="js/large.js"), "js/large.js"),
    refused("too many files", says(*(block(f"js/f{i}.js", "export {};\n") for i in range(65))), "more than 64 files"),
    bad(
        "too many files by tools",
        [calls(*((f"c{i}", "write_file", {"path": f"js/f{i}.js", "content": "export {};\n"}) for i in range(64)), piece=999), *[GOOD] * 9],
        "a task may change 64 files at most",
    ),
    good("a zero byte in an answer", [js("export const a = '\0';\n")], result=("+export const a = '\ufffd';",)),
    refused_tool("bytes that are no text, by a tool", tool("write_file", path="js/a.js", content="\0\1\2"), "the arguments are not valid JSON"),
    refused("a binary patch", diff("diff --git a/js/a.js b/js/a.js\nGIT binary patch\nliteral 3\nKcmZQ\n"), "asks for something else than a change of text"),
    good("a file with CR LF is rewritten", [js("export const dos = 2;\nexport const lines = 2;\n", "js/dos.js")], changed=["js/dos.js"], result=("-export const dos = 1;\r\n+export const dos = 2;\r\n export const lines = 2;\r\n",), files="js/dos.js"),
    good("a file with CR LF is patched", [diff("--- a/js/dos.js\n+++ b/js/dos.js\n@@ -1,2 +1,2 @@\n-export const dos = 1;\n+export const dos = 2;\n export const lines = 2;\n")], changed=["js/dos.js"], result=("+export const dos = 2;\r\n export const lines = 2;\r\n",)),
    good("a file is deleted", [says(block("js/a.js", GOOD_JS) + "\n```diff\n--- a/js/old.js\n+++ /dev/null\n@@ -1 +0,0 @@\n-export const old = true;\n```\n")], changed=["js/a.js", "js/old.js"], result=("deleted file mode",)),
    refused("a file is renamed by git's own words", diff("diff --git a/js/old.js b/js/new.js\nsimilarity index 100%\nrename from js/old.js\nrename to js/new.js\n"), "asks for something else than a change of text"),
    good("a file is renamed by a new one", [says(block("js/new.js", "export const old = true;\n") + "\n```diff\n--- a/js/old.js\n+++ /dev/null\n@@ -1 +0,0 @@\n-export const old = true;\n```\n")], changed=["js/new.js", "js/old.js"]),
    good("a new file in a new folder", [js(GOOD_JS, "js/deep/er/new.js")], changed=["js/deep/er/new.js"]),
    good("names and texts of all kinds", [js("export const größe = '😀 \u202e✓';\n", "js/größe ✓.js".replace(" ", "-"))], changed=["js/größe-✓.js"], result=("größe = '😀 \u202e✓'",)),
    good("a file that is not UTF-8 is shown and replaced", [js("export const name = 'Grüße';\n", "js/latin.js")], changed=["js/latin.js"], files="js/latin.js", applies=False),
    refused_tool("a text that is not UTF-8", Stream(*calls(("c1", "write_file", '{"path": "js/a.js", "content": "\\ud800"}'), piece=999)), "the arguments are"),
    good("a file that is to be made", [js(GOOD_JS, "js/more.js")], changed=["js/more.js"], files="js/a.js js/more.js"),
]


@pytest.fixture(scope="module")
def workshop(shared_bed):
    made = Workshop(Path(shared_bed.directory))
    yield made
    made.close()


@pytest.fixture(scope="module")
def secret(shared_bed):
    path = Path(shared_bed.directory) / ".config/compositord/secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("s3cret\n")


@pytest.fixture(scope="module")
def daemon(shared_bed, workshop, secret):
    shutil.copytree(ROOT / "data/prompts", Path(shared_bed.directory) / ".config/compositord/prompts")
    usual = {"repository": str(workshop.repository), "url": workshop.server.url, "files": "{files}", "check_memory": "2048"}
    for kind, more in {
        "js": {},
        "tests": {"tests": "yes"},
        "rooted": {"roots": "js"},
        "hasty": {"first_token": "1", "idle": "1"},
        "named": {"model": "qwen2.5-coder"},
        "few": {"check_processes": "100"},
        "small": {"check_memory": "1024"},
        "brief": {"tests": "yes", "check_seconds": "10"},
    }.items():
        pipeline(shared_bed, kind, {"name": "write", "builtin": "generate", "settings": {**usual, **more}}, parameters={"files": {"default": ""}})
    return shared_bed.daemon(extra_env={"CARGO_HOME": CARGO_HOME, "RUSTUP_HOME": RUSTUP_HOME})


@pytest.fixture(scope="module")
def page(daemon):
    return daemon.page()


@pytest.fixture(scope="module")
def run(shared_bed, workshop, page):
    def start(case):
        workshop.script(fill(answer, places(shared_bed, workshop)) for answer in case.answers)
        session = spawn(page, case.kind, task=case.name, parameters={"files": case.files})
        try:
            end = page.wait(lambda p: ended(p, session), "the session's end", deadline=PATIENCE)
        except AssertionError:
            page.do("CancelSession", session=session)
            raise
        eventually(lambda: not (workshop.repository / ".git/worktrees").exists(), "the scratch tree to be gone")
        return end

    return start


def ended(page, session):
    return next((m for m in events(page, session) if m["event"] == "task_ended"), None)


def places(bed, workshop):
    """What code that does harm would reach."""
    return {"{port}": str(workshop.server.port), "{canary}": str(workshop.canary), "{repository}": str(workshop.repository), "{home}": bed.directory}


def fill(answer, values):
    if not isinstance(answer, list):
        return answer
    text = json.dumps(answer)
    for place, value in values.items():
        text = text.replace(place, value)
    return json.loads(text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_what_a_model_does(run, workshop, case):
    before = workshop.everything()
    end = run(case)
    after = workshop.everything()
    assert after == before, {path: (before.get(path), after.get(path)) for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    said = "\n".join(json.dumps(m, ensure_ascii=False) for request in workshop.server.requests for m in request["body"]["messages"][2:])
    for words in case.told:
        assert words in said, said
    if case.asked is not None:
        assert len(workshop.server.requests) == case.asked
    if case.changed is None:
        assert end["outcome"] == "failed", end
        for words in case.error:
            assert words in end["error"], end["error"]
    else:
        assert end["outcome"] == "completed", end
        for words in case.result:
            assert words in end["result"], end["result"]
        if case.applies:
            assert workshop.prove(end["result"]) == case.changed


@pytest.fixture
def theirs(workshop):
    """The user's own work on the repository, which is taken back after the test."""
    yield workshop.repository
    workshop.restore()


def test_what_the_user_has_not_committed_stays_and_is_not_built_on(run, workshop, theirs):
    (theirs / "js/a.js").write_text("export const a = 'mine';\n")
    (theirs / "js/new.js").write_text("not mine to overwrite\n")
    git(theirs, "add", "js/new.js")
    before = workshop.everything()
    end = run(good("over the user's work", [says(block("js/a.js", GOOD_JS), block("js/new.js", GOOD_JS))]))
    assert end["outcome"] == "completed" and workshop.everything() == before
    assert "mine" not in workshop.server.requests[0]["body"]["messages"][1]["content"]
    assert workshop.prove(end["result"]) == ["js/a.js", "js/new.js"]


def test_a_repository_that_changes_meanwhile_is_not_changed_back(run, workshop, theirs):
    def work():
        (theirs / "js/a.js").write_text("export const a = 'theirs';\n")
        git(theirs, "commit", "-qam", "meanwhile")
        git(theirs, "checkout", "-qb", "other")
        (theirs / "js/a.js").unlink()
        after.update(workshop.everything())

    after = {}
    end = run(good("meanwhile", [js("export const a = = 2;\n"), After(work, GOOD)]))
    assert end["outcome"] == "completed" and workshop.everything() == after
    assert workshop.prove(end["result"]) == ["js/a.js"]  # of what it began with


def test_what_is_behind_a_link_is_not_shown(run, workshop):
    end = run(good("what is hidden", [GOOD], files="js/out/treasure js/link.js js/a.js"))
    assert end["outcome"] == "completed" and "gold" not in workshop.server.requests[0]["body"]["messages"][1]["content"]


@pytest.mark.parametrize("stage", ["asking", "tools", "checking"])
def test_a_session_that_is_cancelled_leaves_nothing(workshop, page, stage):
    gate = threading.Event()
    answers = {
        "asking": [Stream(delta(content="```js"), gate)],
        "tools": [tool("write_file", path="js/a.js", content="x"), Stream(gate)],
        "checking": [says(rust_test("    std::thread::sleep(std::time::Duration::MAX);\n"))],
    }[stage]
    seen = {"asking": "```js", "tools": "tool_ended", "checking": "running cargo test"}[stage]
    before = workshop.everything()
    workshop.script(answers)
    session = spawn(page, "tests", task="cancelled")
    page.wait(lambda p: any(seen in json.dumps(m) for m in events(p, session)), seen, deadline=PATIENCE)
    page.do("CancelSession", session=session)
    end = page.wait(lambda p: ended(p, session), "the session's end")
    assert end["outcome"] == "cancelled"
    eventually(lambda: not (workshop.repository / ".git/worktrees").exists(), "the scratch tree to be gone")
    assert workshop.everything() == before
