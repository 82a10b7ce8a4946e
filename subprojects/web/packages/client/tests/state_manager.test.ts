/** The world beyond one page and one message: cache, manifest, changes. IndexedDB is fake-indexeddb; Chromium has its own test. */
import { IDBFactory } from "fake-indexeddb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesBetween, emptyState, IndexedDbCache, MemoryCache, reduce, StateManager, TileMap } from "../src/index.ts";
import type { State, StateMessage, Tile, World, WorldCache, WorldChanges } from "../src/index.ts";
import { commitArbitrary, contents, messagesOf, snapshotOf } from "./history.ts";
import { camera, compositor, hello, window } from "./samples.ts";

const grass: Tile = { brick: "grass.png", timestamp: 1 };
const stone: Tile = { brick: "stone.png", timestamp: 2 };
const snapshot: StateMessage = { type: "Snapshot", revision: 1, compositor, cameras: [camera], windows: [window], tiles: { "0,0": grass } };

function worldOf(state: State): World {
  if (state.world === null) throw new Error("there is no world yet");
  return state.world;
}

const play = (messages: readonly StateMessage[]): World => worldOf(messages.reduce(reduce, emptyState));
const start = play([hello, snapshot]);

const caches: [string, () => () => WorldCache][] = [
  ["in memory", () => { const cache = new MemoryCache(); return () => cache; }],
  ["IndexedDB", () => { const factory = new IDBFactory(); return () => new IndexedDbCache("test", factory); }],
];

describe.each(caches)("a cache %s", (_, make) => {
  test("is empty at first", async () => {
    expect(await make()().load()).toBeNull();
  });

  test("gives back the world that was saved last, after any history of saves by any page", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(commitArbitrary, fc.nat(3)), { minLength: 1, maxLength: 6 }), async (steps) => {
        const reopen = make();
        // Two pages share it; each save is by one of them, sometimes one that was opened anew.
        const pages = [reopen(), reopen()];
        let state: State = [hello, snapshot].reduce(reduce, emptyState);
        for (const [index, [commit, who]] of steps.entries()) {
          for (const message of messagesOf(commit, index + 2)) state = reduce(state, message);
          if (who > 1) await (pages[who - 2] = reopen()).load();
          await pages[who % 2]?.save(worldOf(state));
        }
        const loaded = await reopen().load();
        expect(contents(loaded as World)).toEqual(contents(worldOf(state)));
      }),
      { numRuns: 30 },
    );
  });
});

describe("IndexedDB", () => {
  test("writes only the chunks that changed, and the windows only if one did", async () => {
    const factory = new IDBFactory();
    const cache = new IndexedDbCache("test", factory);
    const large = { ...start, tiles: TileMap.of({ "0,0": grass, "100,0": grass, "0,100": stone }) };
    await cache.save(large);
    const written: unknown[] = [];
    const database = await new Promise<IDBDatabase>((resolve) => {
      const request = factory.open("compositord test");
      request.onsuccess = () => resolve(request.result);
    });
    const { put } = Object.getPrototypeOf(database.transaction("chunks").objectStore("chunks")) as { put: IDBObjectStore["put"] };
    const prototype = Object.getPrototypeOf(database.transaction("chunks").objectStore("chunks")) as IDBObjectStore;
    prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      written.push(key);
      return put.call(this, value, key);
    };
    try {
      await cache.save({ ...large, tiles: large.tiles.with([["101,0", stone]]) });
    } finally {
      prototype.put = put;
    }
    expect(written).toEqual(["6,0", "head"]);
  });

  test("what is damaged or of another time is not used", async () => {
    const factory = new IDBFactory();
    await new IndexedDbCache("test", factory).save({ ...start, revision: -1 });
    expect(await new IndexedDbCache("test", factory).load()).toBeNull();
  });

  test("a world whose tiles are not whole does not claim to be resumable", async () => {
    const factory = new IDBFactory();
    await new IndexedDbCache("test", factory).save({ ...start, tilesSince: new Map() });
    expect(await new IndexedDbCache("test", factory).load()).toMatchObject({ instance: "", tilesSince: null });
  });
});

describe("the state manager", () => {
  test("paints at once what was there before a reload, and goes on from it", async () => {
    const cache = new MemoryCache();
    const first = new StateManager({ cache, saveAfter: 3_600_000 });
    for (const message of [hello, snapshot]) first.apply(message);
    await first.save();
    first.dispose();
    const second = new StateManager({ cache });
    expect(await second.restore()).toBe(true);
    expect(second.world).toEqual(first.world);
    second.apply(hello);
    second.apply({ type: "WindowUpdate", revision: 2, windows: [], removed: [window.id] });
    expect(second.world).toMatchObject({ revision: 2, windows: new Map() });
    second.dispose();
  });

  test("what the server said holds against the cache, however late the cache is", async () => {
    const cache = new MemoryCache();
    await cache.save({ ...start, revision: 99 });
    const manager = new StateManager({ cache });
    const restored = manager.restore();
    manager.apply(hello);
    manager.apply(snapshot);
    expect(await restored).toBe(false);
    expect(manager.world?.revision).toBe(1);
    manager.dispose();
  });

  test("saves by itself, and a cache that fails is told and hurts nobody", async () => {
    const saved = new Promise<World>((resolve) => {
      const cache = { load: () => Promise.reject(new Error("disk")), save: (world: World) => (resolve(world), Promise.reject(new Error("full"))) };
      const problems: unknown[] = [];
      const manager = new StateManager({ cache, saveAfter: 5, onProblem: (error) => problems.push(error) });
      void manager.restore().then((restored) => {
        expect([restored, String(problems[0])]).toEqual([false, "Error: disk"]);
        for (const message of [hello, snapshot]) manager.apply(message);
      });
    });
    expect((await saved).revision).toBe(1);
  });

  test("after a gap listeners hear only what is really different", () => {
    const manager = new StateManager();
    for (const message of [hello, snapshot]) manager.apply(message);
    const heard: WorldChanges[] = [];
    manager.subscribeChanges((changes) => heard.push(changes));
    expect(heard.pop()).toMatchObject({ compositor: true, windows: { added: [window] }, tiles: new Map([["0,0", grass]]) });
    manager.apply({ ...hello, instance: "another run" });
    manager.apply({ ...snapshot, revision: 7, windows: [{ ...window }, { ...window, id: 2 }], tiles: { "0,0": { ...grass }, "1,0": stone } });
    expect(heard).toEqual([
      { compositor: false, cameras: { added: [], changed: [], removed: [] }, windows: { added: [{ ...window, id: 2 }], changed: [], removed: [] }, tiles: new Map([["1,0", stone]]) },
    ]);
  });

  test("changes added up are the world, for any history", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(commitArbitrary, fc.boolean()), { maxLength: 8 }), (steps) => {
        let state: State = [hello, snapshot].reduce(reduce, emptyState);
        let drawn = new Map<number, unknown>();
        let tiles = TileMap.empty;
        let before: World | null = null;
        const draw = (): void => {
          const { windows, tiles: changed } = changesBetween(before, worldOf(state));
          for (const each of [...windows.added, ...windows.changed]) drawn.set(each.id, each);
          drawn = new Map([...drawn].filter(([id]) => !windows.removed.includes(id)));
          tiles = tiles.with(changed);
          before = worldOf(state);
        };
        draw();
        for (const [index, [commit, gap]] of steps.entries()) {
          for (const message of messagesOf(commit, index + 2)) state = reduce(state, message);
          // A gap: the same world, but as a snapshot of new objects.
          if (gap) state = reduce(state, JSON.parse(JSON.stringify(snapshotOf(worldOf(state)))) as StateMessage);
          draw();
          expect(drawn).toEqual(worldOf(state).windows);
          expect(new Map(tiles.entries())).toEqual(new Map(worldOf(state).tiles.entries()));
        }
      }),
    );
  });
});

describe("more tiles than the server says at once", () => {
  /** A manifest that is answered when the test says so. */
  function slowly() {
    const asked: ((manifest: unknown) => void)[] = [];
    const get = (() => new Promise((resolve) => asked.push((manifest) => resolve(Response.json(manifest))))) as unknown as typeof fetch;
    return { asked, get };
  }

  const next = (manager: StateManager): Promise<World> => new Promise((resolve) => {
    const dispose = manager.subscribe((world) => {
      dispose();
      resolve(world);
    });
  });

  test("are fetched, and what was said meanwhile holds", async () => {
    const { asked, get } = slowly();
    const manager = new StateManager({ manifestUrl: "http://host/manifest.json", fetch: get });
    manager.apply(hello);
    manager.apply({ ...snapshot, tiles: null });
    manager.apply({ type: "ManifestUpdate", revision: 2, tiles: { "1,0": stone, "2,0": null } });
    expect(asked).toHaveLength(1);
    const completed = next(manager);
    asked[0]?.({ "0,0": grass, "2,0": grass });
    const { tiles, tilesSince } = await completed;
    expect([Object.fromEntries(tiles.entries()), tilesSince]).toEqual([{ "0,0": grass, "1,0": stone }, null]);
    manager.apply({ type: "ManifestUpdate", revision: 3, tiles: null });
    expect(asked).toHaveLength(2);
    manager.dispose();
  });

  test("are fetched with the token that the server wants", async () => {
    const token = await new Promise((resolve) => {
      const get = ((_: string, { headers }: { headers: Record<string, string> }) => {
        resolve(headers["authorization"]);
        return Promise.resolve(Response.json({}));
      }) as unknown as typeof fetch;
      const manager = new StateManager({ manifestUrl: "http://host/manifest.json", token: "a-token", fetch: get });
      manager.apply(hello);
      manager.apply({ ...snapshot, tiles: null });
    });
    expect(token).toBe("Bearer a-token");
  });

  test("a manifest that came too late for a later gap is not used", async () => {
    const { asked, get } = slowly();
    const manager = new StateManager({ manifestUrl: "http://host/manifest.json", fetch: get });
    manager.apply(hello);
    manager.apply({ ...snapshot, tiles: null });
    manager.apply({ type: "ManifestUpdate", revision: 2, tiles: null });
    const completed = next(manager);
    asked[0]?.({ "9,9": grass });
    asked[1]?.({ "0,0": stone });
    expect(Object.fromEntries((await completed).tiles.entries())).toEqual({ "0,0": stone });
  });

  test("a manifest that cannot be read is told", async () => {
    const { asked, get } = slowly();
    const problem = new Promise<string>((resolve) => {
      const manager = new StateManager({ manifestUrl: "http://host/manifest.json", fetch: get, onProblem: (error) => resolve(String(error)) });
      manager.apply(hello);
      manager.apply({ ...snapshot, tiles: null });
    });
    asked[0]?.({ "0,0": "grass.png" });
    expect(await problem).toBe('DecodeError: member "0,0" must be an object, but is "grass.png"');
  });
});
