// A browser that needs a token: it is asked for it, keeps it out of sight, and is asked again when it is withdrawn.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Bed, eventually, launchBrowser } from "./bed.mjs";

const TOKEN = "dG9rZW4tb2YtdGhlLXRlc3Q+/w==";
let browser, bed, context, page;

const write = (directory, text) => writeFileSync(path.join(directory, "tokens"), `${text}\n`, { mode: 0o600 });
const status = () => page.evaluate(() => globalThis.compositordShell?.status());
const becomes = (kind) => eventually(async () => (await status())?.kind === kind, `the page is ${kind}`);

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

describe("a page that needs a token", () => {
  beforeEach(async () => {
    bed = await Bed.start({ daemon: "--token-file {directory}/tokens", prepare: (directory) => write(directory, `${TOKEN} all`) });
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterEach(async () => {
    await context?.close();
    await bed?.stop();
  });

  it("asks for it, and has it in a cookie then", async () => {
    await page.goto(bed.address);
    await becomes("unauthorized");
    const field = page.getByLabel(/token/);
    await field.fill(TOKEN);
    await field.press("Enter");
    await page.waitForURL(bed.address);
    await becomes("connected");
    assert.ok(await page.locator("#token-form").isHidden());
    assert.equal(await page.evaluate(() => document.cookie), "", "no script sees it");
    await page.reload();
    await becomes("connected");
  });

  it("takes it from its address, which does not keep it", async () => {
    await page.goto(`${bed.address}?token=${encodeURIComponent(TOKEN)}`);
    await becomes("connected");
    assert.equal(page.url(), bed.address);
    const [cookie] = await context.cookies();
    assert.ok(cookie.httpOnly && cookie.sameSite === "Strict");
  });

  it("says so when it is wrong", async () => {
    const answer = await page.goto(`${bed.address}?token=a-token-of-nobody-at-all`);
    assert.equal(answer.status(), 401);
    await page.goto(bed.address);
    await becomes("unauthorized");
    assert.match((await status()).text, /token is needed/);
  });
});
