"""The examples of README.md, run as they stand there."""

import json
import os
import re
import ssl
import subprocess
from pathlib import Path

from bed.http import fetch
from bed.page import Page
from bed.paths import COMPOSITORD, ROOT, WEB_ROOT
from bed.waiting import eventually

README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def curl(what):
    """The one example that asks for this."""
    (command,) = [
        line for block in blocks("sh") for line in block.splitlines() if line.startswith("curl") and what in line
    ]
    return command


def run_in_shell(script, daemon, **env):
    answer = subprocess.run(
        ["sh", "-ec", script.replace("8765", str(daemon.port))],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return answer.stdout


def test_the_snippet_for_a_page_follows_windows_and_moves_the_camera(bed, compositor, daemon):
    (snippet,) = blocks("js")
    program = "import { WebSocket } from 'ws';\n" + snippet.replace("8765", str(daemon.port))
    modules = ROOT / "subprojects/web/node_modules"  # where Node finds the package ws
    script = modules / f".readme-example-{daemon.port}.mjs"
    script.write_text(program)
    try:
        compositor.ask("move_camera", output="HEADLESS-1", x=500, y=500)
        example = bed.run("node", str(script))
        windows = bed.windows(compositor)
        windows.tell("open", 1, 200, 100, "from the README")
        example.out.wait("from the README")
        daemon.page().ready().wait(lambda page: page.world.cameras["HEADLESS-1"]["target"]["x"] == 0)
        example.kill()
        bed.forget(example)
    finally:
        script.unlink()


def test_curl_is_answered(daemon):
    assert '"healthy"' in run_in_shell(curl("/health"), daemon)


def test_the_map_is_edited_and_read_as_described(bed, daemon):
    page = daemon.page().ready()
    page.do("PutTile", x=0, y=-1, brick="put.png")
    file = Path(bed.directory) / ".local/state/compositord/manifest.json"
    eventually(file.exists, "the manifest")
    (edit,) = [block for block in blocks("sh") if "jq " in block]
    run_in_shell(edit, daemon, HOME=bed.directory)
    page.wait(lambda p: "3,-4" in p.world.tiles, "the edit")
    wanted = page.world.tiles
    assert {cell: tile["brick"] for cell, tile in wanted.items()} == {"0,-1": "put.png", "3,-4": "grass.png"}
    assert json.loads(run_in_shell(curl("manifest.json"), daemon)) == wanted
    assert json.loads(run_in_shell(curl("/api/v1/tiles"), daemon))["tiles"] == wanted
    chunk = json.loads(run_in_shell(curl("/api/chunk"), daemon))["tiles"]
    assert {cell: tile["brick"] for cell, tile in chunk.items()} == {"0,-1": "put.png", "3,-4": "grass.png"}
    (example,) = blocks("json")
    assert json.loads(example)["3,-4"].keys() == wanted["3,-4"].keys()


def test_another_machine_can_look_as_described(bed, compositor):
    (block,) = [block for block in blocks("sh") if "openssl" in block]
    assert block.count("\ncompositord ") == 1
    script = block.replace("\ncompositord ", f"\nexec {COMPOSITORD} --port 0 --orchestrator-port 0 --web-root {WEB_ROOT} ")
    started = bed.run("sh", "-ec", script, display=compositor.display)
    port = int(started.err.wait(r"listening on https://0\.0\.0\.0:(\d+)/").group(1))
    folder = Path(bed.directory) / ".config/compositord"
    token, grants = (folder / "tokens").read_text().split()
    context = ssl.create_default_context(cafile=folder / "certificate.pem")
    context.check_hostname = False  # the name of this machine may lead elsewhere
    host = f"{os.uname().nodename}:{port}"
    reply = fetch(port, f"/?token={token}", tls=context, Host=host)
    assert reply.status == 303
    page = Page(port, tls=context, host=host, origin=f"https://{host}", headers={"Cookie": reply.headers["set-cookie"].partition(";")[0]})
    try:
        assert page.ready().world.hello["grants"] == [grants] == ["view"]
        assert page.ask("SetCamera", x=1)["code"] == "forbidden"
    finally:
        page.close()


def test_a_session_is_described_and_begun(bed, compositor):
    (block,) = [block for block in blocks("sh") if "greet.json" in block]
    prepare, _, ask = block.partition("compositord &\n")
    bed.run("sh", "-ec", prepare).process.wait(20)
    daemon = bed.daemon(compositor)
    page = daemon.page().ready()
    page.do("FollowSession")
    bed.run("sh", "-ec", ask.replace("8765", str(daemon.port)))
    page.wait_for_message(event="task_ended", outcome="completed", result="Hello, you: good morning")
    assert (Path(bed.directory) / "compositord/greet_progress.sock").is_socket()


def test_files_that_it_names_exist():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README) + re.findall(r"`((?:subprojects|data)/[^` ]+)`", README):
        assert (ROOT / target).exists() or "target/debug" in target, target
