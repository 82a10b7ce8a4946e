import { describe, expect, test } from "vitest";
import type { Window } from "@compositord/client";
import { find } from "../src/find/find.ts";
import { Places } from "../src/find/places.ts";
import { window as sample } from "../../client/tests/samples.ts";

const windows: readonly Window[] = [
  { ...sample, id: 1, title: "notes about trees", appId: "editor", stacking: 1 },
  { ...sample, id: 2, title: "Tree", appId: "org.example.Viewer", stacking: 2 },
  { ...sample, id: 3, title: "street", appId: "maps", stacking: 3 },
];
const place = { name: "old tree", x: 1, y: 2, zoom: 1 };
const names = (query: string): string[] => find(query, { windows, places: [place], cameras: ["HEADLESS-1"] }).map(({ name }) => name);

describe("the search", () => {
  test("the beginning of a name comes before that of a word, and that before the middle of one", () => {
    expect(names("tree")).toEqual(["Tree", "notes about trees", "old tree", "street"]);
  });

  test("every word must be there, in the name or the application's", () => {
    expect(names("TREES edit")).toEqual(["notes about trees"]);
    expect(names("trees viewer")).toEqual([]);
  });

  test("without words there is everything, the topmost window first", () => {
    expect(names(" ")).toEqual(["street", "Tree", "notes about trees", "old tree", "HEADLESS-1"]);
  });

  test("two numbers are a cell, if there is one", () => {
    expect(names("-4, 17")).toEqual(["Cell -4, 17"]);
    expect(names("4 17")[0]).toBe("Cell 4, 17");
    expect(names("3000000000, 1")).toEqual([]);
    expect(names("4,")).toEqual([]);
  });
});

describe("places", () => {
  function storage(text: string | null = null) {
    let kept = text;
    return { getItem: () => kept, setItem: (_key: string, value: string) => void (kept = value) };
  }

  test("are there the next time, and one of the same name is moved", () => {
    const where = storage();
    const places = new Places(where);
    places.add(place);
    places.add({ ...place, name: " ", x: 5 });
    places.add({ ...place, x: 9 });
    expect(new Places(where).all).toEqual([{ ...place, x: 9 }, { ...place, name: "Place 2", x: 5 }]);
    places.remove("old tree");
    expect(new Places(where).all.map(({ name }) => name)).toEqual(["Place 2"]);
  });

  test("what somebody else wrote there is left out unless it is a place", () => {
    expect(new Places(storage("not json")).all).toEqual([]);
    expect(new Places(storage('{"name":"a"}')).all).toEqual([]);
    expect(new Places(storage(JSON.stringify([null, 7, { name: "a", x: 0, y: 0, zoom: 0 }, { name: "b", x: "0", y: 0, zoom: 1 }, place]))).all).toEqual([place]);
  });

  test("a browser that keeps nothing does not prevent them", () => {
    const places = new Places({
      getItem: () => null,
      setItem: () => {
        throw new Error("full");
      },
    });
    places.add(place);
    expect(places.all).toEqual([place]);
  });
});
