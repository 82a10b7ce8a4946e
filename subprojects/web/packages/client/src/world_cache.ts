/**
 * Keeps the newest world beyond the life of a page, so that a reload paints at once and the server is asked only for
 * what changed since. What did not change is not written again: cameras move all the time, windows seldom, tiles hardly.
 */
import { dictionary, flag, list, record, text } from "./decode.ts";
import { camera, cellName, compositor, revision, tile, window } from "./protocol.generated.ts";
import { randomName } from "./random_name.ts";
import { TileMap } from "./tile_map.ts";
import type { TileChunk } from "./tile_map.ts";
import type { World } from "./state.ts";

export interface WorldCache {
  /** The world that was saved last; null if there is none that can be used. */
  load(): Promise<World | null>;
  save(world: World): Promise<void>;
}

export class MemoryCache implements WorldCache {
  #world: World | null = null;

  load(): Promise<World | null> {
    return Promise.resolve(this.#world);
  }

  save(world: World): Promise<void> {
    this.#world = world;
    return Promise.resolve();
  }
}

/** Raised when what is stored changes its form; older databases are emptied. */
const VERSION = 2;
const HEAD = "head";
const WINDOWS = "windows";
const CHUNKS = "chunks";

const headDecoder = record({
  /** Names the save: another page may have written since. */
  stamp: text(),
  instance: text(),
  revision,
  compositor,
  cameras: list(camera),
  tilesWhole: flag,
});
const windowsDecoder = list(window);
const chunkDecoder = dictionary(cellName, tile);

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("IndexedDB failed")));
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    for (const kind of ["error", "abort"]) transaction.addEventListener(kind, () => reject(transaction.error ?? new Error("IndexedDB failed")));
  });
}

export class IndexedDbCache implements WorldCache {
  readonly #database: Promise<IDBDatabase>;
  #stamp = "";
  #savedWindows: World["windows"] | null = null;
  #savedTiles: ReadonlyMap<string, TileChunk> = new Map();

  /** `name` tells worlds of several servers apart, such as the address of the server. */
  constructor(name: string, factory: IDBFactory = indexedDB) {
    this.#database = new Promise((resolve, reject) => {
      const request = factory.open(`compositord ${name}`, VERSION);
      request.addEventListener("upgradeneeded", () => {
        const database = request.result;
        for (const store of [...database.objectStoreNames]) database.deleteObjectStore(store);
        for (const store of [HEAD, CHUNKS]) database.createObjectStore(store);
      });
      request.addEventListener("success", () => resolve(request.result));
      request.addEventListener("error", () => reject(request.error ?? new Error("IndexedDB cannot be opened")));
    });
    // Who asks for it is told; without a question nobody needs to know.
    this.#database.catch(() => undefined);
  }

  async load(): Promise<World | null> {
    const transaction = (await this.#database).transaction([HEAD, CHUNKS]);
    const [head, windowList, chunks] = await Promise.all([
      settled(transaction.objectStore(HEAD).get(HEAD) as IDBRequest<unknown>),
      settled(transaction.objectStore(HEAD).get(WINDOWS) as IDBRequest<unknown>),
      settled(transaction.objectStore(CHUNKS).getAll() as IDBRequest<unknown[]>),
    ]);
    try {
      const { stamp, instance, revision: at, compositor: by, cameras, tilesWhole } = headDecoder.decode(head, "");
      const windows = new Map(windowsDecoder.decode(windowList, "windows").map((each) => [each.id, each]));
      const tiles = TileMap.empty.with(chunks.flatMap((chunk) => Object.entries(chunkDecoder.decode(chunk, "tiles"))));
      this.#stamp = stamp;
      this.#savedWindows = windows;
      this.#savedTiles = tiles.chunks;
      return {
        // Of tiles that are not whole nobody knows what changed since; the server must say them again.
        instance: tilesWhole ? instance : "",
        revision: at,
        compositor: by,
        compositors: [],
        cameras: new Map(cameras.map((each) => [each.name, each])),
        windows,
        tiles,
        tilesSince: null,
      };
    } catch {
      // Nothing was saved yet, or it cannot be read by this version: then it is of no use.
      return null;
    }
  }

  async save(world: World): Promise<void> {
    const transaction = (await this.#database).transaction([HEAD, CHUNKS], "readwrite");
    const done = finished(transaction);
    const [heads, chunks] = [transaction.objectStore(HEAD), transaction.objectStore(CHUNKS)];
    const there = await settled(heads.get(HEAD) as IDBRequest<{ readonly stamp?: unknown } | undefined>);
    const ours = there?.stamp === this.#stamp;
    if (!ours) chunks.clear();
    const saved: ReadonlyMap<string, TileChunk> = ours ? this.#savedTiles : new Map();
    for (const [key, chunk] of world.tiles.chunks) if (saved.get(key) !== chunk) chunks.put(Object.fromEntries(chunk), key);
    for (const key of saved.keys()) if (!world.tiles.chunks.has(key)) chunks.delete(key);
    const stamp = randomName();
    const { instance, revision: at, compositor: by, cameras, windows, tilesSince } = world;
    heads.put({ stamp, instance, revision: at, compositor: by, cameras: [...cameras.values()], tilesWhole: tilesSince === null }, HEAD);
    if (!ours || windows !== this.#savedWindows) heads.put([...windows.values()], WINDOWS);
    await done;
    this.#stamp = stamp;
    this.#savedWindows = windows;
    this.#savedTiles = world.tiles.chunks;
  }
}
