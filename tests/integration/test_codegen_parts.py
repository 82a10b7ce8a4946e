"""The parts of a bridge between a compositor and its pages, as tasks that a model does while nobody looks: from unticked to
ticked, proven by real cargo and eslint. What the model says is in the folder parts."""

from pathlib import Path

import pytest

from bed.codegen import Project, start, wait_until_clean
from bed.model import ModelServer, calls, says
from bed.waiting import eventually
from bed.workshop import CARGO_HOME, NODE_MODULES, RUSTUP_HOME, listing

PARTS = Path(__file__).parent / "parts"
TASKS = """# Tasks: bridge

## 1. Rust
- [ ] 1.1 **WebSocket module**: client and server in `bridge/src/websocket.rs`, with tests
- [ ] 1.2 Write the manifest at once and for good: `bridge/src/manifest.rs`, tested
  - _Requirements: no reader sees half of it_

## 2. Both sides
- [ ] 2.1 JavaScript client `js/client.js`, which reconnects
- [ ] 2.2 Camera sync in `bridge/src/camera.rs`; tests that nobody hears an echo
"""
FILES = {
    "bridge/Cargo.toml": '[package]\nname = "bridge"\nversion = "0.1.0"\nedition = "2021"\n',
    "bridge/Cargo.lock": 'version = 4\n\n[[package]]\nname = "bridge"\nversion = "0.1.0"\n',
    "bridge/src/lib.rs": "//! A bridge.\n",
    "js/package.json": '{"type": "module"}\n',
    "js/eslint.config.js": (
        'const globals = { WebSocket: "readonly", setTimeout: "readonly" };\n'
        'export default [{ languageOptions: { globals }, rules: { "no-undef": "error", "no-unused-vars": "error" } }];\n'
    ),
    ".gitignore": "node_modules\n",
}
BRANCH = "compositord/bridge"


def part(name):
    return (PARTS / name).read_text()


def file(path, text, language="rust"):
    return f"```{language} path={path}\n{text}```\n"


def lib(*modules):
    return "//! A bridge.\n\n" + "".join(f"pub mod {name};\n" for name in sorted(modules))


def rust(name, *modules, text=None):
    return file("bridge/src/lib.rs", lib(name, *modules)) + file(f"bridge/src/{name}.rs", text or part(f"{name}.rs"))


@pytest.fixture
def project(bed):
    made = Project(bed, tasks=TASKS, change="bridge")
    for path, content in FILES.items():
        (made.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (made.folder / path).write_text(content)
    made.commit("the frame")
    (made.folder / "js/node_modules").symlink_to(NODE_MODULES)
    return made


@pytest.fixture
def model():
    wrong = part("websocket.rs").replace("usize::from(head[1] & 0x7f)", "head[1] & 0x7f")
    failing = part("manifest.rs").replace("{:.3}", "{:.2}")
    server = ModelServer(
        says("Frames first.\n", rust("websocket", text=wrong)),
        says(rust("websocket")),
        says(rust("manifest", "websocket", text=failing)),
        says(rust("manifest", "websocket")),
        says(file("js/client.js", part("client.js").replace("Math.min", "MathX.min"), "js")),
        says("<think>A typo.</think>", file("js/client.js", part("client.js"), "js")),
        calls(
            ("c1", "write_file", {"path": "bridge/src/camera.rs", "content": part("camera.rs")}),
            ("c2", "write_file", {"path": "bridge/src/lib.rs", "content": lib("camera", "manifest", "websocket")}),
        ),
        says("Done: both files are written."),
    )
    yield server
    server.close()


def test_the_parts_of_a_bridge_are_made_while_nobody_looks(bed, project, model):
    before = listing(project.folder, passing=(".git", "openspec"))
    options = ["--codegen-policy", "auto"]
    start(bed, project, model, *options, extra_env={"CARGO_HOME": CARGO_HOME, "RUSTUP_HOME": RUSTUP_HOME})
    eventually(lambda: "[ ]" not in project.tasks.read_text() or len(model.requests) > 8, "all to be ticked", 200)
    assert project.tasks.read_text() == TASKS.replace("[ ]", "[x]")
    told = [request["body"]["messages"][-1]["content"] for request in model.requests]
    assert len(told) == 8
    for number, words in {1: "E0308", 3: "replaces_the_file", 5: "no-undef"}.items():
        assert words in told[number], told[number]
    names = [[check["name"] for check in proof["checks"]] for proof in project.evidence()]
    rust_checks = ["cargo check", "files of the crate", "cargo clippy", "cargo fmt", "cargo test"]
    assert names == [rust_checks, rust_checks, ["node --check", "eslint"], rust_checks]
    assert all(check["status"] == 0 for proof in project.evidence() for check in proof["checks"])
    for name in ("websocket.rs", "manifest.rs", "camera.rs"):
        assert project.git("show", f"{BRANCH}:bridge/src/{name}") == part(name)
    assert project.git("show", f"{BRANCH}:js/client.js") == part("client.js")
    assert project.git("rev-list", "--count", f"work..{BRANCH}").strip() == "4"
    wait_until_clean(bed)
    assert listing(project.folder, passing=(".git", "openspec")) == before
