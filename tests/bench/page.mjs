// How far the page is behind the compositor, what a frame takes with much on the map, and whether it grows. Real compositor, compositord and Chromium; the server
// is the one that COMPOSITORD names.
//   node tests/bench/page.mjs [MINUTES]     how long to watch the memory (default 0.5)
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Bed, eventually, launchBrowser, WEB } from "../browser/bed.mjs";
import { LoadBed, TILES, WINDOWS } from "../browser/load_page.mjs";
import { png } from "../browser/pictures.mjs";

const { WebSocket } = createRequire(path.join(WEB, "package.json"))("ws");
const ANIMATIONS = 8;
const now = () => performance.timeOrigin + performance.now();

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
function describe(name, milliseconds) {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = [0.5, 0.9, 0.95, 0.99].map((share) => `p${share * 100} ${quantile(sorted, share).toFixed(1)}`);
  console.log(`${name.padEnd(56)} ${at.join("  ")}  max ${sorted.at(-1).toFixed(1)} ms  (${sorted.length})`);
  return (share) => quantile(sorted, share);
}

/** Another client on the same loopback: when it is told of a pose the network is behind it. */
async function follow(bed) {
  const socket = new WebSocket(bed.address.replace("http", "ws"), "compositord.v1.json");
  const poses = new Map();
  socket.on("message", (data) => {
    const time = now();
    const message = JSON.parse(data);
    if (message.type === "CameraUpdate") poses.set(message.cameras[0].x, time);
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return { socket, poses };
}

/** Milliseconds by which the page's clock is ahead of this process's. */
async function clockOffset(page) {
  let best = { trip: Infinity, offset: 0 };
  for (let i = 0; i < 30; i += 1) {
    const begin = now();
    const there = await page.evaluate(() => performance.timeOrigin + performance.now());
    const trip = now() - begin;
    if (trip < best.trip) best = { trip, offset: there - begin - trip / 2 };
  }
  return best.offset;
}

/**
 * Run before any script of a page: it notes when the page's own socket tells it of a pose, before the page itself sees
 * it, and of each of its frames when it began, when it was drawn, and where the camera was in it.
 */
function watch() {
  const log = (globalThis.log = { told: [], frames: [] });
  const time = () => performance.timeOrigin + performance.now();
  globalThis.WebSocket = class extends WebSocket {
    constructor(...parameters) {
      super(...parameters);
      this.addEventListener("message", ({ data }) => {
        const at = time();
        const message = JSON.parse(data);
        if (message.type === "CameraUpdate") log.told.push([at, message.cameras[0].x]);
      });
    }
  };
  const channel = new MessageChannel();
  let begin = 0;
  // A task after the frame's callbacks: the page has drawn by then.
  channel.port1.onmessage = () => log.frames.push([begin, time(), globalThis.compositordShell?.view().x]);
  const look = () => {
    begin = time();
    channel.port2.postMessage(null);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** The least that a page can do: one box, put where the newest update says when the next frame is drawn. */
function simplest() {
  document.body.innerHTML = '<div style="width: 100px; height: 100px; background: red"></div>';
  let [newest, shown, due] = [0, 0, false];
  globalThis.compositordShell = { view: () => ({ x: shown }) };
  const socket = new WebSocket(`ws://${location.host}/`, "compositord.v1.json");
  const draw = () => {
    due = false;
    shown = newest;
    document.body.firstChild.style.transform = `translateX(${shown / 4}px)`;
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type !== "CameraUpdate" && message.type !== "Snapshot") return;
    newest = message.cameras[0].x;
    if (!due) requestAnimationFrame(draw);
    due = true;
  };
}

class Lags {
  intervals = [];
  deliveries = [];
  drawings = [];
  whole = [];
  /** Frames that began after a pose was told, up to the one that shows it. */
  begun = [];

  async animate(bed, page, from, to) {
    const offset = await clockOffset(page);
    const { socket, poses } = await follow(bed);
    const view = () => page.evaluate(() => globalThis.compositordShell.view().x);
    await eventually(async () => Math.abs((await view()) - from) < 0.01, "the page rests");
    await page.evaluate(() => (globalThis.log.told.length = globalThis.log.frames.length = 0));
    await bed.ask("move_camera", { output: "HEADLESS-1", x: to, y: 0, zoom: 1, duration: 1500 });
    await eventually(async () => Math.abs((await view()) - to) < 0.01, "the page arrives");
    const { told, frames } = await page.evaluate(() => globalThis.log);
    socket.terminate();
    const sign = Math.sign(to - from);
    for (const [time, x] of told) {
      const index = frames.findIndex((frame) => frame[1] >= time && sign * (frame[2] - x) >= -0.01);
      if (index < 1) continue;
      const [began, drawn] = frames[index];
      this.intervals.push(began - frames[index - 1][0]);
      this.drawings.push(drawn - time);
      this.begun.push(frames.slice(0, index + 1).filter((frame) => frame[0] >= time).length);
      if (!poses.has(x)) continue;
      this.deliveries.push(time - offset - poses.get(x));
      this.whole.push(drawn - offset - poses.get(x));
    }
  }

  report(name) {
    const interval = describe(`${name}: from frame to frame`, this.intervals);
    describe(`${name}: told to a bare client -> to the page`, this.deliveries);
    const drawing = describe(`${name}: told to the page -> drawn`, this.drawings);
    describe(`${name}: told to a bare client -> drawn`, this.whole);
    const share = (frames) => ((100 * this.begun.filter((count) => count <= frames).length) / this.begun.length).toFixed(1);
    const of = (part) => (drawing(part) / interval(part)).toFixed(2);
    console.log(`${name}: in frames p50 ${of(0.5)}, p95 ${of(0.95)}, p99 ${of(0.99)}; drawn in the first frame that began then ${share(1)} %, in the second ${share(2)} %`);
  }
}

/** The page and the simplest one take turns, so that whatever else the machine does is the same for both. */
async function lag(bed, pages) {
  const lags = new Map(Object.keys(pages).map((name) => [name, new Lags()]));
  for (let turn = 0; turn < ANIMATIONS; turn += 1) {
    for (const [name, page] of Object.entries(pages)) {
      await page.bringToFront();
      await bed.ask("move_camera", { output: "HEADLESS-1", x: 0, y: 0, zoom: 1 });
      await lags.get(name).animate(bed, page, 0, 1200);
    }
  }
  for (const [name, each] of lags) each.report(name);
  const metrics = await (await fetch(`${bed.address}metrics`)).text();
  const [sum, count] = ["sum", "count"].map((name) => Number(new RegExp(`commit_to_write_seconds_${name} (\\S+)`).exec(metrics)[1]));
  console.log(`${"commit -> write of the server, mean".padEnd(56)} ${((sum / count) * 1000).toFixed(2)} ms`);
}

/** 10,000 tiles and 500 windows while the camera moves, and as many sprites in Pixi alone. */
async function load(browser) {
  const bed = new LoadBed(browser);
  await bed.start();
  const pages = [await bed.open(TILES, WINDOWS), await bed.openBare()];
  const times = pages.map(() => []);
  const bytes = [];
  for (const page of pages) {
    await page.page.bringToFront();
    await page.move(40);
    bytes.push(await page.allocations(40));
  }
  for (let turn = 0; turn < 5; turn += 1) {
    for (const [index, page] of pages.entries()) {
      await page.page.bringToFront();
      times[index].push(await page.milliseconds(3000));
    }
  }
  const [own, bare] = times.map((list) => list.sort((a, b) => a - b)[2]);
  console.log(`a frame with ${TILES} tiles and ${WINDOWS} windows: ${own.toFixed(0)} ms, as many sprites in Pixi alone ${bare.toFixed(0)} ms: ${(own / bare).toFixed(2)} times (medians of 5)`);
  console.log(`allocated in it: ${bytes[0].own} bytes by the page's own functions, ${bytes[0].pixi} by Pixi; ${bytes[1].pixi} by Pixi alone`);
  for (const page of pages) await page.close();
  bed.stop();
}

/** What is in use after the garbage was collected, in KiB: what the page made, and what the browser compiled and keeps of it. */
async function heap(devtools) {
  for (let i = 0; i < 3; i += 1) await devtools.send("HeapProfiler.collectGarbage");
  let text = "";
  const take = ({ chunk }) => (text += chunk);
  devtools.on("HeapProfiler.addHeapSnapshotChunk", take);
  await devtools.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  devtools.off("HeapProfiler.addHeapSnapshotChunk", take);
  const { snapshot, nodes: values } = JSON.parse(text);
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf("type"), fields.indexOf("self_size")];
  const sums = { page: 0, code: 0, native: 0 };
  for (let i = 0; i < values.length; i += fields.length) {
    const kind = types[type][values[i + type]];
    sums[kind === "code" || kind === "native" ? kind : "page"] += values[i + size];
  }
  const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
  return { ...sums, nodes, jsEventListeners };
}

async function memory(bed, page, minutes) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.enable");
  const { windows } = await bed.state();
  const work = async (milliseconds) => {
    const end = Date.now() + milliseconds;
    for (let i = 0; Date.now() < end; i += 1) {
      await bed.ask("move_camera", { output: "HEADLESS-1", x: (i % 2) * 1200, y: 0, zoom: 1, duration: 900 });
      await bed.ask("move", { window: windows[i % windows.length].id, x: (i * 37) % 600, y: (i * 53) % 400 });
      await bed.request({ type: "PutTile", x: i % 8, y: Math.floor(i / 8) % 8, brick: `brick-${i % 5}.png` });
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  };
  await work(20_000); // until caches are full and what is run often is compiled
  const before = await heap(devtools);
  const half = [];
  for (const _ of [1, 2]) {
    await work(minutes * 30_000);
    half.push(await heap(devtools));
  }
  const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;
  const say = ({ page: made, code, native, nodes, jsEventListeners }) => `${kib(made)} of the page (and ${kib(code)} of code, ${kib(native)} of the browser), ${nodes} nodes, ${jsEventListeners} listeners`;
  console.log(`memory after gc, camera, windows and tiles moving all the time: at first ${say(before)}; after ${minutes / 2} min ${say(half[0])}; after ${minutes} min ${say(half[1])}`);
}

const minutes = Number(process.argv[2] ?? 0.5);
if (!(minutes >= 0)) throw new Error("MINUTES is a number");
/** Bricks without a picture would fill the browser's own log of what it could not get. */
function prepare(directory) {
  const queue = path.join(directory, "bricks/queue");
  mkdirSync(queue, { recursive: true });
  for (let i = 0; i < 5; i += 1) writeFileSync(path.join(queue, `brick-${i}.png`), png(32, (x, y) => [x * 8, y * 8, i * 50]));
}

const bed = await Bed.start({ daemon: "--grant all --bricks {directory}/bricks", prepare });
const browser = await launchBrowser();
try {
  await bed.openWindows([[300, 200, "one", -150, -100], [260, 220, "two", 200, -280], [320, 180, "three", 500, 80]]);
  const newPage = async () => (await browser.newContext({ viewport: { width: 1000, height: 700 } })).newPage();
  const open = async (watched) => {
    const page = await newPage();
    if (watched) await page.addInitScript(watch);
    await page.goto(bed.address);
    await eventually(async () => (await page.evaluate(() => globalThis.compositordShell?.windows().length)) === 3, "the page is there");
    return page;
  };
  const openSimplest = async () => {
    const page = await newPage();
    await page.addInitScript(watch);
    await page.goto(`${bed.address}reference.html`);
    await page.evaluate(simplest);
    return page;
  };
  const pages = { "the page": await open(true), "the simplest page": await openSimplest() };
  await lag(bed, pages);
  for (const page of Object.values(pages)) await page.context().close();
  await load(browser);
  // Another page: in the first one grows what was measured.
  if (minutes > 0) await memory(bed, await open(false), minutes);
} finally {
  await browser.close();
  await bed.stop();
}
