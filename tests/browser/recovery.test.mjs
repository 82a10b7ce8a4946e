// What cuts the page off, and that it is in the same state as everything else afterwards, without a reload.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { eventually, launchBrowser } from "./bed.mjs";
import { ShellPage } from "./shell_page.mjs";

const WINDOWS = [
  [300, 200, "stays", -550, -300],
  [260, 220, "moves", 200, -280],
  [320, 180, "goes", -160, 80],
];

/** A network between browser and server that can stop to carry anything, without telling either of them. */
class Network {
  #pairs = new Set();

  async start(port) {
    this.server = createServer((client) => {
      const upstream = connect(port, "127.0.0.1");
      const pair = [client, upstream];
      this.#pairs.add(pair);
      for (const [from, to] of [pair, [...pair].reverse()]) {
        from.on("data", (data) => this.cut || to.write(data));
        from.on("error", () => {});
        from.on("close", () => {
          this.#pairs.delete(pair);
          if (!this.cut) to.destroy();
        });
      }
    }).listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this.server.address().port;
  }

  /** Connections of before stay dead, as they do when an address has changed. */
  restore() {
    this.cut = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  stop() {
    this.server.close();
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }
}

let browser, shell, page, bed;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());
beforeEach(async () => {
  shell = await ShellPage.open(browser);
  ({ page, bed } = shell);
  await bed.openWindows(WINDOWS);
  await eventually(async () => (await shell.ask("windows")).length === WINDOWS.length, "all windows");
});
afterEach(() => shell.close());

/** Things that happen behind the page's back. */
async function change() {
  const state = await bed.state();
  const id = (title) => state.windows.find((window) => window.title === title).id;
  await bed.ask("move", { window: id("moves"), x: 40, y: 60 });
  await bed.request({ type: "Close", window: id("goes") }, { type: "PutTile", x: 1, y: 2, brick: "behind.png" });
  await bed.ask("move_camera", { output: "HEADLESS-1", x: 33, y: -44, zoom: 0.8 });
}

/** The page shows what the compositor has. */
async function same() {
  await eventually(async () => {
    const [state, windows, tiles, [camera]] = [await bed.state(), await shell.ask("windows"), await shell.ask("tiles"), await shell.ask("cameras")];
    const [real] = state.cameras;
    const view = await shell.ask("view");
    const moves = [state.windows, windows].map((list) => list.find(({ title }) => title === "moves"));
    const area = await shell.ask("area");
    const x = area.x + area.width / 2 + (moves[0].x - real.x) * view.zoom;
    return (
      windows.length === 2 &&
      state.windows.length === 2 &&
      Math.abs(moves[1].rect.x - x) < 1.5 &&
      camera.x === 33 &&
      camera.zoom === 0.8 &&
      tiles.some(({ cell, brick }) => cell === "1,2" && brick === "behind.png")
    );
  }, "the page shows what there is");
}

it("a network that swallows everything is noticed, and the page is right again when it is back", async () => {
  const network = new Network();
  try {
    const port = await network.start(bed.port);
    await page.goto(`http://127.0.0.1:${port}/`);
    await shell.connected();
    await eventually(async () => (await shell.ask("windows")).length === WINDOWS.length, "all windows");
    network.cut = true;
    await change();
    // Nothing tells the page: it has to ask, and to miss the answer. That takes the heartbeat's time and the deadline's.
    await eventually(async () => (await shell.ask("status")).kind !== "connected", "it is noticed", 60_000);
    assert.equal((await shell.ask("windows")).length, WINDOWS.length, "until then the old state is shown");
    network.restore();
    await eventually(async () => (await shell.ask("status")).kind === "connected", "connected again", 60_000);
    await same();
  } finally {
    network.stop();
  }
});

it("a page that was asleep shows what happened meanwhile", async () => {
  const session = await shell.context.newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await change();
  await bed.killCompanion();
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await shell.connected();
  await same();
});

it("a server that was killed again and again is followed each time", async () => {
  await change();
  for (let time = 0; time < 3; time += 1) {
    await bed.killCompanion();
    await shell.connected();
  }
  await same();
});
