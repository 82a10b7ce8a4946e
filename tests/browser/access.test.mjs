// The page for everybody: by keyboard, read out, dark and light, on a small touch screen, and when things go wrong.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, afterEach, before, it } from "node:test";
import { eventually, launchBrowser, WEB } from "./bed.mjs";
import { ShellPage } from "./shell_page.mjs";

const AXE = readFileSync(path.join(WEB, "node_modules/axe-core/axe.min.js"), "utf8");
const WINDOWS = [
  [300, 200, "letter to Anna", -550, -300],
  [260, 220, "shopping list", 200, -280],
  [320, 180, "weather", -160, 80],
];

let browser, shell, page, bed;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());
afterEach(() => shell.close());

async function open(context, daemon = "") {
  shell = await ShellPage.open(browser, { bed: { daemon }, context });
  ({ page, bed } = shell);
  await bed.openWindows(WINDOWS);
  await eventually(async () => (await shell.ask("windows")).length === WINDOWS.length, "all windows");
}

/** What axe finds at present that is serious or worse. */
async function faults() {
  // The page's own policy forbids scripts from elsewhere; what the debugger evaluates is none.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
}

for (const colorScheme of ["light", "dark"]) {
  it(`has no serious fault of accessibility, ${colorScheme}, whatever is open`, async () => {
    await open({ colorScheme }, "--allow-input");
    assert.deepEqual(await faults(), [], "as it opens");
    await page.getByLabel("Name of the place").fill("here");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("button", { name: "Tiles" }).click();
    assert.deepEqual(await faults(), [], "with tiles");
    await shell.picture(`tools-${colorScheme}`);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Type" }).click();
    assert.deepEqual(await faults(), [], "with input");
    await page.getByRole("button", { name: "End", exact: true }).click();
    await page.keyboard.press("Control+k");
    assert.deepEqual(await faults(), [], "with the search");
    await shell.picture(`search-${colorScheme}`);
  });
}

it("lists the windows for the keyboard: arrows go through them, Enter shows one and gives it the focus", async () => {
  await open();
  const list = page.locator("#windows");
  assert.equal(await list.getByRole("listitem").count(), WINDOWS.length);
  await list.getByRole("button").first().focus();
  await page.keyboard.press("ArrowDown");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /shopping list/);
  await page.keyboard.press("Enter");
  await shell.cameraAt(330, -170);
  await eventually(async () => (await bed.window("shopping list")).states.includes("activated"), "it has the focus");
  await eventually(async () => (await page.locator("[aria-current]").textContent()).includes("shopping list"), "the list says so");
  await page.getByRole("button", { name: "Close shopping list" }).focus();
  await page.keyboard.press("Enter");
  await eventually(async () => (await list.getByRole("listitem").count()) === 2, "it is closed");
  assert.match(await page.evaluate(() => document.activeElement.className), /go/, "the keyboard's place is in the list still");
});

it("moves the map by keys", async () => {
  await open();
  await page.locator("#canvas").focus();
  await page.keyboard.press("ArrowRight");
  await eventually(async () => (await bed.camera()).target.x > 50, "to the right");
  await page.keyboard.press("+");
  await eventually(async () => (await bed.camera()).target.zoom > 1.2, "closer");
  await page.keyboard.press("0");
  await eventually(async () => (await bed.camera()).target.zoom === 1, "actual size");
});

it("is dark or light as the system is, or as chosen, and remembers that", async () => {
  await open({ colorScheme: "light" });
  const dark = async () => {
    const { x, y } = await shell.ask("area");
    const [onMap, onPage] = [await shell.colourAt({ x: x + 3, y: y + 40 }), await shell.colourAt({ x: 20, y: 400 })];
    return [onMap, onPage].map((colour) => colour[0] < 100);
  };
  assert.deepEqual(await dark(), [false, false]);
  await page.emulateMedia({ colorScheme: "dark" });
  await eventually(async () => String(await dark()) === "true,true", "dark as the system");
  await page.getByLabel("Colours").selectOption("light");
  await eventually(async () => String(await dark()) === "false,false", "light as chosen");
  await page.reload();
  await shell.connected();
  await eventually(async () => String(await dark()) === "false,false", "still light");
});

it("says in words when the connection is cut and when it will try again, and tries at once when asked", async () => {
  await open();
  const status = page.locator("#status");
  await shell.context.setOffline(true);
  await bed.killCompanion();
  await eventually(async () => /Reconnecting in \d+ s/.test(await status.innerText()), "it is said");
  assert.ok(await page.getByRole("button", { name: "Try now" }).isVisible());
  await shell.picture("waiting");
  await page.getByRole("button", { name: "Try now" }).click();
  await eventually(async () => /Reconnecting in \d+ s/.test(await status.innerText()), "in vain");
  await shell.context.setOffline(false); // which the page is told
  await shell.connected();
  assert.match(await status.innerText(), /Connected to .*3 windows/s);
});

it("fits a small touch screen, and a finger moves the map", async () => {
  await open({ viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `the page is ${wide} wide`);
  const area = await shell.ask("area");
  assert.ok(area.height > 350, `the map is ${area.height} high`);
  await shell.picture("phone");
  const before = await bed.camera();
  const session = await shell.context.newCDPSession(page);
  const touch = (type, points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  const [x, y] = [area.x + area.width / 2, area.y + area.height / 2 + 60];
  await touch("touchStart", [{ x, y, id: 1 }]);
  for (let step = 1; step <= 10; step += 1) await touch("touchMove", [{ x: x - step * 8, y, id: 1 }]);
  await touch("touchEnd", []);
  const moved = await eventually(async () => {
    const camera = await bed.camera();
    return camera.x > before.x + 20 && camera;
  }, "a finger moves the map");
  await touch("touchStart", [{ x: x - 30, y, id: 1 }, { x: x + 30, y, id: 2 }]);
  for (let step = 1; step <= 10; step += 1) await touch("touchMove", [{ x: x - 30 - step * 5, y, id: 1 }, { x: x + 30 + step * 5, y, id: 2 }]);
  await touch("touchEnd", []);
  await eventually(async () => (await bed.camera()).zoom > moved.zoom * 1.3, "two fingers zoom");
});
