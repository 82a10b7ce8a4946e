// The dashboard in a real browser, under the server's own Content-Security-Policy, with real sessions.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, afterEach, before, it } from "node:test";
import { eventually, launchBrowser, WEB } from "./bed.mjs";
import { describePipelines, gate, openGate } from "./pipelines.mjs";
import { ShellPage } from "./shell_page.mjs";

const AXE = readFileSync(path.join(WEB, "node_modules/axe-core/axe.min.js"), "utf8");
const DIFF = "--- a/hello.c\n+++ b/hello.c\n@@ -1,3 +1,3 @@\n int main() {\n-  return 1;\n+  return 0;\n }\n";
const SAID = [
  { thinking: "The exit status is wrong." },
  { tool: "read_file", call: "1", input: { path: "hello.c" } },
  { tool: "read_file", call: "1", result: "int main() {" },
  { tool: "write_file", call: "2", input: { path: "/etc/passwd" } },
  { tool: "write_file", call: "2", error: "that is not allowed" },
  { text: "<b>I changed</b> one line:\n" },
  { text: DIFF },
  { tokens: 120 },
  { progress: 0.5 },
];

let browser, shell, page, bed;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());
afterEach(() => shell.close());

/** A type of session that says all that, and goes on when its gate `task` is open; and one that fails. */
function pipelines(directory) {
  const [command, flag, script, file] = gate(directory, "{gate}");
  const print = SAID.map((line) => `printf '%s\\n' '${JSON.stringify(line)}'`).join("; ");
  describePipelines(directory, {
    fix: {
      description: "Fixes what is broken",
      parameters: { gate: { description: "what it waits for" }, style: { description: "how it writes", default: "plain" } },
      steps: [
        { name: "look", command: ["echo", "looking"] },
        { name: "write", output: "events", command: [command, flag, `${print}; ${script}; echo '{"result": "1 file changed"}'`, file] },
      ],
    },
    asks: {
      steps: [
        {
          name: "ask",
          output: "events",
          asks: true,
          command: ["sh", "-c", `echo '{"choices": [{"id": "apply", "label": "Apply"}, {"id": "discard", "label": "Discard"}]}'; read -r picked; echo "picked $picked"`],
        },
      ],
    },
    fails: { steps: [{ name: "fall", command: ["sh", "-c", "echo no >&2; exit 3"] }] },
  });
}

async function open({ daemon = "", context } = {}) {
  shell = await ShellPage.open(browser, { bed: { daemon, prepare: pipelines }, context });
  ({ page, bed } = shell);
  await bed.openWindows([[300, 200, "a window", -150, -100]]);
  await page.getByRole("button", { name: "Dashboard" }).click();
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
}

const dashboard = () => page.locator("#dashboard");
const session = (title) => dashboard().locator(".session", { hasText: title });
const textOf = (locator) => locator.innerText();
const figure = (name) => textOf(dashboard().locator(`dt:text-is("${name}") + dd`));
const says = (locator, pattern, what = String(pattern)) => eventually(async () => pattern.test(await textOf(locator)), what);

async function spawn(file) {
  await dashboard().getByText("New session…").click();
  await dashboard().getByLabel("Type").selectOption("fix");
  await dashboard().getByLabel(/^gate/).fill(file);
  await dashboard().getByLabel(/^Task/).fill("make it work");
  await dashboard().getByRole("button", { name: "Start" }).click();
  await session("make it work").waitFor();
}

async function faults() {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
}

it("shows how the server is, as long as it is open, and costs nothing when it is closed", async () => {
  await open();
  await eventually(async () => (await figure("Clients")).includes("1 compositord.v1.json"), "the page itself is a client");
  assert.match(await figure("Memory"), /^\d+\.\d MiB$/);
  assert.equal(await figure("Health"), "answers");
  assert.match(await figure("Round trip"), /ms$/);
  await bed.ask("move_camera", { output: "HEADLESS-1", x: 400, y: 0, zoom: 1, duration: 1500 });
  await eventually(async () => /half within [\d.]+ ms/.test(await figure("Latency")), "the latency of what moves");
  assert.match(await figure("Sent"), /messages, .*\/s$/);
  assert.match(await textOf(dashboard()), /grant inspect/, "and what this page may not");

  await bed.killCompanion();
  await shell.connected();
  await eventually(async () => (await figure("Health")) === "answers" && (await figure("Connections")) !== "…", "the next server");

  // From here on the test has the page's clock, and what the dashboard does every two seconds with it.
  await page.clock.install();
  await page.keyboard.press("Escape");
  await dashboard().waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Dashboard" }).click();
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.clock.runFor(10_000);
  await eventually(() => asked.includes("/metrics"), "a look while it is open");
  await eventually(async () => (await figure("Health")) === "answers", "what it saw");
  await page.keyboard.press("Escape");
  await dashboard().waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.querySelectorAll("#dashboard *").length), 0);
  assert.equal(await page.evaluate(() => document.activeElement.id), "toggle-dashboard");
  asked.length = 0;
  await page.clock.runFor(60_000);
  await page.evaluate(async () => (await fetch("./health")).text());
  assert.deepEqual(asked, ["/health"], "what is asked for next is what the test asks for");
});

it("begins a session with its parameters, shows what it says and does, live, and its result", async () => {
  await open();
  const form = dashboard().locator("form");
  await dashboard().getByText("New session…").click();
  assert.deepEqual(await form.locator("select").first().locator("option").allInnerTexts(), ["asks", "fails", "fix"]);
  await form.getByLabel("Type").selectOption("fix");
  assert.match(await textOf(form), /Fixes what is broken/);
  assert.equal(await form.getByLabel(/^style/).inputValue(), "plain");
  await form.getByRole("button", { name: "Start" }).click();
  assert.equal(await form.getByLabel(/^gate/).evaluate((input) => input.validity.valueMissing), true, "what must be given is asked for");
  await form.getByLabel(/^gate/).fill("go");
  await form.getByLabel(/^Task/).fill("make it work");
  await shell.picture("dashboard-form");
  await form.getByRole("button", { name: "Start" }).click();

  const row = session("make it work");
  await says(row, /running · write · \d+ %/);
  assert.ok(await row.getByRole("progressbar").isVisible());
  await says(row, /\+ {2}return 0;/, "its output");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-expanded")), "true", "the keyboard is at it");
  const text = await textOf(row);
  for (const part of ["✓", "look", "read_file", "write_file", "The exit status is wrong.", "<b>I changed</b> one line:"]) assert.ok(text.includes(part), `${part} in ${text}`);
  assert.deepEqual(await row.locator("pre .removed, pre .added").allTextContents(), ["-  return 1;\n", "+  return 0;\n"]);
  await row.locator("summary", { hasText: "write_file" }).click();
  await says(row, /that is not allowed/);
  await shell.picture("dashboard-running");

  openGate(bed.directory, "go");
  await says(row, /completed/);
  await says(row, /1 file changed/);
  await says(row, /120 tokens/);
  await says(dashboard().locator(".sessions [role=status]"), /fix has completed/);
  await row.getByRole("button", { name: /^Remove/ }).click();
  await row.waitFor({ state: "detached" });
  await says(dashboard(), /No sessions/);
});

it("shows sessions that others began, why one failed, and the same after a reconnection", async () => {
  await open();
  await dashboard().getByText("No sessions").waitFor();
  const response = await fetch(`${bed.address}api/v1/sessions`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ sessionType: "fails", task: "somebody else's" }) });
  assert.equal(response.status, 201);
  const row = session("somebody else's");
  await says(row, /failed/);
  await row.getByRole("button", { name: /^fails/ }).click();
  await says(row, /status 3/, "the reason");
  await says(row, /Diagnostics\s+no/);
  const before = (await textOf(row)).replace(/\s+/g, " ");
  await bed.killCompanion();
  await shell.connected();
  await eventually(async () => (await row.count()) === 1 && (await textOf(row)).replace(/\s+/g, " ") === before, "the same");
  await row.getByRole("button", { name: /^fails/ }).click();
  assert.equal(await row.locator(".detail").count(), 0);
});

it("shows what a session waits for, and picks one of it", async () => {
  await open();
  await dashboard().getByText("New session…").click();
  await dashboard().getByLabel("Type").selectOption("asks");
  await dashboard().getByLabel(/^Task/).fill("review this");
  await dashboard().getByRole("button", { name: "Start" }).click();
  const row = session("review this");
  await says(row, /waits for you/);
  await shell.picture("dashboard-choices");
  await row.getByRole("button", { name: "Apply: asks: review this" }).click();
  await says(row, /completed/);
  assert.equal(await row.getByRole("button", { name: /^(Apply|Discard)/ }).count(), 0);
  await says(row, /picked apply/);
});

it("cancels a session", async () => {
  await open();
  await spawn("never");
  const row = session("make it work");
  await says(row, /running/);
  await row.getByRole("button", { name: "Cancel fix: make it work" }).click();
  await says(row, /cancelled/);
  await row.getByRole("button", { name: /^Remove/ }).waitFor();
});

it("says which grant is missing, and asks for nothing that it may not have", async () => {
  await open({ daemon: "--grant view,inspect" });
  await says(dashboard(), /the grant sessions is needed/);
  assert.equal(await dashboard().getByText("New session…").isVisible(), false);
  await eventually(async () => (await figure("Clients")).includes("1 compositord.v1.json"), "figures are for who may look");
  await dashboard().getByRole("link", { name: "The traffic of all clients" }).click();
  await page.waitForURL(/inspector\.html$/);
});

for (const colorScheme of ["light", "dark"]) {
  it(`has no serious fault of accessibility, and works by keyboard alone, ${colorScheme}`, async () => {
    await open({ context: { colorScheme } });
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter"); // on the button that opens it
    await dashboard().getByText("New session…").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("f");
    await page.keyboard.press("i"); // "fix", in the list of types
    await page.keyboard.press("Tab");
    await page.keyboard.type("make it work");
    await page.keyboard.press("Tab");
    await page.keyboard.type("go");
    const camera = await bed.camera();
    assert.deepEqual(await faults(), [], "with the form");
    await page.keyboard.press("Enter");
    await says(session("make it work"), /return 0/);
    await session("make it work").locator("summary", { hasText: "read_file" }).press("Enter");
    await page.keyboard.press("ArrowDown");
    assert.deepEqual(await faults(), [], "with a session");
    await shell.picture(`dashboard-${colorScheme}`);
    const { x, y, zoom } = await bed.camera();
    assert.deepEqual({ x, y, zoom }, { x: camera.x, y: camera.y, zoom: camera.zoom }, "keys in the dashboard do not move the map");
  });
}

it("fits a small touch screen", async () => {
  await open({ context: { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true } });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `the page is ${wide} wide`);
  await dashboard().getByText("New session…").tap();
  await dashboard().getByLabel("Type").selectOption("fix");
  await dashboard().getByLabel(/^gate/).fill("go");
  await dashboard().getByLabel(/^Task/).fill("make it work");
  await dashboard().getByRole("button", { name: "Start" }).tap();
  await says(session("make it work"), /return 0/);
  await shell.picture("dashboard-phone");
  await dashboard().getByRole("button", { name: "Close the dashboard" }).tap();
  await dashboard().waitFor({ state: "hidden" });
});
