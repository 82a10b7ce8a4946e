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

/** As many sprites as the page has for that, in Pixi alone: tiles in textures of the same sizes, and ten parts for each window. */
const BARE = `<!doctype html><body style="margin:0"><script src="/pixi.js"></script><script>
  const { Container, ImageSource, Rectangle, Sprite, Texture, WebGLRenderer } = PIXI;
  const made = (async () => {
    const renderer = new WebGLRenderer();
    await renderer.init({ width: 936, height: 752, antialias: false, backgroundColor: 0xf3f4f6 });
    document.body.append(renderer.canvas);
    const page = new OffscreenCanvas(1024, 1024);
    const drawing = page.getContext("2d");
    for (let i = 0; i < ${BRICKS}; i += 1) { drawing.fillStyle = "hsl(" + i * 9 + " 60% 50%)"; drawing.fillRect((i % 7) * 129, Math.floor(i / 7) * 129, 128, 128); }
    const source = new ImageSource({ resource: await createImageBitmap(page) });
    const textures = Array.from({ length: ${BRICKS} }, (_, i) => new Texture({ source, frame: new Rectangle((i % 7) * 129, Math.floor(i / 7) * 129, 128, 128) }));
    const root = new Container();
    const add = (texture, x, y, width, height) => { const sprite = new Sprite(texture); sprite.position.set(x, y); sprite.setSize(width, height); root.addChild(sprite); };
    for (let i = 0; i < ${TILES}; i += 1) add(textures[i % ${BRICKS}], (i % 100) * 6.8 + 120, Math.floor(i / 100) * 6.8 + 36, 6.8, 6.8);
    for (let i = 0; i < ${WINDOWS}; i += 1) for (let part = 0; part < 10; part += 1) add(textures[i % ${BRICKS}], (i % 25) * 27 + 140 + part, Math.floor(i / 25) * 20 + 130, 20, 13);
    globalThis.drawn = 0;
    globalThis.frame = (x, y) => new Promise((resolve) => requestAnimationFrame(() => { root.position.set(x, y); renderer.render(root); globalThis.drawn += 1; resolve(); }));
  })();
</script>`;

let browser, server, world;

before(async () => {
  browser = await launchBrowser();
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const file = path.join(WEB, "dist", pathname === "/" ? "index.html" : path.normalize(pathname));
    if (pathname === "/bare") response.writeHead(200, { "content-type": "text/html" }).end(BARE);
    else if (pathname === "/pixi.js") createReadStream(path.join(WEB, "node_modules/pixi.js/dist/pixi.min.js")).pipe(response.writeHead(200, { "content-type": "text/javascript" }));
    else if (pathname === "/builder/map/manifest.json") response.end(JSON.stringify(world.tiles));
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

/** Milliseconds for each frame of the page, while it is told of camera movements as fast as it draws. */
async function timePerFrame(page, shell, socket) {
  const [frames, begin] = [await shell("frames"), performance.now()];
  for (let i = 0; i < 200 && performance.now() - begin < 4000; i += 1) {
    const pose = { x: Math.sin(i / 9) * 300, y: Math.cos(i / 7) * 200, zoom: 0.1 };
    socket.send(JSON.stringify({ type: "CameraUpdate", revision: 1000 + i, cameras: [{ ...camera, ...pose, target: pose }], removed: [] }));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  return (performance.now() - begin) / ((await shell("frames")) - frames);
}

/** What the scripts whose address has `part` in it allocate during an action, garbage included. */
async function allocated(page, part, action) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.enable");
  await devtools.send("HeapProfiler.startSampling", { samplingInterval: 1024, includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true });
  await action();
  const { profile } = await devtools.send("HeapProfiler.stopSampling");
  await devtools.detach();
  const byFunction = new Map();
  const add = ({ callFrame, selfSize, children }) => {
    if (callFrame.url.includes(part)) {
      const name = `${callFrame.functionName} ${path.basename(callFrame.url)}:${callFrame.lineNumber + 1}:${callFrame.columnNumber + 1}`;
      byFunction.set(name, (byFunction.get(name) ?? 0) + selfSize);
    }
    children.forEach(add);
  };
  add(profile.head);
  const bytes = [...byFunction.values()].reduce((sum, size) => sum + size, 0);
  return { bytes, most: [...byFunction].sort((a, b) => b[1] - a[1]).slice(0, 8) };
}

/** Time and allocations of a frame of the bare page. */
async function measureBare() {
  const context = await browser.newContext({ viewport: { width: 936, height: 752 } });
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/bare`);
  await page.evaluate("made");
  const draw = (i) => page.evaluate(([x, y]) => globalThis.frame(x, y), [Math.sin(i / 9) * 20, Math.cos(i / 7) * 14]);
  for (let i = 0; i < 40; i += 1) await draw(i);
  const { bytes } = await allocated(page, "/pixi.js", async () => {
    for (let i = 0; i < 25; i += 1) await draw(i);
  });
  const begin = performance.now();
  let count = 0;
  for (; count < 200 && performance.now() - begin < 4000; count += 1) await draw(count);
  const milliseconds = (performance.now() - begin) / count;
  await context.close();
  return { bytesPerFrame: Math.round(bytes / 25), milliseconds };
}

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
  const { bytes, most } = await allocated(page, "/assets/", () => move(25));
  const frames = (await shell("frames")) - framesBefore;
  const milliseconds = picture === null ? null : await timePerFrame(page, shell, socket);
  await context.close();
  assert.deepEqual(errors, []);
  return { bytesPerFrame: Math.round(bytes / frames), milliseconds, most };
}

it("a frame with 10,000 tiles and 500 windows allocates no more than with few, and takes about as long as Pixi alone", async () => {
  const few = await measure(100, 5);
  const many = await measure(TILES, WINDOWS, "load");
  const bare = await measureBare();
  const found = JSON.stringify({ few, many, bare });
  if (process.env.PICTURES) console.log(found);
  // Nothing for each of them: three numbers in boxes for a window would be 18,000 bytes, one for a tile 120,000.
  assert.ok(many.bytesPerFrame < few.bytesPerFrame + 15_000, found);
  // Pixi's own batches and the messages of the test are in it.
  assert.ok(many.bytesPerFrame < bare.bytesPerFrame + 25_000, found);
  // The machine may be busy with other things during one of the two; an effort of another order would still be seen.
  assert.ok(many.milliseconds < 2.5 * bare.milliseconds, found);
});
