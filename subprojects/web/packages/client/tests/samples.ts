import type { Camera, Compositor, ServerMessageOf, Window } from "../src/index.ts";

export const hello: ServerMessageOf<"Hello"> = {
  type: "Hello",
  protocol: "compositord.v1.json",
  version: "0.1.0",
  server: "compositord",
  gridSize: 100,
  instance: "the first run",
  capabilities: ["camera", "windows", "geometry"],
  grants: ["view", "camera", "windows", "tiles", "sessions"],
  revision: 1,
};

export const compositor: Compositor = { name: "wayland-1", driver: "infinite_map", connected: true, gridSize: 100, capabilities: ["camera", "windows", "geometry"] };

export const camera: Camera = {
  name: "HEADLESS-1",
  x: 0,
  y: 0,
  zoom: 1,
  target: { x: 0, y: 0, zoom: 1 },
  viewport: { width: 1280, height: 720 },
  zoomRange: { min: 0.05, max: 8 },
  locked: false,
  cause: null,
};

export const window: Window = {
  id: 1,
  identifier: null,
  appId: "foot",
  title: "a shell",
  pid: 4711,
  x: 10,
  y: 20,
  width: 640,
  height: 480,
  space: "map",
  screen: null,
  stacking: 0,
  parent: null,
  states: ["activated"],
};
