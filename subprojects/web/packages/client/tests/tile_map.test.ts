import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHUNK_SIDE, TileMap } from "../src/index.ts";
import type { Tile } from "../src/index.ts";
import { tileChangesArbitrary } from "./arbitraries.ts";

const histories = fc.array(tileChangesArbitrary, { maxLength: 8 });
const grass: Tile = { brick: "grass.png", timestamp: 1 };
const contents = (map: TileMap) => new Map(map.entries());

/** What a plain map would be after the same changes. */
function plain(history: readonly Readonly<Record<string, Tile | null>>[]): Map<string, Tile> {
  const map = new Map<string, Tile>();
  for (const changes of history) {
    for (const [name, tile] of Object.entries(changes)) {
      if (tile === null) map.delete(name);
      else map.set(name, tile);
    }
  }
  return map;
}

const built = (history: readonly Readonly<Record<string, Tile | null>>[]): TileMap => history.reduce((map, changes) => map.with(Object.entries(changes)), TileMap.empty);

describe("the tiles as a value", () => {
  test("say how far they reach, exactly and by chunks", () => {
    expect(TileMap.empty.bounds()).toBeNull();
    fc.assert(
      fc.property(histories, (history) => {
        const map = built(history);
        const cells = [...map.entries()].map(([name]) => name.split(",").map(Number) as [number, number]);
        const [xs, ys] = [cells.map(([x]) => x), cells.map(([, y]) => y)];
        expect(map.bounds()).toEqual(cells.length === 0 ? null : { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) });
        for (const { x, y, chunk } of map.blocks()) {
          expect([...map.within(x, y, x + CHUNK_SIDE - 1, y + CHUNK_SIDE - 1)]).toEqual([...chunk]);
        }
      }),
    );
  });

  test("hold what a plain map would hold, and never change", () => {
    fc.assert(
      fc.property(histories, tileChangesArbitrary, (history, later) => {
        const map = built(history);
        const before = contents(map);
        map.with(Object.entries(later));
        expect(contents(map)).toEqual(before);
        expect(before).toEqual(plain(history));
        expect(map.size).toBe(before.size);
        for (const [name, tile] of before) {
          const [x, y] = name.split(",").map(Number) as [number, number];
          expect(map.at(x, y)).toBe(tile);
          expect(map.get(name)).toBe(tile);
        }
      }),
    );
  });

  test("what changed from one to another makes the one into the other", () => {
    fc.assert(
      fc.property(histories, histories, (first, second) => {
        const [from, to] = [built(first), built(second)];
        expect(contents(from.with(to.changesSince(from)))).toEqual(contents(to));
        expect(contents(from.replacedBy(to))).toEqual(contents(to));
        expect(to.changesSince(to).size).toBe(0);
      }),
    );
  });

  test("keep the identity of all that did not change", () => {
    const map = TileMap.of({ "0,0": grass, "100,100": grass });
    expect(map.with([["0,0", { ...grass }], ["5,5", null]])).toBe(map);
    expect(map.replacedBy(TileMap.of({ "0,0": { ...grass }, "100,100": { ...grass } }))).toBe(map);
    const next = map.with([["100,101", grass]]);
    expect(next.chunks.get("0,0")).toBe(map.chunks.get("0,0"));
    expect(next.chunks.get("6,6")).not.toBe(map.chunks.get("6,6"));
  });

  test("those in a rectangle are found, however large it is", () => {
    const rect = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -3, max: 3 }), fc.oneof(fc.nat(10), fc.constant(4e9)), fc.nat(4));
    fc.assert(
      fc.property(histories, rect, (history, [left, top, width, height]) => {
        const map = built(history);
        const inside = ([name]: readonly [string, Tile]): boolean => {
          const [x, y] = name.split(",").map(Number) as [number, number];
          return x >= left && x <= left + width && y >= top && y <= top + height;
        };
        expect(new Map(map.within(left, top, left + width, top + height))).toEqual(new Map([...map.entries()].filter(inside)));
      }),
    );
  });

  test("one change of a hundred thousand tiles copies one chunk", () => {
    const many = TileMap.of(Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`${index % 400},${Math.floor(index / 400)}`, grass])));
    const next = many.with([["7,7", { ...grass, timestamp: 2 }]]);
    const copied = [...next.chunks].filter(([key, chunk]) => many.chunks.get(key) !== chunk);
    expect(copied.map(([key]) => key)).toEqual(["0,0"]);
    expect([...next.changesSince(many)]).toEqual([["7,7", { brick: "grass.png", timestamp: 2 }]]);
  });
});
