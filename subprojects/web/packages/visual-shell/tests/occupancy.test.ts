import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Occupancy, overlap } from "../src/scene/occupancy.ts";

const area = { width: 1000, height: 700 };

const rectArbitrary = fc
  .record({ x: fc.integer({ min: 0, max: 999 }), y: fc.integer({ min: 0, max: 699 }), width: fc.integer({ min: 1, max: 400 }), height: fc.integer({ min: 1, max: 400 }) })
  .map((rect) => ({ ...rect, width: Math.min(rect.width, area.width - rect.x), height: Math.min(rect.height, area.height - rect.y) }));

describe("the places that are taken", () => {
  test("are those that a look at every rectangle finds, also when used again", () => {
    const occupancy = new Occupancy();
    fc.assert(
      fc.property(fc.array(rectArbitrary, { maxLength: 12 }), fc.array(rectArbitrary, { minLength: 1, maxLength: 12 }), (taken, asked) => {
        occupancy.reset(area);
        for (const rect of taken) occupancy.add(rect);
        for (const rect of asked) expect(occupancy.isFree(rect)).toBe(!taken.some((other) => overlap(rect, other)));
      }),
    );
  });

  test("may reach beyond the area", () => {
    const occupancy = new Occupancy();
    occupancy.reset(area);
    occupancy.add({ x: -5000, y: -20, width: 5100, height: 60 });
    expect(occupancy.isFree({ x: -30, y: 0, width: 60, height: 20 })).toBe(false);
    expect(occupancy.isFree({ x: -30, y: 41, width: 60, height: 20 })).toBe(true);
    expect(occupancy.isFree({ x: 980, y: 690, width: 60, height: 20 })).toBe(true);
    occupancy.reset({ width: 1, height: 1 });
    expect(occupancy.isFree({ x: -30, y: 0, width: 60, height: 20 })).toBe(true);
  });
});
