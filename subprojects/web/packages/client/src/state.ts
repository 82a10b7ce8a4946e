/**
 * The world as a value: a pure reducer over the server's messages. Messages of one revision that
 * are tied together by `more` are collected aside, so that a reader only ever sees whole states.
 * The state outlives a connection, and by a cache the page: the next one may go on from it.
 */
import { assertNever } from "./protocol.ts";
import type { ServerMessageOf } from "./protocol.ts";
import type { Camera, Compositor, PlacedCompositor, Tile, Window } from "./protocol.generated.ts";
import { same } from "./same.ts";
import { TileMap } from "./tile_map.ts";
import type { TileChanges } from "./tile_map.ts";

export interface World {
  /** The run of the server that numbers the revisions. */
  readonly instance: string;
  readonly revision: number;
  readonly compositor: Compositor;
  /** All compositors of the server, if they are several, whichever of them this is the world of; else empty. */
  readonly compositors: readonly PlacedCompositor[];
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly windows: ReadonlyMap<number, Window>;
  readonly tiles: TileMap;
  /**
   * Null if `tiles` is whole. Otherwise the server did not say all of them, because they are too many: then `tiles` may
   * be out of date, but for these, which changed since.
   */
  readonly tilesSince: TileChanges | null;
}

export interface State {
  /** The run of the server that speaks at present, as its Hello said. */
  readonly instance: string;
  /** The newest whole state; null before the first snapshot. */
  readonly world: World | null;
  /** What the messages of an unfinished revision have made so far. */
  readonly pending: World | null;
}

export type StateMessage = ServerMessageOf<"Hello" | "Snapshot" | "CompositorUpdate" | "CameraUpdate" | "WindowUpdate" | "ManifestUpdate">;
type Update = Exclude<StateMessage, { type: "Hello" | "Snapshot" }>;

export const emptyState: State = { instance: "", world: null, pending: null };

function merged<K, V>(old: ReadonlyMap<K, V>, changed: readonly V[], removed: readonly K[], key: (value: V) => K): ReadonlyMap<K, V> {
  if (changed.length === 0 && removed.length === 0) return old;
  const next = new Map(old);
  for (const name of removed) next.delete(name);
  for (const value of changed) next.set(key(value), value);
  return next;
}

const nameOf = (camera: Camera): string => camera.name;
const idOf = (window: Window): number => window.id;

function withTiles(world: World, tiles: Readonly<Record<string, Tile | null>> | null): Pick<World, "tiles" | "tilesSince"> {
  if (tiles === null) return { tiles: world.tiles, tilesSince: new Map() };
  const changes = Object.entries(tiles);
  const tilesSince = world.tilesSince === null ? null : new Map([...world.tilesSince, ...changes]);
  return { tiles: world.tiles.with(changes), tilesSince };
}

const none: readonly PlacedCompositor[] = [];

function listed(old: readonly PlacedCompositor[], compositors: readonly PlacedCompositor[] = none): readonly PlacedCompositor[] {
  return same(old, compositors) ? old : compositors;
}

/** A server that goes on from what is known says only in its Hello which compositors there are. */
function greeted(world: World | null, message: ServerMessageOf<"Hello">): World | null {
  if (world === null) return null;
  const compositors = listed(world.compositors, message.compositors);
  return compositors === world.compositors ? world : { ...world, compositors };
}

function applied(world: World, message: Update): World {
  const { revision } = message;
  switch (message.type) {
    case "CompositorUpdate":
      return { ...world, revision, compositor: message.compositor, compositors: listed(world.compositors, message.compositors) };
    case "CameraUpdate":
      return { ...world, revision, cameras: merged(world.cameras, message.cameras, message.removed, nameOf) };
    case "WindowUpdate":
      return { ...world, revision, windows: merged(world.windows, message.windows, message.removed, idOf) };
    case "ManifestUpdate":
      return { ...world, revision, ...withTiles(world, message.tiles) };
    default:
      return assertNever(message);
  }
}

/** The new things, with the old objects for those that did not change. */
function reconciled<K, V>(old: ReadonlyMap<K, V> | undefined, values: readonly V[], key: (value: V) => K): ReadonlyMap<K, V> {
  let changed = old?.size !== values.length;
  const next = new Map<K, V>();
  for (const value of values) {
    const before = old?.get(key(value));
    const kept = before !== undefined && same(before, value) ? before : value;
    changed ||= kept !== before;
    next.set(key(value), kept);
  }
  return changed || old === undefined ? next : old;
}

function replaced(old: World | null, instance: string, message: ServerMessageOf<"Snapshot">): World {
  const before = old?.tiles ?? TileMap.empty;
  // Null is too many to say; left out is none, as with everything that was not subscribed to.
  const { tiles = {} } = message;
  return {
    instance,
    revision: message.revision,
    compositor: old !== null && same(old.compositor, message.compositor) ? old.compositor : message.compositor,
    compositors: listed(old?.compositors ?? none, message.compositors),
    cameras: reconciled(old?.cameras, message.cameras, nameOf),
    windows: reconciled(old?.windows, message.windows, idOf),
    tiles: tiles === null ? before : before.replacedBy(TileMap.of(tiles)),
    tilesSince: tiles === null ? new Map() : null,
  };
}

/** Unchanged parts of the world keep their identity, so that `===` tells what a message touched. */
export function reduce(state: State, message: StateMessage): State {
  // A new connection: what the one before it did not finish never happened.
  if (message.type === "Hello") return { instance: message.instance, world: greeted(state.world, message), pending: null };
  const { instance } = state;
  if (message.type === "Snapshot") return { instance, world: replaced(state.world, instance, message), pending: null };
  const base = state.pending ?? state.world;
  // Without a snapshot of this server there is nothing to update; an older revision is already part of the state.
  if (base === null || base.instance !== instance || message.revision < base.revision) return state;
  const next = applied(base, message);
  return message.more === true ? { instance, world: state.world, pending: next } : { instance, world: next, pending: null };
}

/**
 * The whole manifest, asked for after `tilesSince` had become a map, completes the tiles. What the server said since
 * holds: where the manifest is older it is behind, and where it is newer that news is still to come.
 */
export function withManifest(state: State, manifest: Readonly<Record<string, Tile>>): State {
  const complete = (world: World | null): World | null => {
    if (world === null || world.tilesSince === null) return world;
    return { ...world, tiles: world.tiles.replacedBy(TileMap.of(manifest).with(world.tilesSince)), tilesSince: null };
  };
  return { ...state, world: complete(state.world), pending: complete(state.pending) };
}
