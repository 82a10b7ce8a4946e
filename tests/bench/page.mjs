// How far the page is behind the compositor, and whether it grows. Real compositor, compositord and Chromium; the server
// is the one that COMPOSITORD names.
//   node tests/bench/page.mjs [MINUTES]     how long to watch the memory (default 0.5)
import { createRequire } from "node:module";
import path from "node:path";
import { Bed, eventually, launchBrowser, WEB } from "../browser/bed.mjs";

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
  const poses = [];
  socket.on("message", (data) => {
    const time = now();
    const message = JSON.parse(data);
    if (message.type === "CameraUpdate") poses.push({ time, x: message.cameras[0].x });
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

/** From now on the page notes each of its frames: when it was drawn, and where the camera was in it. */
function watchFrames(page) {
  return page.evaluate(() => {
    const seen = (globalThis.seen = []);
    const channel = new MessageChannel();
    // A task after the frame's callbacks: the page has drawn by then.
    channel.port1.onmessage = () => seen.push([performance.timeOrigin + performance.now(), globalThis.compositordShell.view().x]);
    const look = () => {
      channel.port2.postMessage(null);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    // A socket beside the page's own, which does nothing: what the browser itself takes until a page is told.
    const told = (globalThis.told = []);
    const socket = new WebSocket(`ws://${location.host}/`, "compositord.v1.json");
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "CameraUpdate") told.push([performance.timeOrigin + performance.now(), message.cameras[0].x]);
    };
  });
}

async function lag(bed, page) {
  const offset = await clockOffset(page);
  const { socket, poses } = await follow(bed);
  await watchFrames(page);
  const lags = [];
  const intervals = [];
  const deliveries = [];
  const drawings = [];
  for (let turn = 0; turn < ANIMATIONS; turn += 1) {
    const [from, to] = turn % 2 === 0 ? [0, 1200] : [1200, 0];
    await eventually(async () => Math.abs((await page.evaluate(() => globalThis.compositordShell.view().x)) - from) < 0.01, "the page rests");
    poses.length = 0;
    await page.evaluate(() => (globalThis.seen.length = globalThis.told.length = 0));
    await bed.ask("move_camera", { output: "HEADLESS-1", x: to, y: 0, zoom: 1, duration: 1500 });
    await eventually(async () => Math.abs((await page.evaluate(() => globalThis.compositordShell.view().x)) - to) < 0.01, "the page arrives");
    const frames = (await page.evaluate(() => globalThis.seen)).map(([time, x]) => ({ time: time - offset, x }));
    for (let i = 1; i < frames.length; i += 1) intervals.push(frames[i].time - frames[i - 1].time);
    const told = (await page.evaluate(() => globalThis.told)).map(([time, x]) => ({ time: time - offset, x }));
    const sign = Math.sign(to - from);
    for (const { time, x } of poses) {
      const reached = (list) => list.find((each) => each.time >= time - 2 && sign * (each.x - x) >= -0.01);
      const [there, drawn] = [reached(told), reached(frames)];
      if (there === undefined || drawn === undefined) continue;
      lags.push(drawn.time - time);
      deliveries.push(there.time - time);
      drawings.push(drawn.time - there.time);
    }
  }
  socket.terminate();
  const interval = describe("frame interval of the page", intervals);
  describe("pose told to a bare client -> to a script of the page", deliveries);
  const behind = describe("pose told to a script of the page -> drawn", drawings);
  describe("pose told to a bare client -> drawn", lags);
  const metrics = await (await fetch(`${bed.address}metrics`)).text();
  const [sum, count] = ["sum", "count"].map((name) => Number(new RegExp(`commit_to_write_seconds_${name} (\\S+)`).exec(metrics)[1]));
  console.log(`${"commit -> write of the server, mean".padEnd(56)} ${((sum / count) * 1000).toFixed(2)} ms`);
  console.log(`from being told to drawn, in frames: p50 ${(behind(0.5) / interval(0.5)).toFixed(2)}, p95 ${(behind(0.95) / interval(0.95)).toFixed(2)}`);
}

/** What is in use after the garbage was collected, in KiB. */
async function heap(devtools) {
  for (let i = 0; i < 3; i += 1) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
  return { kib: Math.round(usedSize / 1024), nodes, jsEventListeners };
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
  const say = ({ kib, nodes, jsEventListeners }) => `${kib} KiB, ${nodes} nodes, ${jsEventListeners} listeners`;
  console.log(`memory after gc, camera, windows and tiles moving all the time: at first ${say(before)}; after ${minutes / 2} min ${say(half[0])}; after ${minutes} min ${say(half[1])}`);
}

const minutes = Number(process.argv[2] ?? 0.5);
if (!(minutes >= 0)) throw new Error("MINUTES is a number");
const bed = await Bed.start({ daemon: "--grant all" });
const browser = await launchBrowser();
try {
  await bed.openWindows([[300, 200, "one", -150, -100], [260, 220, "two", 200, -280], [320, 180, "three", 500, 80]]);
  const open = async () => {
    const page = await (await browser.newContext({ viewport: { width: 1000, height: 700 } })).newPage();
    await page.goto(bed.address);
    await eventually(async () => (await page.evaluate(() => globalThis.compositordShell?.windows().length)) === 3, "the page is there");
    return page;
  };
  const page = await open();
  await bed.ask("move_camera", { output: "HEADLESS-1", x: 0, y: 0, zoom: 1 });
  await lag(bed, page);
  await page.context().close();
  // Another page: in the first one grows what was measured.
  if (minutes > 0) await memory(bed, await open(), minutes);
} finally {
  await browser.close();
  await bed.stop();
}
