// Very much on the map at once: 10,000 tiles and 500 windows while the camera moves.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { launchBrowser } from "./bed.mjs";
import { LoadBed, TILES, WINDOWS } from "./load_page.mjs";

/** Until the browser has compiled what is run often. */
const WARM = 40;

let browser, bed;

before(async () => {
  browser = await launchBrowser();
  bed = new LoadBed(browser);
  await bed.start();
});
after(async () => {
  await browser.close();
  bed.stop();
});

it("a frame with 10,000 tiles and 500 windows allocates next to nothing in the page's own functions, and takes about as long as Pixi alone", async () => {
  const page = await bed.open(TILES, WINDOWS);
  if (process.env.PICTURES) await page.page.screenshot({ path: `${process.env.PICTURES}/load.png` });
  await page.move(WARM);
  const many = { ...(await page.allocations(25)), milliseconds: await page.milliseconds() };
  assert.deepEqual(page.errors, []);
  await page.close();
  const alone = await bed.openBare();
  await alone.move(WARM);
  const bare = { ...(await alone.allocations(25)), milliseconds: await alone.milliseconds() };
  await alone.close();
  const found = JSON.stringify({ many, bare });
  if (process.env.PICTURES) console.log(found);
  // What the message and the page's few parts cost, and nothing for each of them: a number in a box for a window would be
  // 6,000 bytes, one for a tile 120,000.
  assert.ok(many.own < 8_000, found);
  assert.ok(many.pixi < bare.pixi + 15_000, found);
  // The machine may be busy with other things during one of the two; an effort of another order would still be seen.
  assert.ok(many.milliseconds < 2.5 * bare.milliseconds, found);
});
