/**
 * The world as a value: a pure reducer over the server's messages. Messages of one revision that
 * are tied together by `more` are collected aside, so that a reader only ever sees whole states.
 * The state outlives a connection: the next one may go on from it.
 */
import { assertNever } from "./protocol.ts";
import type { ServerMessageOf } from "./protocol.ts";
import type { Camera, Compositor, Window } from "./protocol.generated.ts";

export interface World {
  /** The run of the server that numbers the revisions. */
  readonly instance: string;
  readonly revision: number;
  readonly compositor: Compositor;
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly windows: ReadonlyMap<number, Window>;
}

export interface State {
  /** The run of the server that speaks at present, as its Hello said. */
  readonly instance: string;
  /** The newest whole state; null before the first snapshot. */
  readonly world: World | null;
  /** What the messages of an unfinished revision have made so far. */
  readonly pending: World | null;
}

export type StateMessage = ServerMessageOf<"Hello" | "Snapshot" | "CompositorUpdate" | "CameraUpdate" | "WindowUpdate">;

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

function applied(world: World, message: Exclude<StateMessage, { type: "Hello" | "Snapshot" }>): World {
  const { revision } = message;
  switch (message.type) {
    case "CompositorUpdate":
      return { ...world, revision, compositor: message.compositor };
    case "CameraUpdate":
      return { ...world, revision, cameras: merged(world.cameras, message.cameras, message.removed, nameOf) };
    case "WindowUpdate":
      return { ...world, revision, windows: merged(world.windows, message.windows, message.removed, idOf) };
    default:
      return assertNever(message);
  }
}

/** Unchanged parts of the world keep their identity, so that `===` tells what a message touched. */
export function reduce(state: State, message: StateMessage): State {
  // A new connection: what the one before it did not finish never happened.
  if (message.type === "Hello") return { instance: message.instance, world: state.world, pending: null };
  const { instance } = state;
  if (message.type === "Snapshot") {
    const { revision, compositor } = message;
    const cameras = new Map(message.cameras.map((camera) => [camera.name, camera]));
    const windows = new Map(message.windows.map((window) => [window.id, window]));
    return { instance, world: { instance, revision, compositor, cameras, windows }, pending: null };
  }
  const base = state.pending ?? state.world;
  // Without a snapshot of this server there is nothing to update; an older revision is already part of the state.
  if (base === null || base.instance !== instance || message.revision < base.revision) return state;
  const next = applied(base, message);
  return message.more === true ? { instance, world: state.world, pending: next } : { instance, world: next, pending: null };
}
