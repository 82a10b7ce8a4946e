"""compositord.yaml: read at the start and on SIGHUP, and never half."""

import contextlib
import re
import signal
import subprocess
from pathlib import Path

import pytest

from bed.bus import MANAGER, ROOT, BusClient, BusDaemon, BusError
from bed.paths import COMPOSITORD
from bed.paths import ROOT as SOURCE
from bed.waiting import DEADLINE


def write(bed, text, name="compositord.yaml"):
    file = Path(bed.directory) / ".config/compositord" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def run(bed, *options):
    words = [COMPOSITORD, *options]
    return subprocess.run(words, env=bed.env, capture_output=True, text=True, timeout=DEADLINE)


def test_the_users_file_and_its_drop_ins_are_read_and_options_win(bed, compositor):
    write(bed, "allow-host: one.example\nport: 1\nlog-level: debug\n")
    write(bed, "grant: view\n", "compositord.yaml.d/grant.yaml")
    daemon = bed.daemon(compositor)  # with --port
    page = daemon.page().ready()
    assert page.ask("SetCamera", x=1)["code"] == "forbidden"
    daemon.err.wait("debug: ")
    daemon.close_pages()


def test_one_with_faults_starts_nothing_and_names_them_all(bed):
    file = write(bed, "prot: 80\nlog-level: loud\n")
    for options in ((), ("--check-config",)):
        done = run(bed, *options)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines() == [
            f'compositord: {file}:1: there is no setting "prot"; is port meant?',
            f'compositord: {file}:2: log-level: must be error, warn, info, or debug, not "loud"',
        ]
    assert run(bed, "--config", "/nowhere.yaml").returncode == 2


def test_servers_of_models_are_checked_with_their_keys(bed):
    file = write(
        bed,
        """model-server:
  - https://api.example/v1 model=m keyring=mine
  - http://api.example/v1 keyring=mine
  - https://api.example/v1 key-file=/nowhere/key
  - api.example
""",
    )
    done = run(bed, "--check-config")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 3, done.stderr
    for words in ("a key goes only to this machine or over https (http://api.example/v1)", "cannot read the key", "the address of a model's server is a URL"):
        assert f"{file}:1: model-server: {words}" in done.stderr, done.stderr


def test_a_check_shows_what_is_set_and_where(bed):
    file = write(bed, "port: 80\nmanifest: map.json\n")
    done = run(bed, "--check-config", "--log-level=warn")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "log-level: warn  # the command line",
        f"manifest: {file.parent}/map.json  # {file}:2",
        f"port: 80  # {file}:1",
    ]


def test_a_reload_takes_over_what_it_can_and_nothing_of_a_file_with_faults(bed, compositor):
    write(bed, "log-level: info\n")
    daemon = bed.daemon(compositor)
    daemon.page().ready().close()
    assert "debug: " not in daemon.err.text()

    seen = len(daemon.err)
    write(bed, "log-level: debug\nmax-connections: banana\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.err.wait("the settings stay as they were", start=seen)
    assert "compositord.yaml:2: max-connections: must be a number" in daemon.err.text()
    daemon.page().ready().close()
    assert "debug: " not in daemon.err.text()


def test_a_reload_says_what_needs_a_restart(bed, compositor):
    daemon = bed.daemon(compositor)
    write(bed, "log-level: debug\nmax-connections: 7\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.err.wait("the setting max-connections has changed, which needs a restart")
    daemon.page().ready()
    daemon.err.wait("debug: ")
    daemon.close_pages()


def test_a_reload_on_the_bus_answers_what_came_of_it(bed, compositor):
    file = write(bed, "port: 1\nlog-level: info\n")
    bus = BusDaemon(bed.env)
    bed._programs.append(bus)
    bed.daemon(compositor, options=("--bus", bus.address)).page().ready().close()
    with contextlib.closing(BusClient(bus)) as client:
        client.wait_for_name()
        reload = lambda: client.call(ROOT, MANAGER, "Reload")  # noqa: E731
        assert reload() == []
        write(bed, "port: 1\nlog-level: debug\nbricks: elsewhere\ncompositors: [{name: another}]\n")
        assert reload() == ["bricks", "compositors"]
        write(bed, "log-level: loud\nprot: 3\n")
        with pytest.raises(BusError, match="InvalidSettings") as refused:
            reload()
        assert f"{file}:1: log-level" in str(refused.value) and f"{file}:2: there is no setting" in str(refused.value)


def test_the_examples_of_the_readme_are_right(bed):
    said = ""
    for example in re.findall(r"```yaml\n(.*?)```", (SOURCE / "README.md").read_text(), re.DOTALL):
        write(bed, example)
        done = run(bed, "--check-config")
        assert (done.returncode, done.stderr) == (0, "")
        said += done.stdout
    assert f"manifest: {bed.directory}/map/manifest.json" in said and f"codegen: {bed.directory}/project" in said
    assert f"token-file: {bed.directory}/.config/compositord/attic.token" in said
