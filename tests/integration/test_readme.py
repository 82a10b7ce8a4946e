"""The examples of README.md, run as they stand there."""

import os
import re
import ssl
import subprocess
from pathlib import Path

from bed.http import fetch
from bed.page import Page
from bed.paths import COMPOSITORD, ROOT, WEB_ROOT

README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


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
    (command,) = [line for block in blocks("sh") for line in block.splitlines() if line.endswith("/health")]
    answer = subprocess.run(
        command.replace("8765", str(daemon.port)), shell=True, capture_output=True, text=True, check=True, timeout=20
    )
    assert '"healthy"' in answer.stdout


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
