// Input mode: what is clicked and typed on the map reaches the windows there, and only then.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, it } from "node:test";
import { eventually, launchBrowser } from "./bed.mjs";
import { ShellPage } from "./shell_page.mjs";

const LEFT = 272;
const WINDOWS = [[300, 200, "field", -150, -100]];

let browser, shell, page, bed;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());
afterEach(() => shell.close());

async function open(daemon) {
  shell = await ShellPage.open(browser, { bed: { daemon } });
  ({ page, bed } = shell);
}
const toggle = () => page.locator("#input-mode");

it("passes the pointer and the wheel on to the window below it, and moves the map again afterwards", async () => {
  await open("--allow-input");
  const { heard } = await bed.openWindows(WINDOWS);
  await eventually(async () => (await shell.ask("windows"))[0]?.rect.width > 0, "the page shows the window");
  const before = await bed.camera();
  await toggle().click();
  await page.locator("#input-bar").waitFor();
  await shell.picture("input");

  const point = await shell.toPage(50, 40);
  await page.mouse.move(point.x, point.y);
  await page.mouse.down();
  await page.mouse.up();
  await page.mouse.wheel(0, 120);
  const told = (kind) => heard.filter(({ event }) => event === kind);
  await eventually(() => told("pointer_enter").length > 0, "the pointer is in the window");
  await eventually(() => told("button").length === 2, "the click");
  assert.deepEqual(told("button").map(({ button, pressed }) => [button, pressed]), [[LEFT, true], [LEFT, false]]);
  await eventually(() => heard.some(({ event }) => event === "axis" || event === "wheel"), "the wheel");
  const { zoom } = await shell.ask("view");
  const [start] = told("pointer_enter");
  const far = await shell.toPage(80, 70);
  await page.mouse.move(far.x, far.y);
  const moved = ({ x, y }) => Math.abs(x - start.x - 30) <= 1 / zoom && Math.abs(y - start.y - 30) <= 1 / zoom;
  await eventually(() => told("motion").some(moved), "the pointer moves in the window as far as on the map");
  assert.deepEqual(await bed.camera(), before, "the map stays");

  await page.locator("#input-end").click();
  await page.locator("#input-bar").waitFor({ state: "hidden" });
  const corner = await shell.toPage(-300, 200);
  await page.mouse.move(corner.x, corner.y);
  await page.mouse.down();
  await page.mouse.move(corner.x + 100, corner.y, { steps: 4 });
  await page.mouse.up();
  await eventually(async () => (await bed.camera()).x < before.x - 50, "the map moves again");
});

it("types keys and texts into the window with the focus, until the chord that ends it", async () => {
  await open("--allow-input");
  const file = `${bed.directory}/typed`;
  await bed.ask("spawn", { argv: ["foot", "sh", "-c", `cat > ${file}`] });
  const window = await eventually(async () => (await bed.state()).windows[0], "the terminal");
  await bed.request({ type: "Focus", window: window.id });
  const typed = () => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return null;
    }
  };
  await eventually(() => typed() === "", "the terminal reads");
  await toggle().click();
  await page.keyboard.press("Shift+KeyA");
  await page.keyboard.press("KeyB");
  await page.keyboard.press("Digit1"); // otherwise a place
  await page.keyboard.press("Enter");
  await eventually(() => typed() === "Ab1\n", "the keys");
  await page.locator("#input-text").fill("Grüße, 世界 🙂");
  await page.locator("#input-text").press("Enter");
  await page.locator("#canvas").focus();
  await page.keyboard.press("Enter");
  await eventually(() => typed() === "Ab1\nGrüße, 世界 🙂\n", "the text");

  // A key that is held when the mode ends does not stay pressed.
  await page.keyboard.down("KeyC");
  await page.keyboard.press("Control+Shift+Period");
  await page.locator("#input-bar").waitFor({ state: "hidden" });
  await page.keyboard.up("KeyC");
  await page.keyboard.press("KeyX");
  await toggle().click();
  await page.keyboard.press("Enter");
  await eventually(() => typed().endsWith("c\n"), "the held key came once, and what was typed outside did not");
  assert.match(typed().split("\n").at(-2), /^c+$/);
});

it("is not offered where the server does not allow it", async () => {
  await open("");
  assert.ok(await toggle().isDisabled());
  assert.match(await toggle().getAttribute("title"), /--allow-input/);
});
