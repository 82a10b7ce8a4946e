// Ways to get somewhere on the map: search, places, minimap.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { eventually, launchBrowser } from "./bed.mjs";
import { ShellPage } from "./shell_page.mjs";

const WINDOWS = [
  [300, 200, "letter to Anna", -550, -300],
  [260, 220, "shopping list", 2000, -1280],
  [320, 180, "weather", -160, 80],
];

let browser, shell, page, bed;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());
beforeEach(async () => {
  shell = await ShellPage.open(browser);
  ({ page, bed } = shell);
});
afterEach(() => shell.close());

it("Ctrl-K finds a window by a part of its name, shows it and gives it the focus", async () => {
  await bed.openWindows(WINDOWS);
  await eventually(async () => (await shell.ask("windows")).length === 3, "all windows");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("list");
  const options = page.locator("#found").getByRole("option");
  await eventually(async () => (await options.count()) === 1, "one window is found");
  assert.match(await options.first().innerText(), /^shopping list/);
  await shell.picture("finder");
  await page.keyboard.press("Enter");
  await shell.cameraAt(2130, -1170);
  assert.ok((await bed.window("shopping list")).states.includes("activated"));
  assert.equal(await page.locator("#finder").isVisible(), false);

  // Arrows choose, Escape leaves everything as it is.
  await page.getByRole("button", { name: "Find" }).click();
  await page.keyboard.type("e");
  await eventually(async () => (await options.count()) >= 2, "several are found");
  await page.keyboard.press("ArrowDown");
  assert.equal(await options.nth(1).getAttribute("aria-selected"), "true");
  assert.equal(await page.locator("#find").getAttribute("aria-activedescendant"), await options.nth(1).getAttribute("id"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("nothing like that");
  await page.getByText("Nothing like that is on the map.").waitFor();
  await page.keyboard.press("Escape");
  assert.equal((await bed.camera()).x, 2130);
});

it("Ctrl-K goes to a cell by its numbers", async () => {
  await page.keyboard.press("Control+k");
  await page.keyboard.type("12, -3");
  await page.keyboard.press("Enter");
  await shell.cameraAt(1250, -250);
});

it("in the overview a window is shown without moving the camera", async () => {
  await bed.openWindows(WINDOWS);
  await eventually(async () => (await shell.ask("windows")).length === 3, "all windows");
  const before = await bed.camera();
  await page.getByRole("button", { name: "Overview" }).click();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("shopping");
  await page.keyboard.press("Enter");
  await eventually(async () => Math.abs((await shell.ask("view")).x - 2130) < 1, "the page shows it");
  await eventually(async () => (await bed.window("shopping list")).states.includes("activated"), "it has the focus");
  assert.deepEqual((await bed.camera()).target, before.target);
});

it("a place is remembered, found again after a reload by its number, its button and the search, and forgotten", async () => {
  await bed.ask("move_camera", { output: "HEADLESS-1", x: 700, y: -400, zoom: 0.5 });
  await eventually(async () => (await shell.ask("cameras"))[0].x === 700, "the page is there");
  await page.getByLabel("Name of the place").fill("the garden");
  await page.getByRole("button", { name: "Add" }).click();
  const places = page.locator("#places");
  await places.getByRole("button", { name: "the garden", exact: true }).waitFor();

  const leave = async () => {
    await bed.ask("move_camera", { output: "HEADLESS-1", x: 0, y: 0, zoom: 1 });
    await eventually(async () => (await shell.ask("cameras"))[0].x === 0, "away");
  };
  const arrived = async () => assert.equal((await shell.cameraAt(700, -400)).zoom, 0.5);
  await leave();
  await page.reload();
  await shell.connected();
  await places.getByRole("button", { name: "the garden", exact: true }).click();
  await arrived();
  await leave();
  await page.locator("#canvas").focus();
  await page.keyboard.press("1");
  await arrived();
  await leave();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("gard");
  await page.keyboard.press("Enter");
  await arrived();

  await places.getByRole("button", { name: "Forget the garden" }).click();
  assert.equal(await places.getByRole("listitem").count(), 0);
  await page.reload();
  await shell.connected();
  assert.equal(await places.getByRole("listitem").count(), 0);
});

it("the minimap shows windows where they are and moves the camera by click and drag", async () => {
  await bed.openWindows(WINDOWS);
  await eventually(async () => (await shell.ask("windows")).length === 3, "all windows");
  const onMinimap = async (x, y) => {
    const { x: left, y: top, scale } = await shell.ask("minimap");
    return { x: left + x * scale, y: top + y * scale };
  };
  const background = await shell.colourAt(await onMinimap(1000, 0));
  await eventually(async () => {
    const colour = await shell.colourAt(await onMinimap(2130, -1170));
    return colour.some((value, i) => Math.abs(value - background[i]) > 20);
  }, "the far window is on the minimap");
  await shell.picture("minimap");

  const target = await onMinimap(2130, -1170);
  await page.mouse.click(target.x, target.y);
  // A pixel of the minimap is many units of the map.
  const { scale } = await shell.ask("minimap");
  await shell.cameraAt(2130, -1170, 1.5 / scale);
  const [from, to] = [await onMinimap(2130, -1170), await onMinimap(0, 0)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.up();
  await eventually(async () => (await bed.camera()).x < 1800, "a drag moves on");

  await page.locator("#toggle-minimap").click();
  assert.equal(await page.locator("#minimap-canvas").isVisible(), false);
});
