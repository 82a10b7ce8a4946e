// Very much on the map at once: 10,000 tiles and 500 windows while the camera moves. The server is played by the test, so
// that it is the page alone that is measured.
import assert from "node:assert/strict";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import path from "node:path";
import { after, before, it } from "node:test";
import { eventually, launchBrowser, WEB } from "./bed.mjs";
import { png } from "./pictures.mjs";

const TILES = 10_000;
const WINDOWS = 500;
const BRICKS = 40;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

const camera = { name: "A", x: 0, y: 0, zoom: 0.1, target: { x: 0, y: 0, zoom: 0.1 }, viewport: { width: 1280, height: 720 }, zoomRange: { min: 0.01, max: 10 }, locked: false, cause: null };
const compositor = { name: "a large one", driver: "infinite_map", connected: true, gridSize: 100, capabilities: ["camera", "windows", "tiles"] };
const hello = { type: "Hello", protocol: "compositord.v1.json", version: "0", server: "compositord", gridSize: 100, instance: "one", capabilities: compositor.capabilities, grants: ["view"], revision: 1 };

function worldOf(tileCount, windowCount) {
  const side = Math.ceil(Math.sqrt(tileCount));
  const tiles = {};
  for (let i = 0; i < tileCount; i += 1) tiles[`${(i % side) - side / 2},${Math.floor(i / side) - side / 2}`] = { brick: `brick-${i % BRICKS}.png`, timestamp: 1 };
  const windows = Array.from({ length: windowCount }, (_, i) => {
    const [x, y] = [((i % 25) - 12) * 400, (Math.floor(i / 25) - 10) * 300];
    return { id: i + 1, identifier: null, appId: `app-${i % 12}`, title: `window ${i}`, pid: null, x, y, width: 300, height: 200, space: "map", screen: null, stacking: i, parent: null, states: [] };
  });
  return { tiles, windows };
}

let browser, server, world;

before(async () => {
  browser = await launchBrowser();
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const file = path.join(WEB, "dist", pathname === "/" ? "index.html" : path.normalize(pathname));
    if (pathname === "/builder/map/manifest.json") response.end(JSON.stringify(world.tiles));
    else if (pathname.startsWith("/builder/queue/")) response.writeHead(200, { "content-type": "image/png" }).end(png(32, (x, y) => [x * 8, y * 8, pathname.length * 6]));
    else if (!existsSync(file)) response.writeHead(404).end();
    else {
      response.writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "application/octet-stream" });
      createReadStream(file).pipe(response);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
after(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
});

/** Opens the page on such a world, and moves the camera for some frames; returns what that took. */
async function measure(tileCount, windowCount, picture = null) {
  world = worldOf(tileCount, windowCount);
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  let socket;
  await page.routeWebSocket(/.*/, (route) => {
    socket = route;
    route.send(JSON.stringify(hello));
    route.send(JSON.stringify({ type: "Snapshot", revision: 1, compositor, cameras: [camera], windows: world.windows, tiles: tileCount > 2048 ? null : world.tiles }));
  });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const shell = (what) => page.evaluate((name) => globalThis.compositordShell?.[name](), what);
  await eventually(async () => {
    const tiles = (await shell("tiles")) ?? [];
    return tiles.length === tileCount && tiles.every(({ state }) => state === "ready");
  }, "all tiles are drawn", 60_000);
  assert.equal((await shell("windows")).length, windowCount);
  if (picture !== null && process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${picture}.png` });

  const devtools = await context.newCDPSession(page);
  await devtools.send("HeapProfiler.enable");
  let revision = 1;
  const move = async (count) => {
    for (let i = 0; i < count; i += 1) {
      const frames = await shell("frames");
      revision += 1;
      const pose = { x: Math.sin(revision / 5) * 300, y: Math.cos(revision / 7) * 200, zoom: 0.1 };
      socket.send(JSON.stringify({ type: "CameraUpdate", revision, cameras: [{ ...camera, ...pose, target: pose }], removed: [] }));
      await eventually(async () => (await shell("frames")) > frames, "the next frame");
    }
  };
  await move(40); // until the browser has compiled what is run often
  const framesBefore = await shell("frames");
  const begin = await page.evaluate(() => performance.now());
  await devtools.send("HeapProfiler.startSampling", { samplingInterval: 1024, includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true });
  await move(40);
  const { profile } = await devtools.send("HeapProfiler.stopSampling");
  const milliseconds = (await page.evaluate(() => performance.now())) - begin;
  const frames = (await shell("frames")) - framesBefore;
  const byFunction = new Map();
  const add = ({ callFrame, selfSize, children }) => {
    if (callFrame.url.includes("/assets/")) {
      const name = `${callFrame.functionName} ${path.basename(callFrame.url)}:${callFrame.lineNumber + 1}:${callFrame.columnNumber + 1}`;
      byFunction.set(name, (byFunction.get(name) ?? 0) + selfSize);
    }
    children.forEach(add);
  };
  add(profile.head);
  const bytes = [...byFunction.values()].reduce((sum, size) => sum + size, 0);
  const most = [...byFunction].sort((a, b) => b[1] - a[1]).slice(0, 16);
  await context.close();
  assert.deepEqual(errors, []);
  return { bytesPerFrame: Math.round(bytes / frames), frames, milliseconds: Math.round(milliseconds), most };
}

it("a frame allocates no more with 10,000 tiles and 500 windows than with few", async () => {
  const few = await measure(100, 5);
  const many = await measure(TILES, WINDOWS, "load");
  if (process.env.PICTURES) console.log(JSON.stringify({ few, many }));
  // An object for each tile would be some hundred thousand bytes.
  assert.ok(many.bytesPerFrame < few.bytesPerFrame + 100_000, JSON.stringify({ few, many }));
});
