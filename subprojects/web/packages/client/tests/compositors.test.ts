/** Several compositors of one server. */
import { expect, test } from "vitest";
import { compositorUrl } from "../src/connection.ts";
import { emptyState, reduce } from "../src/state.ts";
import type { StateMessage } from "../src/state.ts";
import type { Compositor, HelloMessage, PlacedCompositor } from "../src/protocol.generated.ts";

const compositor: Compositor = { name: "a,b", driver: "combined", connected: true, gridSize: 100, capabilities: [] };
const placed = (name: string, connected = true): PlacedCompositor => ({ name, driver: "sway", connected, gridSize: 100, capabilities: [], offset: { x: 0, y: 0 } });
const hello = (compositors?: PlacedCompositor[]): HelloMessage => ({
  type: "Hello",
  protocol: "compositord.v1.json",
  version: "1",
  server: "compositord",
  instance: "i",
  gridSize: 100,
  capabilities: [],
  grants: [],
  revision: 1,
  ...(compositors !== undefined && { compositors }),
});
const snapshot = (compositors?: PlacedCompositor[]): StateMessage => ({
  type: "Snapshot",
  revision: 1,
  compositor,
  cameras: [],
  windows: [],
  ...(compositors !== undefined && { compositors }),
});

test("one or some of them have an address of their own", () => {
  expect(compositorUrl("ws://host:1/", "The Drift")).toBe("ws://host:1/c/The%20Drift");
  expect(compositorUrl("ws://host:1/?token=x", "a,b")).toBe("ws://host:1/c/a,b");
  expect(compositorUrl("ws://host:1/behind/proxy/", "a")).toBe("ws://host:1/behind/proxy/c/a");
});

test("the world says how all of them stand, from the snapshot on", () => {
  let state = reduce(reduce(emptyState, hello()), snapshot([placed("a"), placed("b")]));
  expect(state.world?.compositors.map((each) => each.name)).toEqual(["a", "b"]);
  state = reduce(state, { type: "CompositorUpdate", revision: 2, compositor, compositors: [placed("a"), placed("b", false)] });
  expect(state.world?.compositors.map((each) => each.connected)).toEqual([true, false]);
  const { world } = state;
  state = reduce(state, { type: "CameraUpdate", revision: 3, cameras: [], removed: [] });
  expect(state.world?.compositors).toBe(world?.compositors);
});

test("who resumes is told by the greeting, and one compositor is no list", () => {
  const state = reduce(reduce(emptyState, hello()), snapshot());
  expect(state.world?.compositors).toEqual([]);
  expect(reduce(state, hello()).world).toBe(state.world);
  expect(reduce(state, hello([placed("a")])).world?.compositors).toHaveLength(1);
});
