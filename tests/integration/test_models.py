"""Steps that ask a language model. The model's server is scripted (bed/model.py): what is tested is what the daemon makes of
what such a server sends, or does not send."""

import ssl
import subprocess
import threading
import time

import pytest

from bed.bus import BusDaemon, BusClient
from bed.daemon import free_port
from bed.model import Error, HangUp, ModelServer, Silence, Stream, calls, delta, says
from bed.sessions import pipeline
from bed.waiting import DEADLINE, eventually
from test_sessions import events, spawn, wait_for_end


class Asked:
    """A session with one step that asks a model, and what came of it."""

    def __init__(self, page, session):
        self.page, self.session = page, session

    def end(self):
        self.outcome = wait_for_end(self.page, self.session)
        return self.outcome

    def output(self, kind):
        return "".join(m["text"] for m in events(self.page, self.session) if m["event"] == "output" and m["kind"] == kind)


@pytest.fixture
def server():
    servers = []

    def start(*answers, **options):
        servers.append(ModelServer(*answers, **options))
        return servers[-1]

    yield start
    for started in servers:
        started.close()


@pytest.fixture
def ask(bed, compositor):
    def start(*, env=None, task="Say it.", **settings):
        pipeline(bed, "ask", {"name": "ask", "builtin": "chat", "settings": settings})
        page = bed.daemon(compositor, extra_env=env).page().ready()
        return Asked(page, spawn(page, "ask", task=task))

    return start


@pytest.mark.parametrize("piece", [None, 1, 7])
def test_an_answer_is_told_as_it_comes_with_thinking_apart(ask, server, piece):
    thinks = delta(reasoning_content="Hm. ")
    model = server(Stream(thinks, 1, *says("<thi", "nk>Hm again.</think>Grüße ✓", " und\nEnde"), piece=piece, newline="\r\n"))
    asked = ask(url=model.url, system="You are {type}.", max_tokens="99")
    assert asked.end()["outcome"] == "completed", asked.outcome
    assert asked.outcome["result"] == asked.output("text") == "Grüße ✓ und\nEnde"
    assert asked.output("thinking") == "Hm. Hm again."
    [request] = model.requests
    assert request["path"] == "/v1/chat/completions" and request["headers"]["content-type"] == "application/json"
    body = request["body"]
    assert body["messages"] == [{"role": "system", "content": "You are ask."}, {"role": "user", "content": "Say it."}]
    assert body["stream"] and body["max_tokens"] == 99 and "model" not in body and "Authorization" not in request["headers"]
    assert [m["tokens"] for m in events(asked.page, asked.session) if m["event"] == "tokens"] == [16]


def test_the_environment_says_where_the_model_is(ask, server):
    model = server(says("yes", model="qwen2.5-coder@q4_k_m"))
    asked = ask(env={"LM_STUDIO_BASE_URL": model.url.removesuffix("/v1"), "LM_STUDIO_MODEL": "qwen2.5-coder"})
    assert asked.end()["result"] == "yes"
    assert model.requests[0]["body"]["model"] == "qwen2.5-coder"


def test_cancelling_hangs_up_in_the_middle_of_an_answer(ask, server):
    gate = threading.Event()
    model = server(Stream(delta(content="Once upon"), gate, *says("a time")))
    asked = ask(url=model.url)
    asked.page.wait(lambda p: asked.output("text") == "Once upon")
    asked.page.do("CancelSession", session=asked.session)
    assert asked.end()["outcome"] == "cancelled"
    model.wait_until_gone()


def test_a_model_that_says_nothing_or_stops_is_given_up(ask, server):
    silent = server(Silence())
    asked = ask(url=silent.url, first_token="1")
    assert asked.end()["outcome"] == "failed" and "said nothing within" in asked.outcome["error"]
    silent.wait_until_gone()


def test_a_model_that_stops_in_the_middle_is_given_up(ask, server):
    model = server(Stream(delta(content="Once"), threading.Event()))
    asked = ask(url=model.url, idle="1", first_token="600")
    assert "stopped in the middle of its answer" in asked.end()["error"]
    assert len(model.requests) == 1
    model.wait_until_gone()


def test_a_silence_for_the_first_word_is_not_one_between_words(ask, server):
    gate = threading.Event()
    model = server(Stream(delta(role="assistant", content=""), gate, *says("late")))
    asked = ask(url=model.url, idle="1", first_token="600")
    model.wait_for_requests(1)
    time.sleep(2.5)  # what must not happen in this time is giving up
    gate.set()
    assert asked.end()["result"] == "late"


@pytest.mark.parametrize(
    "answer, part",
    [
        (Error(404, {"error": {"message": "No models loaded. Please load a model.", "code": "model_not_found"}}), "lms load"),
        (Error(400, {"error": "The number of tokens to keep exceeds the context length"}), "longer context"),
        (Error(401, {"error": {"message": "bad key"}}), "it wants a key"),
        (Error(500, b"<html>oops</html>"), "the server says 500: <html>oops"),
        (Error(200, b"<html>A router</html>", {"Content-Type": "text/html"}), "does not stream its answer"),
        (Error(307, b"", {"Location": "http://127.0.0.1:1/v1"}), "the server says 307, that is at another address"),
        (Stream(delta(content="half"), end="cut"), "in the middle of the answer"),
        (Stream(delta(content="half")), "in the middle of the answer"),
        (Stream(delta(content="half"), {"error": {"message": "out of memory"}}), "out of memory"),
        (Stream(delta(content="a"), "{no json"), "no JSON object"),
        (Stream(*says()), "empty answer"),
        (Stream(*says("<think>for ever", finish="length")), "more tokens"),
    ],
)
def test_what_goes_wrong_is_said(ask, server, answer, part):
    model = server(answer)
    asked = ask(url=model.url)
    assert asked.end()["outcome"] == "failed"
    assert part in asked.outcome["error"], asked.outcome["error"]
    assert len(model.requests) == 1


def test_another_model_than_the_one_asked_for_is_not_taken(ask, server):
    model = server(says("yes", model="tinyllama"))
    asked = ask(url=model.url, model="qwen2.5-coder-7b")
    assert asked.end()["outcome"] == "failed" and "another one answers, tinyllama" in asked.outcome["error"]
    assert asked.output("text") == ""


def test_what_models_there_are_instead_is_said(ask, server):
    model = server(Error(404, {"error": "No models loaded"}), says("yes", model="tinyllama"))
    model.models = ["tinyllama", "qwen3"]
    asked = ask(url=model.url, model="gemma", fallback_url=model.url, fallback_model="gemma")
    error = asked.end()["error"]
    assert error.count("; it has tinyllama, qwen3") == 2 and "No models loaded" in error and "another one answers" in error


def test_the_timeout_of_the_environment_counts(ask, server):
    model = server(Silence())
    asked = ask(env={"LM_STUDIO_TIMEOUT": "1"}, url=model.url)
    assert "said nothing within 1000ms" in asked.end()["error"]


def test_a_server_that_is_busy_is_asked_again_when_it_says_and_one_that_hung_up_too(ask, server):
    model = server(Error(429, {"error": "slow down"}, {"Retry-After": "2"}), HangUp(), says("yes"))
    begin = time.monotonic()
    asked = ask(url=model.url)
    assert asked.end()["result"] == "yes"
    assert time.monotonic() - begin >= 2 and len(model.requests) == 3
    assert "slow down" in asked.output("diagnostic") and "trying again" in asked.output("diagnostic")


def test_a_server_that_is_not_there_is_replaced_by_the_other_one(ask, server):
    model = server(says("yes"))
    asked = ask(url=f"http://127.0.0.1:{free_port()}/v1", fallback_url=model.url)
    assert asked.end()["result"] == "yes"
    assert "asking" in asked.output("diagnostic")


def test_when_no_server_is_there_all_are_named(ask):
    urls = [f"http://localhost:{free_port()}/v1" for _ in range(2)]
    asked = ask(url=urls[0], fallback_url=urls[1])
    assert asked.end()["outcome"] == "failed"
    assert all(url in asked.outcome["error"] for url in urls)


def test_a_name_that_nobody_has_is_said(ask):
    asked = ask(url="http://model.invalid/v1")
    assert asked.end()["outcome"] == "failed" and "cannot find the address of model.invalid" in asked.outcome["error"]


def test_a_flood_is_taken_in_turns_and_is_bounded(ask, server):
    model = server(Stream(*(delta(content="x" * 65536) for _ in range(200))))
    asked = ask(url=model.url)
    assert asked.end()["outcome"] == "failed" and "longer than 8388608 bytes" in asked.outcome["error"]


def test_a_key_goes_over_tls_to_a_server_that_can_be_trusted(bed, ask, server, tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem", "-out", "certificate.pem"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )
    key = tmp_path / "key"
    key.write_text("sk-secret\n")
    key.chmod(0o600)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    model = server(says("yes"), tls=context)
    url = model.url.replace("127.0.0.1", "localhost")
    asked = ask(url=url, key_file=str(key), env={"SSL_CERT_FILE": str(tmp_path / "certificate.pem")})
    assert asked.end()["outcome"] == "completed", asked.outcome
    assert model.requests[0]["headers"]["authorization"] == "Bearer sk-secret"

    stranger = server(says("yes"), tls=context)
    asked = ask(url=stranger.url.replace("127.0.0.1", "localhost"), key_file=str(key))
    assert asked.end()["outcome"] == "failed" and not stranger.requests
    assert "sk-secret" not in str(asked.page.messages)


@pytest.fixture
def keyring(bed):
    """GNOME's keyring on a bus, unlocked. What it returns puts a key there."""
    bus = BusDaemon(bed.env)
    bed._programs.append(bus)
    argv = ["gnome-keyring-daemon", "--foreground", "--components=secrets", f"--control-directory={bed.directory}/keyring", "--unlock"]
    env = {**bed.env, "DBUS_SESSION_BUS_ADDRESS": bus.address}
    daemon = subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    daemon.stdin.write(b"password")
    daemon.stdin.close()
    client = BusClient(bus)
    eventually(lambda: client.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner", "s", "org.freedesktop.secrets", to="org.freedesktop.DBus"), "the keyring")
    client.close()

    def put(name, secret):
        argv = ["secret-tool", "store", "--label", name, "service", "compositord", "key", name]
        subprocess.run(argv, env=env, input=secret.encode(), check=True, timeout=DEADLINE)

    yield put
    daemon.terminate()
    daemon.wait(DEADLINE)


def test_a_key_comes_from_the_keyring(ask, server, keyring):
    model = server(says("yes"), says("yes"))
    keyring("openai", "sk-secret")
    asked = ask(url=model.url, keyring="openai")
    assert asked.end()["outcome"] == "completed", asked.outcome
    assert model.requests[0]["headers"]["authorization"] == "Bearer sk-secret"
    asked = Asked(asked.page, spawn(asked.page, "ask", task="again"))
    keyring("openai", "sk-another")
    assert asked.end()["outcome"] == "completed", asked.outcome
    assert "sk-" not in str(asked.page.messages)


def test_a_key_that_is_not_in_the_keyring_is_not_asked_for_again_and_again(ask, server, keyring):
    keyring("other", "sk-other")
    model = server(says("yes"))
    asked = ask(url=model.url, keyring="openai")
    assert asked.end()["outcome"] == "failed"
    assert "secret-tool store --label=openai service compositord key openai" in asked.outcome["error"]
    assert "trying again" not in asked.output("diagnostic") and not model.requests


def test_without_a_keyring_that_is_said(ask, server):
    model = server(says("yes"))
    asked = ask(url=model.url, keyring="openai", env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"})
    assert asked.end()["outcome"] == "failed" and "the keyring cannot be read" in asked.outcome["error"], asked.outcome
    asked = ask(url=model.url, keyring="openai", env={"PATH": "/nowhere"})
    assert asked.end()["outcome"] == "failed" and "libsecret-tools" in asked.outcome["error"], asked.outcome
    assert not model.requests


@pytest.mark.parametrize(
    "settings, part",
    [
        ({"url": "localhost:1234"}, "is a URL such as"),
        ({"url": "http://127.0.0.1:1/v1", "idle": "0"}, "idle must be a number"),
        ({"urll": "x"}, "no such setting"),
        ({"url": "http://example.org/v1", "key_file": "/dev/null"}, "only to this machine or over https"),
        ({"url": "http://example.org/v1", "keyring": "mine"}, "only to this machine or over https"),
        ({"url": "http://localhost/v1", "key_file": "/dev/null", "keyring": "mine"}, "not in both"),
        ({"url": "http://localhost/v1", "key_file": "/etc/passwd"}, "only its owner can read"),
    ],
)
def test_settings_that_are_wrong_are_refused(ask, settings, part):
    asked = ask(**settings)
    assert asked.end()["outcome"] == "failed" and part in asked.outcome["error"], asked.outcome["error"]


def test_an_answer_that_only_calls_tools_has_no_text(ask, server):
    model = server(calls(("call_1", "read_file", {"path": "src/lib.rs"})))
    asked = ask(url=model.url)
    assert asked.end()["outcome"] == "completed" and asked.outcome["result"] == ""
