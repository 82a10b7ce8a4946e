// @vitest-environment jsdom
/** What a person does to an element, as events of the DOM; that browsers make these events has a test in Chromium. */
import { afterEach, describe, expect, test } from "vitest";
import { attachGestures, Cameras, DragSpeed, TileMap, wheelFactor } from "../src/index.ts";
import type { Camera, Request, World } from "../src/index.ts";
import { camera, compositor } from "./samples.ts";

const worldWith = (...cameras: Camera[]): World => ({ instance: "", revision: 1, compositor, compositors: [], cameras: new Map(cameras.map((each) => [each.name, each])), windows: new Map(), tiles: TileMap.empty, tilesSince: null });

function bench(viewport = { width: 1280, height: 720 }) {
  const requests: Request[] = [];
  const cameras = new Cameras({
    origin: "test",
    wake: () => undefined,
    send: (request) => (requests.push(request), { id: requests.length, outcome: new Promise(() => undefined) }),
  });
  cameras.update(worldWith({ ...camera, viewport }));
  const element = document.createElement("div");
  Object.defineProperties(element, { clientWidth: { value: 640 }, clientHeight: { value: 360 }, setPointerCapture: { value: () => undefined } });
  const dispose = attachGestures(element, () => cameras.get());
  const sync = cameras.get();
  if (sync === undefined) throw new Error("there is a camera");
  return { element, cameras, sync, requests, dispose };
}

let clock = 1000;
afterEach(() => void (clock = 1000));

function pointer(element: HTMLElement, type: string, x: number, y: number, passed = 16, pointerId = 1): void {
  clock += passed;
  const event = new MouseEvent(type, { button: 0 });
  Object.defineProperties(event, { offsetX: { value: x }, offsetY: { value: y }, pointerId: { value: pointerId }, timeStamp: { value: clock } });
  element.dispatchEvent(event);
}

describe("gestures", () => {
  test("a drag takes the map along, in the scale in which it is shown", () => {
    const { element, sync } = bench();
    pointer(element, "pointerdown", 100, 100);
    pointer(element, "pointermove", 110, 95);
    expect(sync.pose).toMatchObject({ x: -20, y: 10 });
    pointer(element, "pointerup", 110, 95, 1000);
    expect(sync.tick()).toBe(false);
    pointer(element, "pointermove", 500, 500);
    expect(sync.pose).toMatchObject({ x: -20, y: 10 });
  });

  test("a drag that is let go in its movement runs on, and a touch stops it", async () => {
    const { element, sync } = bench();
    pointer(element, "pointerdown", 0, 0);
    for (let step = 1; step <= 5; step += 1) pointer(element, "pointermove", step * 10, 0);
    pointer(element, "pointerup", 50, 0, 1);
    const { x } = sync.pose;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sync.tick()).toBe(true);
    expect(sync.pose.x).toBeLessThan(x);
    pointer(element, "pointerdown", 0, 0);
    expect(sync.tick()).toBe(false);
  });

  test("the wheel and two fingers keep what is under them in its place", () => {
    const { element, sync } = bench();
    const worldAt = (x: number): number => sync.pose.x + (x - 320) / (sync.pose.zoom / 2);
    const before = worldAt(500);
    const wheel = new WheelEvent("wheel", { deltaY: -100, cancelable: true });
    Object.defineProperties(wheel, { offsetX: { value: 500 }, offsetY: { value: 10 } });
    element.dispatchEvent(wheel);
    expect(wheel.defaultPrevented).toBe(true);
    expect(sync.pose.zoom).toBeCloseTo(wheelFactor(wheel));
    expect(worldAt(500)).toBeCloseTo(before);
    pointer(element, "pointerdown", 100, 100, 16, 1);
    pointer(element, "pointerdown", 200, 100, 16, 2);
    const [left, right, zoom] = [worldAt(100), worldAt(200), sync.pose.zoom];
    pointer(element, "pointermove", 300, 100, 16, 2);
    expect(sync.pose.zoom / zoom).toBeCloseTo(2);
    expect(worldAt(100)).toBeCloseTo(left);
    expect(worldAt(300)).toBeCloseTo(right);
  });

  test("keys glide, and their steps add up", () => {
    const { element, sync, requests } = bench();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowUp", "a"]) element.dispatchEvent(new KeyboardEvent("keydown", { key }));
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", ctrlKey: true }));
    sync.tick();
    expect(requests).toMatchObject([{ type: "SetCamera", x: 360, y: -180, zoom: 1, duration: 180 }]);
  });

  test("nothing happens after they are detached, or without a camera", () => {
    const { element, sync, cameras, dispose } = bench();
    cameras.update(worldWith());
    pointer(element, "pointerdown", 0, 0);
    pointer(element, "pointermove", 50, 0);
    cameras.update(worldWith(camera));
    dispose();
    pointer(element, "pointermove", 90, 0);
    expect([sync.pose.x, cameras.get()?.pose.x]).toEqual([0, 0]);
  });

  test("several cameras are kept apart, the first by name is the one without a name", () => {
    const { cameras } = bench();
    cameras.update(worldWith({ ...camera, name: "B" }, { ...camera, name: "A" }));
    cameras.get("B")?.panBy(5, 0);
    expect([cameras.get()?.camera.name, cameras.get("A")?.pose.x, cameras.get("B")?.pose.x, cameras.get("HEADLESS-1")]).toEqual(["A", 0, 5, undefined]);
  });
});

test("a drag that rests before it is let go has no speed", () => {
  const speed = new DragSpeed();
  for (let step = 0; step < 10; step += 1) speed.add(step * 10, step * 20, 0);
  expect(speed.at(90).x).toBeCloseTo(2);
  expect(speed.at(300)).toEqual({ x: 0, y: 0 });
});
