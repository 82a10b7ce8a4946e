import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blend, bounds, followView, FRAME_MARGIN, frameRect, mapWindowRect, poseAround, screenWindowRect, toPageX, toPageY, toWorldX, toWorldY } from "../src/view.ts";
import type { Rect, View } from "../src/view.ts";
import { camera, window } from "../../client/tests/samples.ts";

const area = { width: 1000, height: 700 };
const rect = (): Rect => ({ x: 0, y: 0, width: 0, height: 0 });
const view = (): View => ({ x: 0, y: 0, zoom: 1 });

describe("the followed view", () => {
  test("shows the whole viewport, as large as it fits, in the middle", () => {
    const pose = { x: 500, y: -200, zoom: 0.5 };
    const shown = followView(view(), camera, pose, area);
    const frame = frameRect(rect(), camera, pose, shown, area);
    expect(frame.x).toBeCloseTo(FRAME_MARGIN);
    expect(frame.width).toBeCloseTo(area.width - 2 * FRAME_MARGIN);
    expect(frame.y + frame.height / 2).toBeCloseTo(area.height / 2);
    expect(frame.width / frame.height).toBeCloseTo(1280 / 720);
  });

  test("a camera without a viewport yet does no harm", () => {
    const shown = followView(view(), { ...camera, viewport: { width: 0, height: 0 } }, { x: 1, y: 2, zoom: 3 }, area);
    expect(shown).toEqual({ x: 1, y: 2, zoom: 3 });
  });

  test("a window fixed to the viewport keeps its place in it, whatever the camera does", () => {
    const fixed = { ...window, space: "screen" as const, screen: { camera: camera.name, x: 128, y: 72 }, width: 640, height: 360 };
    for (const pose of [camera, { x: 9000, y: 1, zoom: 4 }]) {
      const frame = frameRect(rect(), camera, pose, followView(view(), camera, pose, area), area);
      const drawn = screenWindowRect(rect(), fixed, frame, camera.viewport);
      expect((drawn.x - frame.x) / frame.width).toBeCloseTo(0.1);
      expect((drawn.y - frame.y) / frame.height).toBeCloseTo(0.1);
      expect(drawn.width / frame.width).toBeCloseTo(0.5);
      expect(drawn.height / frame.height).toBeCloseTo(0.5);
    }
  });
});

describe("between world and page", () => {
  const anyView = fc.record({
    x: fc.double({ min: -1e11, max: 1e11, noNaN: true }),
    y: fc.double({ min: -1e11, max: 1e11, noNaN: true }),
    zoom: fc.double({ min: 0.05, max: 8, noNaN: true }),
  });

  test("there and back is the same point, to a fraction of a pixel, also far away from the origin", () => {
    fc.assert(
      fc.property(anyView, fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 700 }), (at, x, y) => {
        expect(toPageX(at, area, toWorldX(at, area, x))).toBeCloseTo(x, 2);
        expect(toPageY(at, area, toWorldY(at, area, y))).toBeCloseTo(y, 2);
      }),
    );
  });

  test("a window is where its corner and size say", () => {
    expect(mapWindowRect(rect(), window, { x: 100, y: 50 }, { x: 100, y: 50, zoom: 0.5 }, area)).toEqual({ x: 500, y: 350, width: 320, height: 240 });
  });
});

describe("fitting", () => {
  test("bounds cover all of them, and there are none of nothing", () => {
    expect(bounds([])).toBeNull();
    expect(bounds([{ x: 0, y: 0, width: 10, height: 10 }, { x: -5, y: 20, width: 1, height: 2 }])).toEqual({ x: -5, y: 0, width: 15, height: 22 });
  });

  test("what is fitted lies inside the area, and is not enlarged", () => {
    const large = poseAround({ x: 0, y: 0, width: 9000, height: 100 }, area, 50);
    expect(large).toEqual({ x: 4500, y: 50, zoom: 0.1 });
    expect(poseAround({ x: 0, y: 0, width: 10, height: 10 }, area, 50).zoom).toBe(1);
  });
});

test("a glide stays between its ends and reaches them", () => {
  const [from, to] = [{ x: 0, y: 0, zoom: 1 }, { x: 1000, y: 0, zoom: 0.1 }];
  let before = -1;
  for (let part = 0; part <= 1; part += 0.05) {
    const at = blend(view(), from, to, part);
    expect(at.x).toBeGreaterThan(before);
    expect(at.x).toBeLessThanOrEqual(1000);
    before = at.x;
  }
  expect(blend(view(), from, to, 1)).toEqual({ x: 1000, y: 0, zoom: 0.1 });
  expect(blend(view(), from, { ...from, x: 10 }, 0.5)).toEqual({ x: 5, y: 0, zoom: 1 });
});
