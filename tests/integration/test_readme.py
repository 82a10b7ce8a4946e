"""The examples of README.md, run as they stand there."""

import json
import os
import re
import ssl
import subprocess
from pathlib import Path

import pytest

from bed.bus import BusDaemon
from bed.http import fetch
from bed.page import Page
from bed.paths import COMPOSITOR, COMPOSITORD, ROOT, WEB_ROOT
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


def test_the_compositor_answers_ctl(bed, compositor):
    (block,) = [block for block in blocks("sh") if " ctl --control" in block]
    for line in block.splitlines():
        line = line.replace(f"subprojects/infinite-map/target/debug/{COMPOSITOR.name}", str(COMPOSITOR))
        line = line.replace("PATH", compositor._control.getpeername())
        assert json.loads(subprocess.run(["sh", "-c", line], env=bed.env, capture_output=True, text=True, check=True).stdout)["ok"]
    assert compositor.window(appId="foot")


@pytest.fixture
def on_the_bus(bed, tmp_path):
    """compositord on a bus, with the pipelines that the README is about; a picture goes to tmp_path/shown."""
    bed._programs.append(BusDaemon(bed.env))
    for file in (ROOT / "data/pipelines").iterdir():
        (tmp_path / file.name).write_text(file.read_text().replace('"SETTER": "auto"', f'"SETTER": "cp {{}} {tmp_path}/shown"'))
    (block,) = [block for block in blocks("sh") if "greet.json" in block]
    bed.run("sh", "-ec", block.partition("compositord &\n")[0]).process.wait(20)
    daemon = bed.daemon(display="none", options=["--pipelines", str(tmp_path)])
    eventually(lambda: "known on the bus" in daemon.err.text(), "its name on the bus")
    bed.env["PATH"] = f"{COMPOSITORD.parent}:{bed.env['PATH']}"
    return daemon


def said(bed, block):
    """What each line of a block prints; all of them must succeed."""
    return [subprocess.run(["sh", "-ec", line], env=bed.env, capture_output=True, text=True, check=True, timeout=60).stdout for line in block.splitlines()]


def test_compositorctl_and_busctl_do_what_is_said(bed, on_the_bus):
    (sessions,) = [block for block in blocks("sh") if "compositorctl sessions" in block]
    types, spawned, listed, helped = said(bed, sessions)
    assert "greet" in types and "Hello, Ada: good morning" in spawned and helped.startswith("Usage: compositorctl")
    assert json.loads(listed)["state"] == "completed"
    (bus,) = [block for block in blocks("sh") if "busctl" in block]
    tree, types, running = said(bed, bus)
    assert "/org/geometryos/Compositord1" in tree and '"greet"' in types and running == "u 0\n"


def test_the_map_from_the_command_line_is_as_described(bed, compositor, daemon):
    bed.env["PATH"] = f"{COMPOSITORD.parent}:{bed.env['PATH']}"
    (block,) = [block for block in blocks("sh") if "compositorctl watch" in block]
    *lines, watch = block.splitlines()
    status, moved, windows, put = said(bed, "\n".join(lines))
    assert status.startswith("compositord") and windows.startswith("WINDOW") and not moved + put
    assert compositor.camera()["target"]["x"] == 0
    follows = bed.run("sh", "-ec", f"exec {watch}")
    follows.out.wait("^tile 3,-4 grass.png$")
    follows.kill()


def test_wallpapers_are_shown_as_described(bed, on_the_bus, tmp_path):
    pictures = Path(bed.directory) / "Pictures"
    pictures.mkdir()
    subprocess.run(["/usr/bin/convert", "-size", "64x64", "xc:rgb(200,30,40)", pictures / "forest.jpg"], check=True)
    (block,) = [block for block in blocks("sh") if "compositorctl wallpaper" in block]
    said(bed, block)
    assert (tmp_path / "shown").is_file()
    page = on_the_bus.page()
    page.wait(lambda p: "-8,-4" in p.world.tiles and "7,-4" in p.world.tiles, "sixteen cells of it")


def test_what_is_only_help_is_printed(bed):
    bed.env["PATH"] = f"{COMPOSITORD.parent}:{bed.env['PATH']}"
    for line in ("compositord --help\n", "./dev help "):
        (block,) = [block for block in blocks("sh") if block.startswith(line)]
        done = subprocess.run(["sh", "-ec", block], env=bed.env, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.lower().startswith("usage: ")


# By words of the block. ./dev test is what runs this.
RUN_BY = {
    "./dev run": ("test_dev.py", "test_dev_run_shows_real_windows_and_ctrl_c_ends_all_of_it"),
    " ctl --control": ("test_readme.py", "test_the_compositor_answers_ctl"),
    "compositord --help": ("test_readme.py", "test_what_is_only_help_is_printed"),
    "log-level: debug": ("test_settings.py", "test_the_examples_of_the_readme_are_right"),
    "compositors:": ("test_settings.py", "test_the_examples_of_the_readme_are_right"),
    "codegen-policy:": ("test_settings.py", "test_the_examples_of_the_readme_are_right"),
    "openssl": ("test_readme.py", "test_another_machine_can_look_as_described"),
    "new WebSocket": ("test_readme.py", "test_the_snippet_for_a_page_follows_windows_and_moves_the_camera"),
    "/health": ("test_readme.py", "test_curl_is_answered"),
    '{"3,-4"': ("test_readme.py", "test_the_map_is_edited_and_read_as_described"),
    "jq ": ("test_readme.py", "test_the_map_is_edited_and_read_as_described"),
    "/api/chunk": ("test_readme.py", "test_the_map_is_edited_and_read_as_described"),
    "greet.json": ("test_readme.py", "test_a_session_is_described_and_begun"),
    "compositorctl wallpaper": ("test_readme.py", "test_wallpapers_are_shown_as_described"),
    "compositorctl sessions": ("test_readme.py", "test_compositorctl_and_busctl_do_what_is_said"),
    "compositorctl codegen": ("test_codegen_outlets.py", "test_the_readme_does_what_it_says"),
    "compositorctl watch": ("test_readme.py", "test_the_map_from_the_command_line_is_as_described"),
    "busctl": ("test_readme.py", "test_compositorctl_and_busctl_do_what_is_said"),
    "systemctl --user enable": ("test_units.py", "test_the_readme_names_units_that_can_be_enabled"),
    "./dev help": ("test_readme.py", "test_what_is_only_help_is_printed"),
}


def test_no_example_is_without_a_test():
    for block in blocks(r"\w+"):
        assert [words for words in RUN_BY if words in block], f"nothing runs\n{block}"
    for file, test in RUN_BY.values():
        assert f"def {test}(" in (ROOT / "tests/integration" / file).read_text(), test


def test_files_that_it_names_exist():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README) + re.findall(r"`((?:subprojects|data)/[^` ]+)`", README):
        assert (ROOT / target).exists() or "target/debug" in target, target
