/** Random histories of a world, and the messages in which a server tells them. */
import fc from "fast-check";
import type { Camera, StateMessage, Tile, Window, World } from "../src/index.ts";
import { cameraArbitrary, compositorArbitrary, tileChangesArbitrary, windowArbitrary } from "./arbitraries.ts";

/** One commit of a compositor: what it changes at once. */
export interface Commit {
  readonly cameras: readonly Camera[];
  readonly goneCameras: readonly string[];
  readonly windows: readonly Window[];
  readonly goneWindows: readonly number[];
  readonly compositor: World["compositor"] | undefined;
  /** By cell; null removes. */
  readonly tiles: Readonly<Record<string, Tile | null>>;
}

export const commitArbitrary: fc.Arbitrary<Commit> = fc.record({
  cameras: fc.uniqueArray(cameraArbitrary, { maxLength: 2, selector: (each) => each.name }),
  goneCameras: fc.uniqueArray(fc.constantFrom("DP-1", "DP-2", "HEADLESS-1"), { maxLength: 1 }),
  windows: fc.uniqueArray(windowArbitrary, { maxLength: 4, selector: (each) => each.id }),
  goneWindows: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
  compositor: fc.option(compositorArbitrary, { nil: undefined }),
  tiles: tileChangesArbitrary,
});

/** The messages that a server sends for a commit: the parts that changed, all but the last with `more`. */
export function messagesOf(commit: Commit, revision: number): StateMessage[] {
  const messages: StateMessage[] = [];
  if (commit.compositor !== undefined) messages.push({ type: "CompositorUpdate", revision, compositor: commit.compositor });
  messages.push({ type: "CameraUpdate", revision, cameras: commit.cameras, removed: commit.goneCameras.filter((name) => !commit.cameras.some((each) => each.name === name)) });
  messages.push({ type: "WindowUpdate", revision, windows: commit.windows, removed: commit.goneWindows.filter((id) => !commit.windows.some((each) => each.id === id)) });
  if (Object.keys(commit.tiles).length > 0) messages.push({ type: "ManifestUpdate", revision, tiles: commit.tiles });
  return messages.map((message, index) => (index < messages.length - 1 ? { ...message, more: true } : message));
}

export function snapshotOf(world: World): StateMessage {
  return { type: "Snapshot", revision: world.revision, compositor: world.compositor, cameras: [...world.cameras.values()], windows: [...world.windows.values()], tiles: Object.fromEntries(world.tiles.entries()) };
}

/** The world as a value that can be compared and printed. */
export const contents = (world: World) => ({ ...world, cameras: Object.fromEntries(world.cameras), windows: Object.fromEntries(world.windows), tiles: Object.fromEntries(world.tiles.entries()) });
