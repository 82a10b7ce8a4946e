// Code generation in the dashboard of a real browser: real git, checks and sandbox; only the model is scripted.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, launchBrowser, WEB } from "./bed.mjs";
import { ShellPage } from "./shell_page.mjs";

const PROMPTS = fileURLToPath(new URL("../../data/prompts", import.meta.url));
const AXE = readFileSync(path.join(WEB, "node_modules/axe-core/axe.min.js"), "utf8");
const TASK = "project/add-two/1.1";
const ANSWER = "```js path=a.js\nexport const a = 2;\n```\n";
let answer = ANSWER;

let browser, shell, page, project, model;

/** Streams as LM Studio does, one answer for every question. */
async function startModel() {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const chunk = (choice, more = {}) => response.write(`data: ${JSON.stringify({ model: "scripted", choices: [{ index: 0, finish_reason: null, ...choice }], ...more })}\n\n`);
      chunk({ delta: { role: "assistant", content: answer } });
      chunk({ delta: {}, finish_reason: "stop" });
      response.end("data: [DONE]\n\n");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function prepare(directory) {
  cpSync(PROMPTS, path.join(directory, ".config/compositord/prompts"), { recursive: true });
  project = path.join(directory, "project");
  const change = path.join(project, "openspec/changes/add-two");
  mkdirSync(change, { recursive: true });
  writeFileSync(path.join(change, "tasks.md"), "## 1. Numbers\n\n- [ ] 1.1 Make `a.js` export a 2\n- [ ] 1.2 Add another\n- [x] 1.3 Think about it\n");
  writeFileSync(path.join(change, "proposal.md"), "# Two\n");
  cpSync(path.join(WEB, "dist"), path.join(project, "dist"), { recursive: true });
  writeFileSync(path.join(project, "a.js"), "export const a = 1;\n");
  writeFileSync(path.join(project, "package.json"), '{"type": "module"}\n');
  const git = (...words) => execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...words], { cwd: project });
  git("init", "-q", "-b", "work");
  git("config", "user.name", "t");
  git("config", "user.email", "t@t");
  git("add", ".");
  git("commit", "-qm", "first");
}

async function open({ context, daemon = "" } = {}) {
  const server = `--model-server http://127.0.0.1:${model.address().port}/v1`;
  shell = await ShellPage.open(browser, { bed: { daemon: `--codegen {directory}/project ${server} ${daemon}`, prepare }, context });
  ({ page } = shell);
}

const panel = () => page.locator("#dashboard .codegen");
const row = (number) => panel().locator("li.task").filter({ has: page.locator(".title", { hasText: number }) });
const says = (locator, pattern) => eventually(async () => pattern.test(await locator.innerText()), String(pattern));

async function faults() {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
}

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());
beforeEach(async () => {
  answer = ANSWER;
  model = await startModel();
});
afterEach(async () => {
  await shell.close();
  model.close();
});

it("runs a task, shows what would change and what proves it, applies it and takes it back", async () => {
  await open();
  await page.getByRole("button", { name: "Dashboard" }).click();
  await panel().getByText("project/add-two: 1 of 3 done").click();
  await says(row("1.3"), /done/);
  await row("1.1").getByRole("button", { name: /^Run: Make/ }).click();
  await says(row("1.1"), /waits for your review · scripted/);
  await says(panel(), /1 of 3 done, 1 to review/);
  await row("1.1").locator(".go").click();
  await says(row("1.1"), /✓node --check/);
  assert.deepEqual(await row("1.1").locator("pre .removed, pre .added").allTextContents(), ["-export const a = 1;\n", "+export const a = 2;\n"]);
  await shell.picture("codegen-review");
  await row("1.1").getByRole("button", { name: /^Apply/ }).click();
  await says(row("1.1"), /applied/);
  await says(row("1.1"), /on the branch compositord\/add-two/);
  assert.match(readFileSync(path.join(project, "openspec/changes/add-two/tasks.md"), "utf8"), /- \[x\] 1\.1/);
  await row("1.1").getByRole("button", { name: /^Revert/ }).click();
  await row("1.1").getByRole("button", { name: /^Run/ }).waitFor();
  assert.match(readFileSync(path.join(project, "openspec/changes/add-two/tasks.md"), "utf8"), /- \[ \] 1\.1/);
});

it("opens at the task that the address names, and drops its changes", async () => {
  await open();
  await page.evaluate((task) => (location.hash = `codegen=${task}`), TASK);
  await row("1.1").getByRole("button", { name: /^Run/ }).click();
  await says(row("1.1"), /\+export const a = 2;/);
  await row("1.1").getByRole("button", { name: /^Discard/ }).click();
  await row("1.1").getByRole("button", { name: /^Run/ }).waitFor();
});

for (const colorScheme of ["light", "dark"]) {
  it(`has no serious fault of accessibility, and works by keyboard alone, ${colorScheme}`, async () => {
    await open({ context: { colorScheme } });
    await page.getByRole("button", { name: "Dashboard" }).focus();
    await page.keyboard.press("Enter");
    await panel().getByText("project/add-two").focus();
    await page.keyboard.press("Enter");
    assert.deepEqual(await faults(), [], "with tasks");
    await row("1.1").getByRole("button", { name: /^Run/ }).focus();
    await page.keyboard.press("Enter");
    await says(row("1.1"), /waits for your review/);
    await row("1.1").locator(".go").focus();
    await page.keyboard.press("Enter");
    await says(row("1.1"), /\+export const a = 2;/);
    assert.deepEqual(await faults(), [], "with a diff");
    await shell.picture(`codegen-${colorScheme}`);
    await page.keyboard.press("Tab"); // from the row to its first button
    await page.keyboard.press("Enter");
    await says(row("1.1"), /applied/);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Revert", "the keyboard's place is kept");
  });
}

it("asks before it loads itself again, when what it runs was changed in the user's tree", async () => {
  const script = readdirSync(path.join(WEB, "dist/assets")).find((name) => /^dashboard-.*\.js$/.test(name));
  assert.ok(script, "a script that the page runs");
  const text = readFileSync(path.join(WEB, "dist/assets", script), "utf8");
  answer = `\`\`\`js path=dist/assets/${script}\n${text.trimEnd()}\n// changed\n\`\`\`\n`;
  await open({ daemon: "--web-root {directory}/project/dist --codegen-place tree" });
  await page.evaluate((task) => (location.hash = `codegen=${task}`), TASK);
  await row("1.1").getByRole("button", { name: /^Run/ }).click();
  await row("1.1").getByRole("button", { name: /^Apply/ }).click();
  const question = page.getByRole("alert");
  await says(question, new RegExp(`dist/assets/${script} has changed`));
  assert.deepEqual(await faults(), [], "with the question");
  await page.evaluate(() => (globalThis.loadedBefore = true));
  await question.getByRole("button", { name: "Load the page again" }).click();
  await eventually(() => page.evaluate(() => globalThis.loadedBefore === undefined && globalThis.compositordShell !== undefined).catch(() => false), "the page is loaded again");
});

it("says which grant is missing", async () => {
  await open({ daemon: "--grant view" });
  await page.getByRole("button", { name: "Dashboard" }).click();
  await says(panel(), /the grant sessions/);
});
