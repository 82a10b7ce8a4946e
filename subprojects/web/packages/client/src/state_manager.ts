/**
 * The world as a page keeps it: restored from a cache at the start, followed while connected, completed when the server
 * has more tiles than it says at once, and told to listeners as changes, whatever way they came.
 */
import { changesBetween } from "./changes.ts";
import type { WorldChanges } from "./changes.ts";
import { dictionary } from "./decode.ts";
import { cellName, tile } from "./protocol.generated.ts";
import type { Tile } from "./protocol.generated.ts";
import type { StateMessage, World } from "./state.ts";
import { Store } from "./store.ts";
import type { Dispose, WorldListener } from "./store.ts";
import type { WorldCache } from "./world_cache.ts";

export interface StateManagerOptions {
  readonly cache?: WorldCache;
  /** Where the whole manifest is to be had, such as http://127.0.0.1:8765/builder/map/manifest.json. */
  readonly manifestUrl?: string;
  /** Shown when the manifest is fetched. */
  readonly token?: string;
  /** Milliseconds after which a change is saved; those in between are saved with it. */
  readonly saveAfter?: number;
  /** The cache or the manifest failed; everything else goes on. */
  readonly onProblem?: (error: unknown) => void;
  readonly fetch?: typeof fetch;
}

export type ChangesListener = (changes: WorldChanges, world: World) => void;

const manifestDecoder = dictionary(cellName, tile);

/** Reads a manifest.json. Throws DecodeError. */
export function decodeManifest(value: unknown): Readonly<Record<string, Tile>> {
  return manifestDecoder.decode(value, "");
}

export class StateManager {
  readonly #store = new Store();
  readonly #options: StateManagerOptions;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #fetching: AbortController | null = null;
  #disposed = false;

  constructor(options: StateManagerOptions = {}) {
    this.#options = options;
    this.#store.subscribe((world, before) => {
      if (world.tilesSince !== null && world.tilesSince.size === 0 && world.tilesSince !== before?.tilesSince) void this.#fetchManifest();
      if (options.cache !== undefined) this.#saveTimer ??= setTimeout(() => void this.save(), options.saveAfter ?? 1000);
    });
  }

  /** For who only reads the world. */
  get store(): Store {
    return this.#store;
  }

  get world(): World | null {
    return this.#store.world;
  }

  apply(message: StateMessage): void {
    this.#store.apply(message);
  }

  subscribe(listener: WorldListener): Dispose {
    return this.#store.subscribe(listener);
  }

  /** Tells what changed, starting with everything that there is already. */
  subscribeChanges(listener: ChangesListener): Dispose {
    const { world } = this;
    if (world !== null) listener(changesBetween(null, world), world);
    return this.#store.subscribe((after, before) => listener(changesBetween(before, after), after));
  }

  /** Shows what was saved, unless something newer is there. Do this before the connection is opened. */
  async restore(): Promise<boolean> {
    try {
      const world = (await this.#options.cache?.load()) ?? null;
      return world !== null && !this.#disposed && this.#store.restore(world);
    } catch (error) {
      this.#options.onProblem?.(error);
      return false;
    }
  }

  /** Saves now, such as when the page is hidden. */
  async save(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    const { cache } = this.#options;
    if (cache === undefined || this.world === null) return;
    try {
      await cache.save(this.world);
    } catch (error) {
      this.#options.onProblem?.(error);
    }
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#saveTimer);
    this.#fetching?.abort();
  }

  async #fetchManifest(): Promise<void> {
    const { manifestUrl, token, fetch: get = fetch } = this.#options;
    if (manifestUrl === undefined || this.#disposed) return;
    // One that was asked for earlier may be older than what the server has not said now.
    this.#fetching?.abort();
    const fetching = new AbortController();
    this.#fetching = fetching;
    try {
      const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await get(manifestUrl, { signal: fetching.signal, cache: "no-store", headers });
      if (!response.ok) throw new Error(`${manifestUrl} answered ${response.status}`);
      const manifest = decodeManifest(await response.json());
      if (this.#fetching === fetching) this.#store.applyManifest(manifest);
    } catch (error) {
      if (!fetching.signal.aborted) this.#options.onProblem?.(error);
    }
  }
}
