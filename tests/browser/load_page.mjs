// Very much on the map at once, and as many sprites in Pixi alone, to be measured beside each other. The server is played
// by the test, so that it is the page alone that is measured.
import assert from "node:assert/strict";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import path from "node:path";
import { eventually, WEB } from "./bed.mjs";
import { png } from "./pictures.mjs";

export const TILES = 10_000;
export const WINDOWS = 500;
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

/** Serves the page with a world of which the test is the server, and the bare page beside it. */
export class LoadBed {
  #world = worldOf(0, 0);
  #server = createServer((request, response) => this.#answer(request, response));

  constructor(browser) {
    this.browser = browser;
  }

  async start() {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get address() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  #answer(request, response) {
    const { pathname } = new URL(request.url, "http://x");
    const file = path.join(WEB, "dist", pathname === "/" ? "index.html" : path.normalize(pathname));
    if (pathname === "/bare") response.writeHead(200, { "content-type": "text/html" }).end(BARE);
    else if (pathname === "/pixi.js") createReadStream(path.join(WEB, "node_modules/pixi.js/dist/pixi.min.js")).pipe(response.writeHead(200, { "content-type": "text/javascript" }));
    else if (pathname === "/builder/map/manifest.json") response.end(JSON.stringify(this.#world.tiles));
    else if (pathname.startsWith("/builder/queue/")) response.writeHead(200, { "content-type": "image/png" }).end(png(32, (x, y) => [x * 8, y * 8, pathname.length * 6]));
    else if (!existsSync(file)) response.writeHead(404).end();
    else {
      response.writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "application/octet-stream" });
      createReadStream(file).pipe(response);
    }
  }

  /** Opens the page on such a world. */
  async open(tileCount, windowCount) {
    const world = (this.#world = worldOf(tileCount, windowCount));
    const context = await this.browser.newContext({ viewport: { width: 1200, height: 800 } });
    const page = await context.newPage();
    const loaded = new LoadedPage(page);
    await page.routeWebSocket(/.*/, (route) => {
      loaded.socket = route;
      route.send(JSON.stringify(hello));
      route.send(JSON.stringify({ type: "Snapshot", revision: 1, compositor, cameras: [camera], windows: world.windows, tiles: tileCount > 2048 ? null : world.tiles }));
    });
    await page.goto(`${this.address}/`);
    await eventually(async () => {
      const tiles = (await loaded.shell("tiles")) ?? [];
      return tiles.length === tileCount && tiles.every(({ state }) => state === "ready");
    }, "all tiles are drawn", 60_000);
    assert.equal((await loaded.shell("windows")).length, windowCount);
    return loaded;
  }

  /** Opens as many sprites in Pixi alone. */
  async openBare() {
    const context = await this.browser.newContext({ viewport: { width: 936, height: 752 } });
    const page = await context.newPage();
    await page.goto(`${this.address}/bare`);
    await page.evaluate("made");
    return new BarePage(page);
  }
}

class Measured {
  frame = 0;

  constructor(page) {
    this.page = page;
  }

  /** Draws so many frames, each with the camera elsewhere. */
  async move(count) {
    for (let i = 0; i < count; i += 1) {
      this.frame += 1;
      await this.draw(this.frame);
    }
  }

  /** What a frame allocates, garbage included: in all of Pixi, and in the page's own functions, the largest of those first. */
  async allocations(frames) {
    const devtools = await this.page.context().newCDPSession(this.page);
    await devtools.send("HeapProfiler.enable");
    await devtools.send("HeapProfiler.startSampling", { samplingInterval: 512, includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true });
    const before = await this.drawn();
    await this.move(frames);
    const count = (await this.drawn()) - before;
    const { profile } = await devtools.send("HeapProfiler.stopSampling");
    await devtools.detach();
    let pixi = 0;
    const own = new Map();
    const add = ({ callFrame: { url, functionName, lineNumber, columnNumber }, selfSize, children }) => {
      const file = path.basename(url);
      if (file.startsWith("pixi")) pixi += selfSize;
      else if (url.includes("/assets/")) {
        const name = `${functionName} ${file}:${lineNumber + 1}:${columnNumber + 1}`;
        own.set(name, (own.get(name) ?? 0) + selfSize);
      }
      children.forEach(add);
    };
    add(profile.head);
    const perFrame = (bytes) => Math.round(bytes / count);
    const most = [...own].sort((a, b) => b[1] - a[1]).map(([name, bytes]) => [name, perFrame(bytes)]);
    return { pixi: perFrame(pixi), own: perFrame([...own.values()].reduce((sum, size) => sum + size, 0)), most: most.slice(0, 8) };
  }

  /** Milliseconds from one frame to the next, drawn as fast as they can be. */
  async milliseconds(longest = 4000) {
    const [before, begin] = [await this.drawn(), performance.now()];
    for (let i = 0; i < 200 && performance.now() - begin < longest; i += 1) await this.move(1);
    return (performance.now() - begin) / ((await this.drawn()) - before);
  }

  close() {
    return this.page.context().close();
  }
}

class LoadedPage extends Measured {
  errors = [];

  constructor(page) {
    super(page);
    page.on("pageerror", (error) => this.errors.push(String(error)));
  }

  shell(what) {
    return this.page.evaluate((name) => globalThis.compositordShell?.[name](), what);
  }

  drawn() {
    return this.shell("frames");
  }

  async draw(index) {
    const frames = await this.drawn();
    const pose = { x: Math.sin(index / 5) * 300, y: Math.cos(index / 7) * 200, zoom: 0.1 };
    this.socket.send(JSON.stringify({ type: "CameraUpdate", revision: 1 + index, cameras: [{ ...camera, ...pose, target: pose }], removed: [] }));
    await this.page.evaluate((before) => new Promise((resolve) => {
      const look = () => (globalThis.compositordShell.frames() > before ? resolve() : requestAnimationFrame(look));
      look();
    }), frames);
  }
}

class BarePage extends Measured {
  drawn() {
    return this.page.evaluate("drawn");
  }

  draw(index) {
    return this.page.evaluate(([x, y]) => globalThis.frame(x, y), [Math.sin(index / 9) * 20, Math.cos(index / 7) * 14]);
  }
}
