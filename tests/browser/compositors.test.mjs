// Several compositors in one page: shown together or one alone, and one that goes takes nobody along.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Bed, eventually, launchBrowser } from "./bed.mjs";
import { ShellPage } from "./shell_page.mjs";

describe("a page of several compositors", () => {
  let browser, far, shell, page;

  const settings = (directory) => {
    const folder = path.join(directory, ".config/compositord");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "compositord.yaml"), `compositors:\n  - {name: far, protocol: ws, port: ${far.port}, offset: [3000, 0]}\n`);
  };
  const titles = async () => (await page.locator("#windows .title").allTextContents()).sort();
  const shows = (...expected) => eventually(async () => JSON.stringify(await titles()) === JSON.stringify(expected), `the windows ${expected}`);
  const options = () => page.locator("#compositor option").allTextContents();
  const offers = (...expected) => eventually(async () => JSON.stringify(await options()) === JSON.stringify(expected), `the choice ${expected}`);

  before(async () => {
    browser = await launchBrowser();
    far = await Bed.start();
    await far.openWindows([[300, 200, "afar", 0, 0]]);
    shell = await ShellPage.open(browser, { bed: { prepare: settings } });
    ({ page } = shell);
    await shell.bed.openWindows([[300, 200, "here", 0, 0]]);
  });
  after(async () => {
    await shell?.close();
    if (far?.process.exitCode === null) await far.stop();
    await browser.close();
  });

  it("shows all of them, and each alone", async () => {
    await shows("afar", "here");
    await offers("All compositors", "session", "far");
    await page.locator("#compositor").selectOption("far");
    await page.waitForURL(/compositor=far/);
    await shell.connected();
    await shows("afar");
    assert.equal(await page.locator("#compositor").inputValue(), "far");
    await page.locator("#compositor").selectOption("");
    await page.waitForURL(shell.bed.address);
    await shell.connected();
    await shows("afar", "here");
  });

  it("says which one is gone, and goes on with the others", async () => {
    await far.stop();
    await offers("All compositors (1 of 2)", "session", "far (gone)");
    await shows("here");
    assert.equal((await shell.ask("status")).kind, "connected");
  });
});
