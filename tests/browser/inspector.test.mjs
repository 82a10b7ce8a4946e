// The inspector of traffic and the reference page in a real browser, under the server's own Content-Security-Policy.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, afterEach, before, describe, it } from "node:test";
import { Bed, eventually, launchBrowser } from "./bed.mjs";

const WebSocket = createRequire(new URL("../../subprojects/web/package.json", import.meta.url))("ws");
const ROW = 24;

let browser, bed, context, page, problems, sockets;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

async function open(path, daemon = "--grant view,camera,windows,tiles,sessions,inspect") {
  bed = await Bed.start({ daemon });
  context = await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: "reduce" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  page = await context.newPage();
  problems = [];
  sockets = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(bed.address + path);
}

afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  await context?.close();
  await bed?.stop();
  context = bed = undefined;
});

async function client(...subprotocol) {
  const socket = new WebSocket(`ws://127.0.0.1:${bed.port}/`, ...subprotocol);
  sockets.push(socket);
  socket.messages = [];
  socket.on("message", (data, binary) => socket.messages.push(binary ? data : JSON.parse(data)));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.say = (message) => socket.send(JSON.stringify(message));
  return socket;
}

const live = () => eventually(async () => (await page.locator("#status-text").textContent()) === "Live", "the stream is open");
/** The rows of the list that are on the screen, from top to bottom, as lists of their cells. */
const rows = () =>
  page.locator("#frames .frame:not([hidden])").evaluateAll((nodes) =>
    nodes
      .map((node) => ({ place: Number(node.getAttribute("aria-posinset")), cells: [...node.children].map((cell) => cell.textContent) }))
      .sort((a, b) => a.place - b.place)
      .map(({ cells }) => cells),
  );
const types = async () => (await rows()).map(([, , , type]) => type);
const count = () => page.locator("#count").textContent();

describe("the inspector", { concurrency: false }, () => {
  it("says what is missing when the grant is", async () => {
    await open("inspector.html", "");
    await page.locator("#refused").waitFor();
    assert.match(await page.locator("#refused").textContent(), /needs the grant inspect[^]*--grant/);
    assert.ok(await page.locator("#content").isHidden());
    assert.equal(problems.filter((text) => !text.includes("403")).length, 0, problems.join());
  });

  it("shows clients that come and go, and what they say and are told", async () => {
    await open("inspector.html");
    await live();
    assert.ok(await page.locator("#no-clients").isVisible());
    const json = await client("compositord.v1.json");
    const packed = await client("compositord.v1.msgpack");
    await eventually(async () => (await page.locator("#client-rows tr").count()) === 2, "two clients");
    assert.deepEqual(await page.locator("#client-rows tr td:nth-child(2)").allTextContents(), ["compositord.v1.json", "compositord.v1.msgpack"]);
    json.say({ type: "Subscribe", id: 1, kinds: ["cameras"], maxRate: 20 });
    await eventually(async () => (await page.locator("#client-rows tr td:nth-child(4)").first().textContent()) === "cameras; 20/s at most", "the subscription");
    json.say({ type: "Nonsense", id: "x" });
    await eventually(async () => (await types()).at(-1) === "Error", "the answer");
    const told = await rows();
    const number = told[0][1];
    assert.deepEqual(told.filter((row) => row[1] === number).map(([, , direction, type]) => [direction, type]), [
      ["to", "Hello"],
      ["to", "Snapshot"],
      ["from", "Subscribe"],
      ["to", "Ack"],
      ["to", "Snapshot"],
      ["from", "Nonsense"],
      ["to", "Error"],
    ]);
    assert.deepEqual(told.filter((row) => row[1] !== number).map(([, , , type]) => type), ["Hello", "Snapshot"]);
    await bed.ask("move_camera", { output: "HEADLESS-1", x: 9000, y: 0, zoom: 1, duration: 3000 });
    await eventually(async () => Number(await page.locator("#client-rows tr").first().locator("td").nth(3).textContent()) > 1, "a rate");
    packed.close();
    await eventually(async () => (await page.locator("#client-rows tr").count()) === 1, "one client is left");
    assert.deepEqual(problems, []);
  });

  it("filters, pauses, clears, and shows and copies a message, all by keyboard", async () => {
    await open("inspector.html");
    await live();
    const [one, two] = [await client("compositord.v1.json"), await client("compositord.v1.json")];
    for (let id = 1; id <= 5; id += 1) one.say({ type: "Ping", id: `needle ${id}` });
    two.say({ type: "Ping", id: "straw" });
    await eventually(async () => (await count()) === "16 messages", "all of them");

    await page.locator("#filter-text").fill("NEEDLE");
    await eventually(async () => (await types()).sort().join() === [...Array(5).fill("Ping"), ...Array(5).fill("Pong")].join(), "ten of them");
    await page.locator("#filter-direction").selectOption("received");
    await page.locator("#filter-type").fill("pi");
    await eventually(async () => (await count()) === "5 of 16 messages" && (await types()).join() === Array(5).fill("Ping").join(), "five are left");
    for (const id of ["#filter-text", "#filter-type"]) await page.locator(id).fill("");
    await page.locator("#filter-direction").selectOption("");
    await page.locator("#client-rows button").nth(1).click();
    await eventually(async () => (await count()) === "4 of 16 messages", "those of the second client");
    assert.equal(await page.locator("#client-rows button").nth(1).getAttribute("aria-pressed"), "true");
    await page.locator("#client-rows button").nth(1).click();

    await page.locator("#frames").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await eventually(async () => (await page.locator("#chosen-type").textContent()) === "Snapshot", "the second message is shown");
    assert.deepEqual(JSON.parse(await page.locator("#chosen-text").textContent()), one.messages[1]);
    const active = () => page.locator("#frames").getAttribute("aria-activedescendant");
    await eventually(async () => (await active()) !== null, "its row is the active one"); // drawn with the next frame
    assert.equal(await page.locator(`#${await active()}`).getAttribute("aria-selected"), "true");
    await page.locator("#copy").focus();
    await page.keyboard.press("Enter");
    await eventually(async () => (await page.locator("#copy").textContent()) === "Copied", "copied");
    assert.deepEqual(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())), one.messages[1]);

    await page.locator("#pause").click();
    one.say({ type: "Ping", id: "unseen" });
    await eventually(async () => (await count()) === "16 messages; 2 not kept while paused", "counted");
    await page.locator("#pause").click();
    await page.locator("#clear").click();
    await eventually(async () => (await count()) === "0 messages", "cleared");
    one.say({ type: "Ping", id: "seen" });
    await eventually(async () => (await types()).join() === "Ping,Pong", "and going on");
    assert.deepEqual(problems, []);
  });

  it("keeps up with very many messages with few elements, and stays where one reads", async () => {
    await open("inspector.html");
    await live();
    // Several, so that none of them sends more than the server lets it.
    const busy = [];
    for (let i = 0; i < 4; i += 1) busy.push(await client("compositord.v1.json"));
    let expected = 2 * busy.length;
    const burst = async (pings) => {
      // Not more at once than the server keeps for an inspector: this is about the page.
      for (let sent = 0; sent < pings; sent += 500) {
        for (let i = 0; i < 500; i += 1) busy[i % 4].say({ type: "Ping", id: sent + i });
        expected += 1000;
        await eventually(async () => (await count()) === `${expected} messages`, "all are there");
      }
    };
    await burst(10_000);
    assert.ok((await page.locator("#frames .frame").count()) < 60, "only the visible rows are elements");
    assert.ok((await types()).slice(-4).includes("Pong"), "the newest are in view");

    await page.locator("#frames").hover();
    await page.locator("#frames").evaluate((list) => list.addEventListener("scrollend", () => list.classList.add("scrolled"), { once: true }));
    await page.mouse.wheel(0, -100 * ROW);
    await page.locator("#newest").waitFor();
    await page.locator("#frames.scrolled").waitFor();
    const top = () => page.locator("#frames").evaluate((list) => list.scrollTop);
    const place = await top();
    const reading = await rows();
    await burst(500);
    assert.equal(await top(), place);
    assert.deepEqual(await rows(), reading);
    await page.locator("#newest").click();
    // Whichever client the server read last.
    await eventually(async () => (await rows()).some((row) => /"id":49[6-9]/.test(row[5])), "the newest again");
    await page.locator("#filter-text").fill("9999");
    await eventually(async () => (await count()) === "2 of 21008 messages", "searched", 10_000);
    assert.deepEqual(problems, []);
  });

  it("goes on after compositord was killed", async () => {
    await open("inspector.html");
    await live();
    await client("compositord.v1.json");
    await eventually(async () => (await page.locator("#client-rows tr").count()) === 1, "a client");
    await bed.killCompanion();
    await eventually(async () => (await page.locator("#client-rows tr").count()) === 0, "it is gone", 30_000);
    await live();
    await client("compositord.v1.json");
    await eventually(async () => (await page.locator("#client-rows tr").count()) === 1, "another one");
  });
});

describe("the reference", () => {
  it("is served, with a style, and its links lead somewhere", async () => {
    await open("");
    await page.locator(".links a", { hasText: "Reference" }).click();
    await page.locator("nav a", { hasText: "SetCamera" }).click();
    assert.equal(new URL(page.url()).hash, "#SetCamera");
    const heading = await page.locator("#SetCamera").boundingBox();
    assert.ok(heading.y > 40 && heading.y < 200, "the message is below the head of the page");
    assert.equal(await page.locator("header").evaluate((node) => getComputedStyle(node).position), "sticky");
    assert.deepEqual(problems, []);
  });
});
