import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyState, reduce, Store } from "../src/index.ts";
import type { State, StateMessage, World } from "../src/index.ts";
import { commitArbitrary, contents, messagesOf, snapshotOf } from "./history.ts";
import { camera, compositor, hello, window } from "./samples.ts";

const start = reduce(emptyState, { type: "Snapshot", revision: 0, compositor, cameras: [camera], windows: [window], tiles: {} });

function worldOf(state: State): World {
  if (state.world === null) throw new Error("there is no world yet");
  return state.world;
}

describe("the reducer", () => {
  test("a late joiner ends in the same state as an early one", () => {
    fc.assert(
      fc.property(fc.array(commitArbitrary, { maxLength: 8 }), fc.nat(), (commits, seed) => {
        const joins = seed % (commits.length + 1);
        let early = start;
        let late = emptyState;
        commits.forEach((commit, index) => {
          if (index === joins) late = reduce(late, snapshotOf(worldOf(early)));
          for (const message of messagesOf(commit, index + 1)) {
            early = reduce(early, message);
            late = reduce(late, message);
          }
        });
        if (joins === commits.length) late = reduce(late, snapshotOf(worldOf(early)));
        expect(contents(worldOf(late))).toEqual(contents(worldOf(early)));
      }),
    );
  });

  test("no half of a commit is ever seen", () => {
    fc.assert(
      fc.property(fc.array(commitArbitrary, { maxLength: 6 }), (commits) => {
        let state = start;
        commits.forEach((commit, index) => {
          const before = state.world;
          const messages = messagesOf(commit, index + 1);
          messages.forEach((message, part) => {
            state = reduce(state, message);
            if (part < messages.length - 1) expect(state.world).toBe(before);
          });
          expect(worldOf(state).revision).toBe(index + 1);
        });
      }),
    );
  });

  test("what is removed is gone, and what is untouched keeps its identity", () => {
    const next = worldOf(reduce(start, { type: "WindowUpdate", revision: 1, windows: [], removed: [window.id] }));
    expect(next.windows.size).toBe(0);
    expect(next.cameras).toBe(worldOf(start).cameras);
  });

  test("a snapshot without tiles, as of a subscription that leaves them out, has none; one with too many keeps what there was", () => {
    const tile = { brick: "a.png", timestamp: 1 };
    const some = reduce(start, { type: "ManifestUpdate", revision: 1, tiles: { "1,2": tile } });
    const snapshot = { type: "Snapshot", revision: 2, compositor, cameras: [], windows: [] } as const;
    expect(worldOf(reduce(some, snapshot))).toMatchObject({ tiles: { size: 0 }, tilesSince: null });
    expect(worldOf(reduce(some, { ...snapshot, tiles: null }))).toMatchObject({ tiles: { size: 1 }, tilesSince: new Map() });
  });

  test("an update without a snapshot, or older than the state, changes nothing", () => {
    const update: StateMessage = { type: "WindowUpdate", revision: 3, windows: [window], removed: [] };
    expect(reduce(emptyState, update)).toBe(emptyState);
    const newer = reduce(start, { type: "CameraUpdate", revision: 4, cameras: [], removed: ["HEADLESS-1"] });
    expect(reduce(newer, update)).toBe(newer);
  });

  test("a snapshot replaces everything, an unfinished commit too, even with a smaller revision", () => {
    const unfinished = reduce(start, { type: "WindowUpdate", revision: 9, more: true, windows: [], removed: [window.id] });
    const state = reduce(unfinished, { type: "Snapshot", revision: 2, compositor, cameras: [], windows: [], tiles: {} });
    expect(state.pending).toBeNull();
    expect(worldOf(state)).toMatchObject({ revision: 2, cameras: new Map(), windows: new Map() });
  });
});

describe("the store", () => {
  test("tells subscribers of whole states only, until they unsubscribe", () => {
    const store = new Store();
    const seen: number[] = [];
    const dispose = store.subscribe((world) => seen.push(world.revision));
    store.apply({ type: "Snapshot", revision: 1, compositor, cameras: [], windows: [], tiles: {} });
    store.apply({ type: "CameraUpdate", revision: 2, more: true, cameras: [camera], removed: [] });
    store.apply({ type: "WindowUpdate", revision: 2, windows: [window], removed: [] });
    dispose();
    store.apply({ type: "WindowUpdate", revision: 3, windows: [], removed: [window.id] });
    expect(seen).toEqual([1, 2]);
    expect(store.world?.revision).toBe(3);
  });

  test("forgets an unfinished commit of a connection that broke, and keeps the rest", () => {
    const store = new Store();
    store.apply(hello);
    store.apply({ type: "Snapshot", revision: 1, compositor, cameras: [], windows: [], tiles: {} });
    store.apply({ type: "CameraUpdate", revision: 2, more: true, cameras: [camera], removed: [] });
    store.apply(hello);
    store.apply({ type: "WindowUpdate", revision: 3, windows: [window], removed: [] });
    expect(store.world?.cameras.size).toBe(0);
    expect(store.world).toMatchObject({ instance: hello.instance, revision: 3 });
  });

  test("what another run of the server calls a later revision is not put on top of the state", () => {
    const store = new Store();
    store.apply(hello);
    store.apply({ type: "Snapshot", revision: 1, compositor, cameras: [], windows: [], tiles: {} });
    store.apply({ ...hello, instance: "the second run" });
    store.apply({ type: "WindowUpdate", revision: 3, windows: [window], removed: [] });
    expect(store.world).toMatchObject({ instance: hello.instance, revision: 1, windows: new Map() });
    store.apply({ type: "Snapshot", revision: 1, compositor, cameras: [], windows: [window], tiles: {} });
    expect(store.world).toMatchObject({ instance: "the second run", windows: new Map([[window.id, window]]) });
  });
});
