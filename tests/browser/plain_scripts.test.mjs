// The pages of plain scripts that the client's README shows, as it shows them, from an origin of their own.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, it } from "node:test";
import { Bed, eventually, launchBrowser, WEB } from "./bed.mjs";

const README = readFileSync(path.join(WEB, "packages/client/README.md"), "utf8");
const PAGES = [...README.matchAll(/^```html\n(.*?)^```$/gms)].map(([, html]) => html);
const WINDOWS = [
  [300, 200, "north west", -550, -300],
  [320, 180, "south", -160, 80],
];

let browser, bed, server, origin, context;

before(async () => {
  browser = await launchBrowser();
  // The documented pages, each beside the scripts, which have been dropped in.
  server = createServer((request, response) => {
    const page = /^\/page(\d)\/$/.exec(request.url);
    const script = /^\/page\d\/(\w+\.js)$/.exec(request.url);
    response.setHeader("content-type", page ? "text/html; charset=utf-8" : "text/javascript");
    if (page) response.end(PAGES[page[1]].replaceAll("127.0.0.1:8765", `127.0.0.1:${bed.port}`));
    else if (script) response.end(readFileSync(path.join(WEB, "dist", script[1])));
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${server.address().port}`;
  bed = await Bed.start({ daemon: `--allow-origin ${origin}` });
});

after(async () => {
  await browser?.close();
  server?.close();
  await bed?.stop();
});

/** Opens a documented page and collects what it writes into the console. */
async function open(number) {
  context = await browser.newContext({ viewport: { width: 800, height: 600 } });
  const page = await context.newPage();
  const said = [];
  const problems = [];
  page.on("console", (message) => {
    if (message.type() === "log") void Promise.all(message.args().map((each) => each.jsonValue())).then((values) => said.push(values), () => {}); // the page may be gone already
    else if (message.type() === "error" && !message.text().includes("404")) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(`${origin}/page${number}/`);
  return { page, said, problems };
}

it("a page of three lines shows the titles of all windows, live", async () => {
  const script = /<script>\n(.*?)\n<\/script>/s.exec(PAGES[0])[1];
  assert.equal(script.split("\n").length, 3);
  const tell = await bed.openWindows(WINDOWS);
  const { page, problems } = await open(0);
  const lines = async () => (await page.locator("body").innerText()).split("\n").sort().join("|");
  await eventually(async () => (await lines()) === "north west|south", "both titles");
  tell("title 2 renamed");
  await eventually(async () => (await lines()) === "north west|renamed", "the new title");
  assert.deepEqual(problems, []);
  await context.close();
});

it("a page with a StateManager is told changes, drives the camera, and begins with what it knew", async () => {
  const { page, said, problems } = await open(1);
  const added = (changes) => changes[0]?.map((window) => window.title).sort().join("|");
  await eventually(() => said.some((changes) => added(changes) === "north west|renamed"), "the windows that there are");

  await page.mouse.move(400, 300);
  await page.mouse.wheel(0, -300);
  await eventually(async () => (await bed.camera()).zoom > 1.2, "the wheel zooms the compositor's camera");
  const { x } = await bed.camera();
  await page.mouse.down();
  await page.mouse.move(200, 300, { steps: 10 });
  await page.mouse.up();
  await eventually(async () => (await bed.camera()).x > x + 10, "a drag moves it");

  // The cache is written a second after a change; then without any server there is still something to see.
  await eventually(() => page.evaluate(async () => (await new globalThis.IndexedDbCache("my desk").load())?.windows.size === 2), "the cache is written");
  await context.addInitScript(() => {
    globalThis.WebSocket = class extends EventTarget {
      close() {}
    };
  });
  said.length = 0;
  await page.reload();
  await eventually(() => said.some((changes) => added(changes) === "north west|renamed"), "what was cached");
  assert.deepEqual(problems, []);
  await context.close();
});

it("the daemon serves the scripts beside its own page, each with its global class", async () => {
  for (const [file, name] of [["compositor_client", "CompositorClient"], ["camera_sync", "CameraSync"], ["state_manager", "StateManager"]]) {
    const response = await fetch(`${bed.address}${file}.js`);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^text\/javascript/);
    const page = await browser.newPage();
    await page.goto(bed.address);
    await page.addScriptTag({ url: `/${file}.js` });
    assert.equal(await page.evaluate((global) => typeof globalThis[global], name), "function");
    await page.close();
  }
});
