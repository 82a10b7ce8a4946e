/**
 * The messages of the WebSocket subprotocols `compositord.v1`. What they mean is said in
 * data/schema/compositord.v1.json; a test compares names, choices and optional members with it.
 */
import { choice, DecodeError, dictionary, extent, flag, integer, list, nullable, number, record, text, union } from "./decode.ts";
import type { Decoder, Infer } from "./decode.ts";

/** The encoding that this client speaks; the other one has the same messages. */
export const SUBPROTOCOL = "compositord.v1.json";

/** Coordinates that a request may carry; the compositor clamps further. */
export const COORDINATE_LIMIT = 2e11;

/** Longest animation that can be asked for, in milliseconds. */
export const DURATION_LIMIT = 60_000;

const requestId: Decoder<string | number> = {
  decode(value, at) {
    if (typeof value === "string" || (typeof value === "number" && Number.isInteger(value))) return value;
    throw new DecodeError(at, "must be a string or an integer");
  },
};
const revision = integer(0);
const windowId = integer(1);
const duration = integer(0);
const capability = choice("camera", "windows", "tiles", "input");
const capabilities = list(capability);
const grant = choice("view", "camera", "windows", "tiles", "input", "sessions", "inspect");

const compositor = record(
  { name: text, driver: choice("infinite_map"), connected: flag, gridSize: integer(1), capabilities },
  { reason: text },
);
const cameraPose = record({ x: number(), y: number(), zoom: number(0) });
const cause = record({ origin: nullable(text), id: nullable(requestId) });
const camera = record({
  name: text,
  x: number(),
  y: number(),
  zoom: number(0),
  target: cameraPose,
  viewport: record({ width: integer(0), height: integer(0) }),
  zoomRange: record({ min: number(0), max: number(0) }),
  locked: flag,
  cause: nullable(cause),
});
const windowState = choice("activated", "maximized", "fullscreen", "minimized", "resizing", "urgent");
const window = record({
  id: windowId,
  identifier: nullable(text),
  appId: text,
  title: text,
  pid: nullable(integer(1)),
  x: number(),
  y: number(),
  width: extent,
  height: extent,
  space: choice("map", "screen", "widget"),
  screen: nullable(record({ camera: nullable(text), x: number(), y: number() })),
  stacking: integer(),
  parent: nullable(windowId),
  states: list(windowState),
});

const tile = record({ brick: text, timestamp: number() });
const tiles = nullable(dictionary(tile));
const changedTiles = nullable(dictionary(nullable(tile)));

const sessionState = choice("queued", "running", "completed", "failed", "cancelled");
const sessionPriority = choice("low", "normal", "high", "critical");
const count = integer(0);
const sessionTask = record({ id: text, description: text });
const session = record({
  id: text,
  sessionType: text,
  owner: text,
  priority: sessionPriority,
  state: sessionState,
  task: sessionTask,
  created: count,
  started: nullable(count),
  ended: nullable(count),
  step: text,
  percent: number(0),
  result: text,
  error: text,
  tokens: count,
  sequence: count,
});
const sessionParameter = record({ name: text, description: text, default: nullable(text) });
const sessionType = record({ name: text, description: text, parameters: list(sessionParameter) });

const more = { more: flag };
const origin = { origin: text };
const id = { id: requestId };

/** What the server sends, by the name in member `type`. */
export const serverMessages = {
  Hello: record({
    type: choice("Hello"),
    protocol: choice(SUBPROTOCOL, "compositord.v1.msgpack"),
    version: text,
    server: choice("compositord"),
    gridSize: integer(1),
    instance: text,
    capabilities,
    grants: list(grant),
    revision,
  }),
  Snapshot: record({ type: choice("Snapshot"), revision, compositor, cameras: list(camera), windows: list(window) }, { tiles }),
  CompositorUpdate: record({ type: choice("CompositorUpdate"), revision, compositor }, more),
  CameraUpdate: record({ type: choice("CameraUpdate"), revision, cameras: list(camera), removed: list(text) }, more),
  WindowUpdate: record({ type: choice("WindowUpdate"), revision, windows: list(window), removed: list(windowId) }, more),
  ManifestUpdate: record({ type: choice("ManifestUpdate"), revision, tiles: changedTiles }, more),
  Ack: record({ type: choice("Ack"), id: requestId }),
  Error: record({
    type: choice("Error"),
    id: nullable(requestId),
    code: choice("malformed", "unknown_type", "invalid_member", "not_found", "unsupported", "disconnected", "busy", "forbidden", "unauthorized", "rate_limited", "unsaved"),
    member: nullable(text),
    message: text,
  }),
  Pong: record({ type: choice("Pong"), id: nullable(requestId) }),
  SessionSpawned: record({ type: choice("SessionSpawned"), id: nullable(requestId), session }),
  SessionList: record({ type: choice("SessionList"), id: nullable(requestId), sessions: list(session), types: list(sessionType) }),
  SessionEvent: record(
    {
      type: choice("SessionEvent"),
      session: text,
      sequence: integer(1),
      time: count,
      event: choice("task_queued", "task_started", "step_started", "step_ended", "progress", "output", "tool_started", "tool_ended", "tokens", "task_ended"),
    },
    {
      missed: integer(1),
      task: text,
      description: text,
      step: text,
      index: count,
      count: integer(1),
      ok: flag,
      error: text,
      percent: number(0),
      kind: choice("text", "thinking", "diagnostic"),
      text,
      call: text,
      tool: text,
      input: text,
      result: text,
      tokens: count,
      outcome: sessionState,
    },
  ),
  SessionForgotten: record({ type: choice("SessionForgotten"), session: text }),
};

const windowRequest = { window: windowId };
const area = record({ x: number(), y: number(), width: extent, height: extent });

const point = { x: number(), y: number() };
const touchId = { id: integer() };
const touch = { kind: choice("touch") };
const inputEvent = union(
  record({ kind: choice("motion"), ...point }),
  record({ kind: choice("button"), button: integer(0), pressed: flag }),
  record({ kind: choice("wheel") }, { deltaX: number(), deltaY: number(), clicksX: number(), clicksY: number() }),
  record({ kind: choice("key"), code: text, pressed: flag }),
  record({ kind: choice("text"), text }),
  record({ ...touch, phase: choice("down", "motion"), ...touchId, ...point }),
  record({ ...touch, phase: choice("up"), ...touchId }),
  record({ ...touch, phase: choice("cancel") }),
);

/** What a client sends, by the name in member `type`. */
export const clientMessages = {
  SetCamera: record(
    { type: choice("SetCamera") },
    { ...id, camera: text, x: number(), y: number(), zoom: number(0), duration, ...origin },
  ),
  CancelCamera: record({ type: choice("CancelCamera") }, { ...id, camera: text, ...origin }),
  Focus: record({ type: choice("Focus"), ...windowRequest }, id),
  Close: record({ type: choice("Close"), ...windowRequest }, id),
  Move: record({ type: choice("Move"), ...windowRequest, x: number(), y: number() }, id),
  Resize: record({ type: choice("Resize"), ...windowRequest, width: number(), height: number() }, id),
  Raise: record({ type: choice("Raise"), ...windowRequest }, id),
  Lower: record({ type: choice("Lower"), ...windowRequest }, id),
  Minimize: record({ type: choice("Minimize"), ...windowRequest, minimized: flag }, id),
  Maximize: record({ type: choice("Maximize"), ...windowRequest, maximized: flag }, id),
  Fullscreen: record({ type: choice("Fullscreen"), ...windowRequest, fullscreen: flag }, { ...id, camera: text }),
  Center: record({ type: choice("Center"), ...windowRequest }, { ...id, camera: text, duration, ...origin }),
  Subscribe: record(
    { type: choice("Subscribe") },
    { ...id, kinds: list(choice("cameras", "windows", "tiles")), cameras: list(text), area, maxRate: number(0) },
  ),
  Input: record({ type: choice("Input"), events: list(inputEvent) }, id),
  PutTile: record({ type: choice("PutTile"), x: integer(), y: integer(), brick: text }, id),
  RemoveTile: record({ type: choice("RemoveTile"), x: integer(), y: integer() }, id),
  SpawnSession: record(
    { type: choice("SpawnSession"), sessionType: text },
    { ...id, task: text, parameters: dictionary(text), priority: sessionPriority, owner: text },
  ),
  RunTask: record({ type: choice("RunTask"), session: text }, { ...id, task: text, parameters: dictionary(text) }),
  CancelSession: record({ type: choice("CancelSession"), session: text }, id),
  ForgetSession: record({ type: choice("ForgetSession"), session: text }, id),
  ListSessions: record({ type: choice("ListSessions") }, id),
  FollowSession: record({ type: choice("FollowSession") }, { ...id, session: text, since: count }),
  UnfollowSession: record({ type: choice("UnfollowSession") }, { ...id, session: text }),
  Resume: record({ type: choice("Resume"), revision, instance: text }, id),
  Auth: record({ type: choice("Auth"), token: text }, id),
  Ping: record({ type: choice("Ping") }, id),
};

/** The parts that messages are made of, by their names in the schema. */
export const parts = {
  Compositor: compositor,
  CameraPose: cameraPose,
  Camera: camera,
  Window: window,
  Tile: tile,
  Session: session,
  SessionTask: sessionTask,
  SessionType: sessionType,
  SessionParameter: sessionParameter,
};
export const choices = { Capability: capability, Grant: grant, WindowState: windowState, SessionState: sessionState, SessionPriority: sessionPriority };

export type InputEvent = Infer<typeof inputEvent>;
export type RequestId = Infer<typeof requestId>;
export type Capability = Infer<typeof capability>;
export type Grant = Infer<typeof grant>;
export type Compositor = Infer<typeof compositor>;
export type CameraPose = Infer<typeof cameraPose>;
export type Camera = Infer<typeof camera>;
export type WindowState = Infer<typeof windowState>;
export type Window = Infer<typeof window>;
export type Tile = Infer<typeof tile>;
export type Session = Infer<typeof session>;
export type SessionType = Infer<typeof sessionType>;

export type ServerMessageOf<T extends keyof typeof serverMessages> = Infer<(typeof serverMessages)[T]>;
export type ServerMessage = { [T in keyof typeof serverMessages]: ServerMessageOf<T> }[keyof typeof serverMessages];
export type ClientMessage = { [T in keyof typeof clientMessages]: Infer<(typeof clientMessages)[T]> }[keyof typeof clientMessages];

/** A message of the server whose type this client does not know; the protocol says to ignore it. */
export interface UnknownMessage {
  readonly type: "unknown";
  readonly name: string;
}

const typed = record({ type: text });

function isServerType(name: string): name is keyof typeof serverMessages {
  return Object.hasOwn(serverMessages, name);
}

/** Reads one frame of the server. Throws DecodeError, which names the member that is wrong. */
export function decodeServerMessage(frame: unknown): ServerMessage | UnknownMessage {
  if (typeof frame !== "string") throw new DecodeError("", "must be a text frame");
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    throw new DecodeError("", "is not JSON");
  }
  const { type } = typed.decode(value, "");
  return isServerType(type) ? serverMessages[type].decode(value, "") : { type: "unknown", name: type };
}

/** Writes one request. Throws DecodeError if a member could not be understood by the server. */
export function encodeClientMessage(message: ClientMessage): string {
  return JSON.stringify(clientMessages[message.type].decode(message, ""));
}

/** For the `default` of a switch over a closed union. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
