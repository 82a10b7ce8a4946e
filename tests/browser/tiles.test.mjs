// Tiles on the page: shown with their pictures, placed and removed, and what is missing is said and asked for again.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { eventually, launchBrowser } from "./bed.mjs";
import { png } from "./pictures.mjs";
import { ShellPage } from "./shell_page.mjs";

const GRASS = [40, 160, 60];
const STONE = [120, 110, 100];
const SAND = [230, 200, 120];

let browser, bricks, shell, page, bed;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

beforeEach(async () => {
  bricks = mkdtempSync("/tmp/cbricks-");
  for (const folder of ["queue", "processed"]) mkdirSync(path.join(bricks, folder));
  writeFileSync(path.join(bricks, "queue/grass.png"), png(64, () => GRASS));
  writeFileSync(path.join(bricks, "processed/stone wall #1.png"), png(32, () => STONE));
  shell = await ShellPage.open(browser, { bed: { daemon: `--bricks ${bricks}` } });
  ({ page, bed } = shell);
});

afterEach(async () => {
  await shell.close();
  rmSync(bricks, { recursive: true });
});

const manifest = async () => (await fetch(`${bed.address}builder/map/manifest.json`)).json();

/** Lets another client change tiles: [[x, y, brick], …]; a brick that is null removes. */
function put(list) {
  return bed.request(...list.map(([x, y, brick]) => (brick === null ? { type: "RemoveTile", x, y } : { type: "PutTile", x, y, brick })));
}

const middleOf = (x, y) => shell.toPage((x + 0.5) * 100, (y + 0.5) * 100);

async function tile(cell) {
  return (await shell.ask("tiles")).find((each) => each.cell === cell);
}
const shown = (cell, state = "ready") => eventually(async () => (await tile(cell))?.state === state, `the tile at ${cell} is ${state}`);

/** Waits until the page has this colour in the middle of a cell. */
async function isColoured(x, y, colour) {
  let seen;
  await eventually(async () => {
    seen = await shell.colourAt(await middleOf(x, y));
    return seen.every((value, i) => Math.abs(value - colour[i]) <= 3);
  }, `cell ${x},${y} is ${colour}`).catch((error) => {
    error.message += `; it is ${seen}`;
    throw error;
  });
}

it("shows bricks of both folders on their cells, and what changes", async () => {
  await put([[-1, 1, "grass.png"], [2, -2, "stone wall #1.png"]]);
  await shown("-1,1");
  await shown("2,-2");
  await isColoured(-1, 1, GRASS);
  await isColoured(2, -2, STONE);

  writeFileSync(path.join(bricks, "queue/grass.png"), png(64, () => SAND));
  await put([[-2, 1, "grass.png"], [2, -2, null]]);
  await isColoured(-2, 1, SAND);
  await isColoured(-1, 1, SAND);
  await eventually(async () => (await tile("2,-2")) === undefined, "the removed tile is gone");
  await page.reload();
  await isColoured(-1, 1, SAND);
});

it("loads only the pictures that are in sight or near", async () => {
  writeFileSync(path.join(bricks, "queue/far.png"), png(16, () => STONE));
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await put([[0, 0, "grass.png"], [500, 0, "far.png"]]);
  await shown("0,0");
  assert.ok(!asked.some((url) => url.includes("far.png")));
  await bed.ask("move_camera", { output: "HEADLESS-1", x: 50_050, y: 50, zoom: 1 });
  await shown("500,0");
  assert.equal(asked.filter((url) => url.includes("far.png")).length, 1);
});

it("says when pictures are missing, and gets them when asked again, by button or by a click on the tile", async () => {
  await put([[0, 0, "later.png"], [1, 0, "grass.png"]]);
  await shown("0,0", "failed");
  const missing = page.locator("#missing");
  await missing.waitFor();
  assert.match(await missing.innerText(), /1 tile has no picture/);
  await shell.picture("missing");
  await page.locator("#retry-pictures").click();
  await shown("0,0", "failed");
  writeFileSync(path.join(bricks, "processed/later.png"), png(64, () => SAND));
  const { x, y } = await middleOf(0, 0);
  await page.mouse.click(x, y);
  await shown("0,0");
  await isColoured(0, 0, SAND);
  await missing.waitFor({ state: "hidden" });
});

it("asks by itself for pictures that could not be had while the server was away", async () => {
  await page.route("**/builder/**/away.png*", (route) => route.abort());
  writeFileSync(path.join(bricks, "queue/away.png"), png(64, () => SAND));
  await put([[0, 0, "away.png"]]);
  await shown("0,0", "failed");
  await page.unroute("**/builder/**/away.png*");
  await bed.killCompanion();
  await shown("0,0");
  await isColoured(0, 0, SAND);
});

it("places tiles with a click and with a stroke, removes them, and takes a cell's numbers instead of a pointer", async () => {
  await page.locator("#tiles").click();
  await page.locator("#brick").fill("grass.png");
  const before = await bed.camera();
  const cell = await middleOf(1, 1);
  await page.mouse.click(cell.x, cell.y);
  await eventually(async () => (await manifest())["1,1"]?.brick === "grass.png", "the clicked cell has its tile");
  await isColoured(1, 1, GRASS);

  const [from, to] = [await middleOf(-3, 2), await middleOf(2, 2)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 3 });
  await page.mouse.up();
  const row = ["-3,2", "-2,2", "-1,2", "0,2", "1,2", "2,2"];
  await eventually(async () => {
    const now = await manifest();
    return row.every((name) => name in now);
  }, "the whole stroke");
  assert.deepEqual(await bed.camera(), before, "the map did not move meanwhile");

  await page.getByRole("button", { name: "Remove" }).click();
  const middle = await middleOf(0, 2);
  await page.mouse.click(middle.x, middle.y);
  await eventually(async () => !("0,2" in (await manifest())), "the clicked tile is removed");

  await page.getByRole("button", { name: "Place" }).click();
  await page.getByLabel("Column of the cell").fill("-7");
  await page.getByLabel("Row of the cell").fill("3");
  await page.getByLabel("Row of the cell").press("Enter");
  await eventually(async () => (await manifest())["-7,3"]?.brick === "grass.png", "the cell with these numbers has a tile");

  await page.keyboard.press("Escape");
  await page.locator("#tile-panel").waitFor({ state: "hidden" });
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 3 });
  await page.mouse.up();
  await eventually(async () => (await bed.camera()).x !== before.x, "a drag moves the map again");
});

it("shows a large map from far away and from near by", async () => {
  const cells = [];
  for (let x = -10; x < 10; x += 1) for (let y = -6; y < 6; y += 1) cells.push([x, y, (x + y) % 2 === 0 ? "grass.png" : "stone wall #1.png"]);
  await put(cells);
  await shown("9,5");
  await shell.picture("tiles");
  await bed.ask("move_camera", { output: "HEADLESS-1", x: 50, y: 50, zoom: 4 });
  await isColoured(0, 0, GRASS);
  await bed.ask("move_camera", { output: "HEADLESS-1", x: 0, y: 0, zoom: 0.1 });
  await eventually(async () => (await shell.ask("tiles")).length === 240, "all of them");
  await page.getByRole("button", { name: "Fit all" }).click();
  await eventually(async () => {
    const { zoom, viewport } = await bed.camera();
    return viewport.width / zoom >= 2000 && viewport.height / zoom >= 1200 && zoom > 0.4;
  }, "all of them fit");
  await isColoured(0, 0, GRASS);
});
