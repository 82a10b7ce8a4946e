// The page in a real browser against a real compositor: what it shows is where it is, what is done to it happens.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Bed, coloursAt, eventually, launchBrowser } from "./bed.mjs";

const FRAME_MARGIN = 32; // CSS pixels that the page keeps free around the camera's frame
const NEAR = 1.5; // CSS pixels: windows are drawn on whole pixels

const WINDOWS = [
  [300, 200, "north west", -550, -300],
  [260, 220, "north east", 200, -280],
  [320, 180, "south", -160, 80],
];

let browser, bed, context, page, problems;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

async function open(options) {
  bed = await Bed.start(options);
  context = await browser.newContext({ viewport: { width: 1200, height: 800 }, colorScheme: "light", reducedMotion: "reduce" });
  page = await context.newPage();
  problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(bed.address);
  await connected();
}

async function close() {
  await context?.close();
  await bed?.stop();
  context = bed = undefined;
}

const shell = (what) => page.evaluate((name) => globalThis.compositordShell?.[name](), what);
async function connected() {
  await eventually(async () => (await shell("status"))?.kind === "connected", "the page is connected").catch(async (error) => {
    error.message += `; it says ${JSON.stringify(await shell("status"))}, the console ${JSON.stringify(problems)}`;
    throw error;
  });
}
const drawn = async (title) => (await shell("windows"))?.find((window) => window.title === title);

/** Where the page must show a window of the map, computed from the compositor's own state and the page's layout. */
async function expectedRect(title) {
  const { cameras, windows } = await bed.state();
  const window = windows.find((each) => each.title === title);
  const area = await page.locator("#map").boundingBox();
  const [{ x, y, zoom, viewport }] = cameras;
  const room = { width: area.width - 2 * FRAME_MARGIN, height: area.height - 2 * FRAME_MARGIN };
  const scale = zoom * Math.min(room.width / viewport.width, room.height / viewport.height);
  return {
    x: area.x + area.width / 2 + (window.x - x) * scale,
    y: area.y + area.height / 2 + (window.y - y) * scale,
    width: window.width * scale,
    height: window.height * scale,
  };
}

const closeEnough = (a, b) => ["x", "y", "width", "height"].every((key) => Math.abs(a[key] - b[key]) <= NEAR);

/** Waits until the page shows the window where it must be. */
async function shownRight(title) {
  let last;
  try {
    await eventually(async () => {
      const [expected, window] = [await expectedRect(title), await drawn(title)];
      last = { expected, drawn: window?.rect };
      return window !== undefined && closeEnough(window.rect, expected);
    }, title);
  } catch (error) {
    error.message += ` ${JSON.stringify(last)}`;
    throw error;
  }
  return last.expected;
}

async function middleOfMap() {
  const area = await page.locator("#map").boundingBox();
  return { x: area.x + area.width / 2, y: area.y + area.height / 2 };
}

/** So many times the browser has asked the page for a frame. */
const frames = (count) =>
  page.evaluate(async (left) => {
    for (let i = 0; i < left; i += 1) await new Promise(requestAnimationFrame);
  }, count);

/** The page draws the compositor's camera, and both stay as they are. */
async function atRestTogether() {
  const agreed = await eventually(async () => {
    const [camera, [shown]] = [await bed.camera(), await shell("cameras")];
    const same = Math.abs(camera.x - shown.x) < 0.01 && Math.abs(camera.y - shown.y) < 0.01 && Math.abs(camera.zoom - shown.zoom) < 1e-4;
    return same && camera.x === camera.target.x && camera.zoom === camera.target.zoom && camera;
  }, "page and compositor agree");
  // A fight with an echo would show now: look again after some of the page's frames and all of its deadlines.
  await page.evaluate((deadline) => new Promise((resolve) => setTimeout(resolve, deadline)), 300);
  await frames(10);
  const later = await bed.camera();
  assert.deepEqual([later.x, later.y, later.zoom], [agreed.x, agreed.y, agreed.zoom], "the camera stays where it was put");
  const [shown] = await shell("cameras");
  assert.ok(Math.abs(shown.x - later.x) < 0.01 && Math.abs(shown.zoom - later.zoom) < 1e-4, "the page shows it there");
  return later;
}

describe("the page", { concurrency: false }, () => {
  beforeEach(() => open());
  afterEach(async () => {
    const seen = problems;
    await close();
    assert.deepEqual(seen, [], "nothing was reported in the browser's console");
  });

  it("shows windows at the right places, in its list of rectangles and in its pixels", async () => {
    const tell = await bed.openWindows(WINDOWS);
    const rects = [];
    for (const [, , title] of WINDOWS) rects.push(await shownRight(title));

    // Along a line through the lower part of each window, where its body has one colour, from outside to outside.
    const screenshot = await page.screenshot();
    for (const rect of rects) {
      const row = Math.round(rect.y + rect.height - 14);
      const column = Math.round(rect.x + 14);
      const across = Array.from({ length: Math.round(rect.width) + 40 }, (_, i) => ({ x: Math.round(rect.x) - 20 + i, y: row }));
      const down = Array.from({ length: 40 }, (_, i) => ({ x: column, y: Math.round(rect.y + rect.height) - 20 + i }));
      const [inside] = await coloursAt(context, screenshot, [{ x: column, y: row }]);
      const same = (colour) => colour.every((value, i) => Math.abs(value - inside[i]) <= 1);
      const rowColours = (await coloursAt(context, screenshot, across)).map(same);
      const columnColours = (await coloursAt(context, screenshot, down)).map(same);
      const edges = {
        left: across[rowColours.indexOf(true)].x,
        right: across[rowColours.lastIndexOf(true)].x + 1,
        bottom: down[columnColours.lastIndexOf(true)].y + 1,
      };
      const wanted = { left: rect.x, right: rect.x + rect.width, bottom: rect.y + rect.height };
      for (const edge of Object.keys(wanted)) {
        assert.ok(Math.abs(edges[edge] - wanted[edge]) <= 3, `${edge} edge is at ${edges[edge]}, expected at ${wanted[edge]}`);
      }
    }

    await bed.ask("move", { window: (await bed.window("south")).id, x: 100.5, y: 120 });
    tell("resize 3 200 100");
    await eventually(async () => (await bed.window("south")).width === 200, "resized");
    await shownRight("south");
    tell("title 1 renamed");
    await eventually(() => drawn("renamed"), "the new title");
    tell("close 2");
    await eventually(async () => (await drawn("north east")) === undefined, "the closed window is gone");
  });

  it("dims what the camera does not see, outlines what it sees, and leaves that as it is", async () => {
    const [{ rect }] = await shell("cameras");
    const area = await shell("area");
    const screenshot = await page.screenshot();
    const coloursOf = (points) => coloursAt(context, screenshot, points);
    /** The ground between the lines of the grid is the brightest of some points near by. */
    const ground = async (x, y) => {
      const colours = await coloursOf(Array.from({ length: 8 }, (_, i) => ({ x: x + 3 * i, y: y + 5 * i })));
      return Math.max(...colours.map(([red, green, blue]) => red + green + blue));
    };
    const middle = rect.x + rect.width / 2;
    const inside = await ground(middle + 20, rect.y + rect.height / 2 + 10);
    for (const [side, y] of [["above", area.y + 10], ["below", rect.y + rect.height + 10]]) {
      const outside = await ground(middle - 200, y);
      assert.ok(inside - outside > 15 && inside - outside < 200, `${side} it is ${outside}, inside ${inside}`);
    }
    const [[red, , blue]] = await coloursOf([{ x: middle + 7, y: rect.y - 1 }]);
    assert.ok(blue - red > 60, `the outline is ${red} red and ${blue} blue`);
  });

  it("zooms the compositor with the wheel, about the point below the pointer", async () => {
    await bed.openWindows(WINDOWS);
    const rect = await shownRight("north west");
    const corner = { x: rect.x, y: rect.y };
    await page.mouse.move(corner.x, corner.y);
    const before = await bed.camera();
    for (let i = 0; i < 3; i += 1) await page.mouse.wheel(0, -120);
    const camera = await eventually(async () => {
      const now = await bed.camera();
      return now.zoom > before.zoom * 1.5 && now;
    }, "the compositor's zoom");
    assert.ok(camera.zoom <= camera.zoomRange.max);
    const rest = await atRestTogether();
    const moved = await shownRight("north west");
    assert.ok(Math.hypot(moved.x - corner.x, moved.y - corner.y) <= 2, "the window's corner stayed below the pointer");
    for (let i = 0; i < 60; i += 1) await page.mouse.wheel(0, 400);
    await eventually(async () => (await bed.camera()).zoom === rest.zoomRange.min, "zoom ends at its limit");
    await atRestTogether();
  });

  it("moves the real camera when the map is dragged, and never jumps back under the fingers", async () => {
    await bed.openWindows(WINDOWS);
    await shownRight("south");
    const before = await bed.camera();
    const start = await middleOfMap();
    start.y += 250;
    await page.evaluate(() => {
      globalThis.track = [];
      const look = () => {
        globalThis.track.push(globalThis.compositordShell.cameras()[0].x);
        globalThis.tracking = requestAnimationFrame(look);
      };
      look();
    });
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    for (let step = 1; step <= 60; step += 1) await page.mouse.move(start.x - step * 4, start.y - step);
    await page.mouse.up();
    const camera = await atRestTogether();
    const track = await page.evaluate(() => {
      cancelAnimationFrame(globalThis.tracking);
      return globalThis.track;
    });
    const back = track.filter((x, i) => i > 0 && x < track[i - 1] - 0.01);
    assert.deepEqual(back, [], "the map only ever moved with the pointer");
    const { view, area } = { view: await shell("view"), area: await page.locator("#map").boundingBox() };
    assert.ok(area.width > 0);
    // A press that moves less than a few pixels is a click, so the first of them may not count.
    assert.ok(Math.abs(camera.x - (before.x + 240 / view.zoom)) <= 5 / view.zoom, `moved to ${camera.x}`);
    assert.ok(Math.abs(camera.y - (before.y + 60 / view.zoom)) <= 5 / view.zoom);
    await shownRight("south");
  });

  it("follows an animation of the compositor to its end", async () => {
    await bed.openWindows(WINDOWS);
    await bed.ask("move_camera", { output: "HEADLESS-1", x: 300, y: 100, zoom: 0.5, duration: 500 });
    await eventually(async () => {
      const [shown] = await shell("cameras");
      return shown.x > 10 && shown.x < 290;
    }, "the page shows the way");
    const camera = await atRestTogether();
    assert.deepEqual([camera.x, camera.y, camera.zoom], [300, 100, 0.5]);
    for (const [, , title] of WINDOWS) await shownRight(title);
  });

  it("moves a window by its title bar and focuses one that is clicked", async () => {
    await bed.openWindows(WINDOWS);
    const rect = await shownRight("south");
    const before = await bed.window("south");
    const { zoom } = await shell("view");
    await page.mouse.move(rect.x + 60, rect.y + 12);
    await page.mouse.down();
    for (let step = 1; step <= 30; step += 1) await page.mouse.move(rect.x + 60 + step * 4, rect.y + 12 + step);
    await page.mouse.up();
    await eventually(async () => {
      const now = await bed.window("south");
      return Math.abs(now.x - before.x - 120 / zoom) < 2 && Math.abs(now.y - before.y - 30 / zoom) < 2;
    }, "the window was moved");
    await shownRight("south");

    const other = await shownRight("north west");
    await page.mouse.click(other.x + other.width / 2, other.y + other.height / 2);
    await eventually(async () => (await bed.window("north west")).states.includes("activated"), "the clicked window has the focus");
    await eventually(async () => (await drawn("north west")).focused, "the page shows that");
  });

  it("recovers by itself when compositord was killed with 9", async () => {
    await bed.openWindows(WINDOWS);
    await shownRight("south");
    await bed.killCompanion();
    await eventually(async () => (await shell("status")).kind !== "connected" || (await drawn("south")), "noticed");
    await connected();
    await bed.ask("move", { window: (await bed.window("south")).id, x: 0, y: 0 });
    for (const [, , title] of WINDOWS) await shownRight(title);
    const centre = await middleOfMap();
    await page.mouse.move(centre.x, centre.y);
    await page.mouse.wheel(0, 120);
    await eventually(async () => (await bed.camera()).zoom < 1, "it can move the camera again");
    // The browser itself reports the connections that it could not make; that is not the page's doing.
    problems = problems.filter((text) => !text.includes("ERR_CONNECTION_REFUSED") && !text.includes("ERR_CONNECTION_RESET"));
  });

  it("shows the same after a reload", async () => {
    await bed.openWindows(WINDOWS);
    await bed.ask("move_camera", { output: "HEADLESS-1", x: 40, y: -30, zoom: 0.8 });
    await atRestTogether();
    const before = (await shell("windows")).map(({ title, rect }) => ({ title, rect }));
    await page.reload();
    await connected();
    for (const [, , title] of WINDOWS) await shownRight(title);
    assert.deepEqual((await shell("windows")).map(({ title, rect }) => ({ title, rect })), before);
    assert.equal((await bed.camera()).x, 40, "looking did not move the camera");
  });

  it("draws nothing while nothing changes", async () => {
    await bed.openWindows(WINDOWS);
    await atRestTogether();
    const drawn = await shell("frames");
    await frames(30);
    assert.equal(await shell("frames"), drawn);
  });
});

describe("the page with two outputs", () => {
  beforeEach(() => open({ outputs: ["LEFT=800x600", "RIGHT=1024x768"] }));
  afterEach(close);

  it("lets choose whose camera is followed, and goes on when that one is unplugged", async () => {
    await bed.openWindows(WINDOWS);
    assert.deepEqual((await shell("cameras")).map(({ name }) => name).sort(), ["LEFT", "RIGHT"]);
    await page.locator("#camera").selectOption("RIGHT");
    await eventually(async () => (await shell("cameras")).find(({ followed }) => followed)?.name === "RIGHT", "RIGHT is followed");
    const centre = await middleOfMap();
    await page.mouse.move(centre.x, centre.y);
    await page.mouse.wheel(0, -120);
    const zoomOf = async (name) => (await bed.state()).cameras.find((camera) => camera.name === name).zoom;
    await eventually(async () => (await zoomOf("RIGHT")) > 1, "its camera was zoomed");
    assert.equal(await zoomOf("LEFT"), 1);
    await bed.ask("remove_output", { name: "RIGHT" });
    await eventually(async () => (await shell("cameras")).length === 1, "one camera is left");
    await eventually(async () => (await shell("cameras"))[0].followed, "and it is followed");
    assert.deepEqual(problems, []);
  });
});
