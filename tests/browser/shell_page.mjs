// The page of compositord in a browser, with a bed of its own: opened, looked at, and closed with nothing left to complain about.
import assert from "node:assert/strict";
import { Bed, coloursAt, eventually } from "./bed.mjs";

/** What the browser itself reports of requests that failed is not the page's doing. */
const BROWSERS_OWN = /Failed to load resource|ERR_CONNECTION|ERR_INTERNET/;

export class ShellPage {
  static async open(browser, { bed: bedOptions, context: contextOptions } = {}) {
    const shell = new ShellPage();
    shell.bed = await Bed.start(bedOptions);
    shell.context = await browser.newContext({ viewport: { width: 1200, height: 800 }, colorScheme: "light", reducedMotion: "reduce", ...contextOptions });
    shell.page = await shell.context.newPage();
    shell.problems = [];
    shell.page.on("console", (message) => message.type() === "error" && !BROWSERS_OWN.test(message.text()) && shell.problems.push(message.text()));
    shell.page.on("pageerror", (error) => shell.problems.push(String(error)));
    await shell.page.goto(shell.bed.address);
    await shell.connected();
    return shell;
  }

  async close() {
    await this.context.close();
    await this.bed.stop();
    assert.deepEqual(this.problems, [], "nothing was reported in the browser's console");
  }

  /** What window.compositordShell says. */
  ask(what) {
    return this.page.evaluate((name) => globalThis.compositordShell?.[name](), what);
  }

  connected() {
    return eventually(async () => (await this.ask("status"))?.kind === "connected", "the page is connected");
  }

  /** Where a point of the world must be on the page, from the compositor's own camera, which the page follows. */
  async toPage(x, y) {
    const [view, area, camera] = [await this.ask("view"), await this.ask("area"), await this.bed.camera()];
    return { x: area.x + area.width / 2 + (x - camera.x) * view.zoom, y: area.y + area.height / 2 + (y - camera.y) * view.zoom };
  }

  async colourAt(point) {
    const [colour] = await coloursAt(this.context, await this.page.screenshot(), [point]);
    return colour;
  }

  /** Waits until the camera rests at a point. */
  cameraAt(x, y, near = 0.5) {
    return eventually(async () => {
      const camera = await this.bed.camera();
      return Math.abs(camera.x - x) <= near && Math.abs(camera.y - y) <= near && camera.x === camera.target.x && camera;
    }, `the camera is at ${x}, ${y}`);
  }

  /** For people to look at: written if PICTURES names a folder. */
  async picture(name) {
    if (process.env.PICTURES) await this.page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
  }
}
