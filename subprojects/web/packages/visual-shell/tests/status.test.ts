import { expect, test } from "vitest";
import { TileMap } from "@compositord/client";
import type { ConnectionState, World } from "@compositord/client";
import { describeStatus } from "../src/status.ts";
import { compositor, hello, window } from "../../client/tests/samples.ts";

const open: ConnectionState = { kind: "open", hello };
const world: World = { instance: "a run", revision: 1, compositor, compositors: [], cameras: new Map(), windows: new Map([[1, window]]), tiles: TileMap.empty, tilesSince: null };

test("connected: to what, and how much there is", () => {
  expect(describeStatus(open, world, 0)).toMatchObject({ kind: "connected", text: "Connected to wayland-1", detail: "1 window" });
});

test("a compositor that tells no positions: said so", () => {
  const shy = { ...world, compositor: { ...compositor, capabilities: ["windows", "focus"] as const } };
  expect(describeStatus(open, shy, 0).detail).toBe("1 window, laid out here: the compositor does not tell where");
});

test("one of several compositors is not there: which, and why", () => {
  const placed = (name: string, rest: object) => ({ ...compositor, name, offset: { x: 0, y: 0 }, ...rest });
  const compositors = [placed("near", {}), placed("loop", { connected: false, reason: "this is compositord itself" })];
  const several = { ...world, compositor: { ...compositor, name: "near,loop", driver: "combined" as const }, compositors };
  expect(describeStatus(open, several, 0)).toMatchObject({ text: "Connected to 1 of 2 compositors", detail: "1 window; loop: this is compositord itself" });
});

test("the compositor is gone: why", () => {
  const gone = { ...world, compositor: { ...compositor, connected: false, reason: "it closed the connection" } };
  expect(describeStatus(open, gone, 0)).toMatchObject({ kind: "compositor-gone", text: "Compositor gone: it closed the connection" });
});

test("waiting: counts down, and says when to look again", () => {
  const waiting: ConnectionState = { kind: "waiting", attempt: 1, retryAt: 10_000, reason: "the connection was lost" };
  expect(describeStatus(waiting, world, 7500)).toEqual({ kind: "waiting", text: "The connection was lost", detail: "Reconnecting in 3 s", changesIn: 500 });
  expect(describeStatus(waiting, world, 20_000).detail).toBe("Reconnecting in 1 s");
});

test("a token is needed: said so, and no promise of another attempt", () => {
  const status = describeStatus({ kind: "unauthorized", reason: "a token is needed" }, null, 0);
  expect(status).toEqual({ kind: "unauthorized", text: "Not let in: a token is needed", detail: "", changesIn: null });
});

test("before the first state it is still connecting", () => {
  expect(describeStatus(open, null, 0).kind).toBe("connecting");
  expect(describeStatus({ kind: "connecting", attempt: 0 }, world, 0).kind).toBe("connecting");
});
