/** Random values of the protocol for property tests. */
import fc from "fast-check";
import type { Camera, ClientMessage, Compositor, Tile, Window } from "../src/index.ts";

const coordinate = fc.double({ min: -2e11, max: 2e11, noNaN: true });
const extent = fc.double({ min: 0, max: 4e11, noNaN: true });
const zoom = fc.double({ min: 1e-6, max: 4294, noNaN: true });
const name = fc.string({ minLength: 1, maxLength: 12 });
const windowId = fc.integer({ min: 1, max: 4294967295 });
const requestId = fc.oneof(fc.integer(), fc.string({ maxLength: 128 }));
const duration = fc.integer({ min: 0, max: 60_000 });
const origin = fc.string({ maxLength: 128 });

export const compositorArbitrary: fc.Arbitrary<Compositor> = fc.record(
  {
    name,
    driver: fc.constant("infinite_map" as const),
    connected: fc.boolean(),
    gridSize: fc.integer({ min: 1, max: 1_000_000 }),
    capabilities: fc.uniqueArray(fc.constantFrom("camera" as const, "windows" as const, "tiles" as const, "input" as const, "geometry" as const, "focus" as const, "fullscreen" as const)),
    reason: fc.string(),
  },
  { requiredKeys: ["name", "driver", "connected", "gridSize", "capabilities"] },
);

const pose = { x: coordinate, y: coordinate, zoom };

export const cameraArbitrary: fc.Arbitrary<Camera> = fc.record({
  name: fc.constantFrom("DP-1", "DP-2", "HEADLESS-1"),
  ...pose,
  target: fc.record(pose),
  viewport: fc.record({ width: fc.nat(8000), height: fc.nat(8000) }),
  zoomRange: fc.constant({ min: 0.05, max: 8 }),
  locked: fc.boolean(),
  cause: fc.option(fc.record({ origin: fc.option(origin), id: fc.option(requestId) })),
});

export const windowArbitrary: fc.Arbitrary<Window> = fc.record({
  id: fc.integer({ min: 1, max: 12 }),
  identifier: fc.option(fc.string()),
  appId: fc.string(),
  title: fc.string({ unit: "grapheme" }),
  pid: fc.option(fc.integer({ min: 1 })),
  x: coordinate,
  y: coordinate,
  width: fc.double({ min: 0, max: 65535, noNaN: true }),
  height: fc.double({ min: 0, max: 65535, noNaN: true }),
  space: fc.constantFrom("map" as const, "screen" as const, "widget" as const),
  screen: fc.option(fc.record({ camera: fc.option(name), x: coordinate, y: coordinate })),
  stacking: fc.integer(),
  parent: fc.option(windowId),
  states: fc.uniqueArray(fc.constantFrom("activated" as const, "maximized" as const, "minimized" as const, "urgent" as const)),
});

const brick = fc.constantFrom("grass.png", "stone.png", "Wiese 2.png");
export const tileArbitrary: fc.Arbitrary<Tile> = fc.record({ brick, timestamp: fc.double({ min: 0, max: 4e9, noNaN: true }).map((each) => each + 0) });

/** A few cells around the origin, so that changes meet, some far away. */
export const cellArbitrary: fc.Arbitrary<string> = fc.tuple(fc.oneof(fc.integer({ min: -18, max: 18 }), fc.integer({ min: -2147483648, max: 2147483647 })), fc.integer({ min: -2, max: 2 })).map(([x, y]) => `${x},${y}`);

export const tileChangesArbitrary: fc.Arbitrary<Readonly<Record<string, Tile | null>>> = fc.dictionary(cellArbitrary, fc.option(tileArbitrary), { maxKeys: 6, noNullPrototype: true });

const window = { window: windowId };
const id = { id: requestId };
const type = <T extends string>(value: T): { type: fc.Arbitrary<T> } => ({ type: fc.constant(value) });
const size = fc.double({ min: 1, max: 65535, noNaN: true });

export const clientMessageArbitrary: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({ ...type("SetCamera"), ...id, camera: name, ...pose, duration, origin }, { requiredKeys: ["type", "x"] }),
  fc.record({ ...type("CancelCamera"), ...id, camera: name, origin }, { requiredKeys: ["type"] }),
  fc.record({ ...type("Focus"), ...id, ...window }, { requiredKeys: ["type", "window"] }),
  fc.record({ ...type("Close"), ...id, ...window }, { requiredKeys: ["type", "window"] }),
  fc.record({ ...type("Move"), ...id, ...window, x: coordinate, y: coordinate }, { requiredKeys: ["type", "window", "x", "y"] }),
  fc.record({ ...type("Resize"), ...id, ...window, width: size, height: size }, { requiredKeys: ["type", "window", "width", "height"] }),
  fc.record({ ...type("Raise"), ...id, ...window }, { requiredKeys: ["type", "window"] }),
  fc.record({ ...type("Lower"), ...id, ...window }, { requiredKeys: ["type", "window"] }),
  fc.record({ ...type("Minimize"), ...id, ...window, minimized: fc.boolean() }, { requiredKeys: ["type", "window", "minimized"] }),
  fc.record({ ...type("Maximize"), ...id, ...window, maximized: fc.boolean() }, { requiredKeys: ["type", "window", "maximized"] }),
  fc.record({ ...type("Fullscreen"), ...id, ...window, fullscreen: fc.boolean(), camera: name }, { requiredKeys: ["type", "window", "fullscreen"] }),
  fc.record({ ...type("Center"), ...id, ...window, camera: name, duration, origin }, { requiredKeys: ["type", "window"] }),
  fc.record(
    {
      ...type("Subscribe"),
      ...id,
      kinds: fc.array(fc.constantFrom("cameras" as const, "windows" as const, "tiles" as const), { maxLength: 4 }),
      cameras: fc.array(name, { maxLength: 4 }),
      area: fc.record({ x: coordinate, y: coordinate, width: extent, height: extent }),
      maxRate: fc.double({ min: 0.1, max: 1000, noNaN: true }),
    },
    { requiredKeys: ["type"] },
  ),
  fc.record({ ...type("Resume"), ...id, revision: fc.nat(), instance: name }, { requiredKeys: ["type", "revision", "instance"] }),
  fc.record(
    {
      ...type("Input"),
      ...id,
      events: fc.array(
        fc.oneof(
          fc.record({ kind: fc.constant("motion" as const), x: coordinate, y: coordinate }),
          fc.record({ kind: fc.constant("button" as const), button: fc.nat(4), pressed: fc.boolean() }),
          fc.record({ kind: fc.constant("wheel" as const), deltaY: fc.integer({ min: -100, max: 100 }), clicksX: fc.constant(1) }),
          fc.record({ kind: fc.constant("key" as const), code: fc.constant("KeyA"), pressed: fc.boolean() }),
          fc.record({ kind: fc.constant("text" as const), text: name }),
          fc.record({ kind: fc.constant("touch" as const), phase: fc.constant("down" as const), id: fc.nat(9), x: coordinate, y: coordinate }),
          fc.record({ kind: fc.constant("touch" as const), phase: fc.constant("up" as const), id: fc.nat(9) }),
          fc.record({ kind: fc.constant("touch" as const), phase: fc.constant("cancel" as const) }),
        ),
        { maxLength: 8 },
      ),
    },
    { requiredKeys: ["type", "events"] },
  ),
  fc.record({ ...type("PutTile"), ...id, x: fc.integer({ min: -2147483648, max: 2147483647 }), y: fc.nat(2147483647), brick }, { requiredKeys: ["type", "x", "y", "brick"] }),
  fc.record({ ...type("RemoveTile"), ...id, x: fc.nat(2147483647), y: fc.nat(2147483647) }, { requiredKeys: ["type", "x", "y"] }),
  fc.record({ ...type("Ping"), ...id }, { requiredKeys: ["type"] }),
);
