// The test bed of the browser tests: a real compositor with compositord as its companion, real windows, Chromium.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const WEB = path.join(ROOT, "subprojects/web");
const COMPOSITORD = process.env.COMPOSITORD ?? path.join(ROOT, "build/src/compositord");
const COMPOSITOR =
  process.env.COMPOSITOR ?? path.join(ROOT, "subprojects/infinite-map/target/debug/infinite-map-compositor");
const TEST_WINDOW = process.env.TEST_WINDOW ?? path.join(ROOT, "build/tests/clients/test_window");
const DEADLINE = 20_000;

const require = createRequire(path.join(WEB, "package.json"));
const { chromium } = require("playwright-core");
const { WebSocket } = require("ws");

export function launchBrowser() {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/** The first true value of check(), asked again and again, with a deadline. */
export async function eventually(check, what, deadline = DEADLINE) {
  const end = Date.now() + deadline;
  for (;;) {
    const value = await check();
    if (value) return value;
    assert.ok(Date.now() < end, `${what}: not within ${deadline} ms`);
    await sleep(20);
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function processesWith(marker) {
  const found = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (readFileSync(`/proc/${entry}/environ`, "latin1").split("\0").includes(marker)) found.push(Number(entry));
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

export class Bed {
  static async start({ outputs = ["HEADLESS-1=1280x720"], daemon = "", prepare = () => {} } = {}) {
    const bed = new Bed();
    bed.directory = mkdtempSync("/tmp/cbed-");
    bed.env = {
      PATH: process.env.PATH,
      HOME: bed.directory,
      XDG_RUNTIME_DIR: bed.directory,
      LANG: "C.UTF-8",
      SHELL: "/bin/sh",
      ...(process.env.ASAN_OPTIONS && { ASAN_OPTIONS: process.env.ASAN_OPTIONS }),
    };
    prepare(bed.directory);
    bed.port = await freePort();
    const companion = `${COMPOSITORD} --port ${bed.port} --orchestrator-port 0 --web-root ${path.join(WEB, "dist")} ${daemon.replaceAll("{directory}", bed.directory)}`;
    const options = outputs.flatMap((output) => ["--output", output]);
    bed.log = "";
    bed.process = spawn(COMPOSITOR, [...options, "--companion", companion], { env: bed.env, stdio: ["ignore", "pipe", "pipe"] });
    bed.process.stderr.on("data", (data) => (bed.log += data));
    try {
      await bed.#ready();
    } catch (error) {
      // What is left running would keep the test's process from its end.
      bed.process.kill("SIGKILL");
      bed.control?.destroy();
      rmSync(bed.directory, { recursive: true, force: true });
      throw new Error(`${error.message}; the log is\n${bed.log}`, { cause: error });
    }
    return bed;
  }

  async #ready() {
    const [line] = await once(createInterface({ input: this.process.stdout }), "line", { signal: AbortSignal.timeout(DEADLINE) });
    const ready = JSON.parse(line);
    this.display = ready.display;
    this.control = connect(ready.control);
    this.replies = createInterface({ input: this.control })[Symbol.asyncIterator]();
    this.turn = Promise.resolve();
    await eventually(() => this.log.includes(`listening on http://127.0.0.1:${this.port}/`), "compositord listens");
  }

  get address() {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Sends one command to the compositor's control socket. */
  ask(cmd, members = {}) {
    const reply = this.turn.then(async () => {
      this.control.write(`${JSON.stringify({ cmd, ...members })}\n`);
      const { value } = await this.replies.next();
      const answer = JSON.parse(value);
      assert.ok(answer.ok, answer.error);
      return answer;
    });
    this.turn = reply.catch(() => {});
    return reply;
  }

  state() {
    return this.ask("state");
  }

  async camera() {
    return (await this.state()).cameras[0];
  }

  window(title) {
    return eventually(async () => (await this.state()).windows.find((window) => window.title === title), `window ${title}`);
  }

  /**
   * Opens windows of the test client: [[width, height, title, x, y], …]; returns a function that sends it commands, whose
   * `heard` is what the client was told.
   */
  async openWindows(list) {
    const client = spawn(TEST_WINDOW, [], { env: { ...this.env, WAYLAND_DISPLAY: this.display }, stdio: ["pipe", "pipe", "inherit"] });
    this.clients.push(client);
    const heard = [];
    createInterface({ input: client.stdout }).on("line", (line) => heard.push(JSON.parse(line)));
    for (const [index, [width, height, title, x, y]] of list.entries()) {
      client.stdin.write(`open ${index + 1} ${width} ${height} ${title}\n`);
      await this.ask("move", { window: (await this.window(title)).id, x, y });
    }
    return Object.assign((command) => client.stdin.write(`${command}\n`), { heard });
  }

  /** Sends requests to compositord as another client than the page, and waits until all are acknowledged. */
  async request(...requests) {
    const socket = new WebSocket(this.address.replace("http", "ws"), "compositord.v1.json");
    await once(socket, "open", { signal: AbortSignal.timeout(DEADLINE) });
    let left = requests.length;
    const answered = new Promise((resolve, reject) => {
      socket.on("message", (data) => {
        const message = JSON.parse(data);
        if (message.type === "Error") reject(new Error(message.message));
        else if (message.type === "Ack" && (left -= 1) === 0) resolve();
      });
      socket.on("close", () => reject(new Error("compositord closed the connection")));
    });
    requests.forEach((request, id) => socket.send(JSON.stringify({ ...request, id })));
    await answered;
    socket.terminate();
  }

  async killCompanion() {
    const { companion } = await this.state();
    process.kill(companion.pid, "SIGKILL");
    await eventually(async () => {
      const next = (await this.state()).companion.pid;
      return next !== null && next !== companion.pid;
    }, "a new companion");
  }

  async stop() {
    for (const client of this.clients) {
      client.stdin.end();
      if (client.exitCode === null) await once(client, "exit", { signal: AbortSignal.timeout(DEADLINE) });
    }
    this.control.destroy();
    this.process.kill("SIGTERM");
    const [status] = await once(this.process, "exit", { signal: AbortSignal.timeout(DEADLINE) });
    try {
      assert.equal(status, 0, this.log);
      assert.doesNotMatch(this.log, /Sanitizer|runtime error|panicked/);
      const marker = `XDG_RUNTIME_DIR=${this.directory}`;
      await eventually(() => processesWith(marker).length === 0, "no process is left");
    } finally {
      rmSync(this.directory, { recursive: true, force: true });
    }
  }

  clients = [];
}

/** The colours at points of a screenshot, as [red, green, blue], read by the browser itself. */
export async function coloursAt(context, screenshot, points) {
  const reader = await context.newPage();
  const colours = await reader.evaluate(
    async ([data, places]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const drawing = canvas.getContext("2d");
      drawing.drawImage(image, 0, 0);
      return places.map(({ x, y }) => [...drawing.getImageData(Math.round(x), Math.round(y), 1, 1).data.slice(0, 3)]);
    },
    [screenshot.toString("base64"), points],
  );
  await reader.close();
  return colours;
}
