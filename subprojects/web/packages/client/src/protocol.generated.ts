/**
 * The messages of the WebSocket subprotocols compositord.v1, made from data/schema/compositord.v1.json.
 * Do not change this file: change the schema and run `npm run generate`.
 */
import { choice, dictionary, exactly, flag, integer, list, nullable, number, record, text, union } from "./decode.ts";
import type { Decoder } from "./decode.ts";

/** Chosen by the client and echoed in the Ack or Error that answers the request, and as cause.id in camera states. */
export type RequestId = string | number;
export const requestId: Decoder<RequestId> = union(text(undefined, 128), integer());

/** Number of a state of the world. Grows by at least one with each commit and never repeats while the server runs. */
export type Revision = number;
export const revision: Decoder<Revision> = integer(0);

/** Number of a window. Not used again for another window while the compositor runs. */
export type WindowId = number;
export const windowId: Decoder<WindowId> = integer(1, 4294967295);

/** Name of the camera's output, such as DP-1; where several compositors are shown together, COMPOSITOR/NAME. */
export type CameraName = string;
export const cameraName: Decoder<CameraName> = text(1, 256);

/**
 * Something that can be asked for. windows: at least one of focus, close, move, resize, stack (raise and lower),
 * minimize, maximize and fullscreen, which say what. geometry is nothing to ask for: without it the compositor
 * tells no positions and sizes of windows, and those that are shown are a layout made for lack of them.
 */
export type Capability = "camera" | "windows" | "tiles" | "input" | "geometry" | "focus" | "close" | "move" | "resize" | "stack" | "minimize" | "maximize" | "fullscreen";
export const capability: Decoder<Capability> = choice("camera", "windows", "tiles", "input", "geometry", "focus", "close", "move", "resize", "stack", "minimize", "maximize", "fullscreen");

/**
 * Something that a client may do. view: be told of the world; camera: move cameras; windows: handle windows;
 * tiles: put and remove tiles; input: type and use the pointer in windows; sessions: start, follow and stop
 * sessions, and decide about generated code; inspect: see the traffic of all clients.
 */
export type Grant = "view" | "camera" | "windows" | "tiles" | "input" | "sessions" | "inspect";
export const grant: Decoder<Grant> = choice("view", "camera", "windows", "tiles", "input", "sessions", "inspect");

/** Number of a cell of the grid: floor(world coordinate / gridSize). */
export type CellCoordinate = number;
export const cellCoordinate: Decoder<CellCoordinate> = integer(-2147483648, 2147483647);

/** A cell as "x,y". */
export type CellName = string;
export const cellName: Decoder<CellName> = text(undefined, undefined, /^(0|-?[1-9][0-9]{0,9}),(0|-?[1-9][0-9]{0,9})$/u);

/**
 * File name of the picture that covers a cell; below /builder/queue/ or /builder/processed/. 1 to 255 bytes of
 * UTF-8 without slashes and control characters, neither "." nor "..".
 */
export type Brick = string;
export const brick: Decoder<Brick> = text(1, 255);

/** A brick on a cell. */
export interface Tile {
  readonly brick: Brick;
  /**
   * When it was put there, in seconds since 1970 UTC, exact to the microsecond. Each change of a cell has a later
   * one than the change before.
   */
  readonly timestamp: number;
}
export const tile: Decoder<Tile> = record({
  brick: brick,
  timestamp: number({ from: 0, below: 4294967296 }),
});

/**
 * The tiles by cell. Null if they are more than 2048: subscribe to an area, or fetch /api/v1/tiles or
 * /builder/map/manifest.json.
 */
export type Tiles = Readonly<Record<string, Tile>> | null;
export const tiles: Decoder<Tiles> = nullable(dictionary(cellName, tile, 2048));

/** Milliseconds that an animation should take; 0 jumps. */
export type Duration = number;
export const duration: Decoder<Duration> = integer(0, 60000);

/**
 * The compositor behind the world. While connected is false there are no cameras and no windows, and reason says
 * why in words.
 */
export interface Compositor {
  /** What people call it: the Wayland display, or a name from the settings. */
  readonly name: string;
  /**
   * How it is spoken to. compositord: it is a mirror of what another compositord shows; combined: all of several
   * together. A compositord that mirrors this server passes over what is a mirror here, so that mirrors in a ring
   * do not show each other without end.
   */
  readonly driver: "infinite_map" | "driftwm" | "niri" | "sway" | "foreign_toplevel" | "compositord" | "combined";
  readonly connected: boolean;
  /** Why it is not connected. */
  readonly reason?: string;
  /** World units per cell. */
  readonly gridSize: number;
  readonly capabilities: readonly Capability[];
}
export const compositor: Decoder<Compositor> = record({
  name: text(),
  driver: choice("infinite_map", "driftwm", "niri", "sway", "foreign_toplevel", "compositord", "combined"),
  connected: flag,
  gridSize: integer(1),
  capabilities: list(capability),
}, {
  reason: text(),
});

/** Name of a compositor, from the settings. Cameras and windows have it where several are shown together. */
export type CompositorName = string;
export const compositorName: Decoder<CompositorName> = text(1, 64);

/** One of several compositors: as in Compositor, and where it is shown. */
export interface PlacedCompositor {
  readonly name: CompositorName;
  /** How it is spoken to; see Compositor. */
  readonly driver: string;
  readonly connected: boolean;
  /** Why it is not connected. */
  readonly reason?: string;
  /** World units per cell. */
  readonly gridSize: number;
  readonly capabilities: readonly Capability[];
  /** What is added to the coordinates of its world where several are shown together. */
  readonly offset: {
    readonly x: number;
    readonly y: number;
  };
}
export const placedCompositor: Decoder<PlacedCompositor> = record({
  name: compositorName,
  driver: text(),
  connected: flag,
  gridSize: integer(1),
  capabilities: list(capability),
  offset: record({
    x: number(),
    y: number(),
  }),
}, {
  reason: text(),
});

/**
 * All compositors that are mirrored, if they are several, the first one first; absent if there is one. At the
 * path / of the server a client is shown all of them, their worlds side by side, and compositor is about all
 * together; at /c/NAME only the one of that name, and at /c/NAME,NAME some of them. A compositor that comes, goes
 * or is removed shows in this list.
 */
export type Compositors = readonly PlacedCompositor[];
export const compositors: Decoder<Compositors> = list(placedCompositor);

/** World point at the viewport's centre, and zoom in output pixels per world unit. */
export interface CameraPose {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}
export const cameraPose: Decoder<CameraPose> = record({
  x: number(),
  y: number(),
  zoom: number({ above: 0 }),
});

/** An output's view of the world. x, y and zoom are what it shows now, target is where it comes to rest. */
export interface Camera {
  readonly name: CameraName;
  readonly compositor?: CompositorName;
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  readonly target: CameraPose;
  /** Size of the viewport in output pixels. */
  readonly viewport: {
    readonly width: number;
    readonly height: number;
  };
  readonly zoomRange: {
    readonly min: number;
    readonly max: number;
  };
  /** A locked camera does not follow requests. */
  readonly locked: boolean;
  /**
   * Who set the present target: the origin and id of the SetCamera, CancelCamera or Center request, or null if
   * the user or somebody else did.
   */
  readonly cause: {
    readonly origin: string | null;
    readonly id: RequestId | null;
  } | null;
}
export const camera: Decoder<Camera> = record({
  name: cameraName,
  x: number(),
  y: number(),
  zoom: number({ above: 0 }),
  target: cameraPose,
  viewport: record({
    width: integer(0),
    height: integer(0),
  }),
  zoomRange: record({
    min: number({ above: 0 }),
    max: number({ above: 0 }),
  }),
  locked: flag,
  cause: nullable(record({
    origin: nullable(text(undefined, 128)),
    id: nullable(requestId),
  })),
}, {
  compositor: compositorName,
});

export type WindowState = "activated" | "maximized" | "fullscreen" | "minimized" | "resizing" | "urgent";
export const windowState: Decoder<WindowState> = choice("activated", "maximized", "fullscreen", "minimized", "resizing", "urgent");

/** A toplevel window. x, y, width and height are those of its frame, in world units. */
export interface Window {
  readonly id: WindowId;
  readonly compositor?: CompositorName;
  /** Identifier in ext-foreign-toplevel-list-v1, or null. */
  readonly identifier: string | null;
  readonly appId: string;
  readonly title: string;
  /** Process id, or null if not known. */
  readonly pid: number | null;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** map: lies on the map; screen: fixed to a camera's viewport; widget: furniture of the map. */
  readonly space: "map" | "screen" | "widget";
  /** Position in the viewport, in output pixels, of a window in the screen space; else null. */
  readonly screen: {
    readonly camera: CameraName | null;
    readonly x: number;
    readonly y: number;
  } | null;
  /** Greater is above. */
  readonly stacking: number;
  readonly parent: WindowId | null;
  readonly states: readonly WindowState[];
}
export const window: Decoder<Window> = record({
  id: windowId,
  identifier: nullable(text()),
  appId: text(),
  title: text(),
  pid: nullable(integer(1)),
  x: number(),
  y: number(),
  width: number({ from: 0 }),
  height: number({ from: 0 }),
  space: choice("map", "screen", "widget"),
  screen: nullable(record({
    camera: nullable(cameraName),
    x: number(),
    y: number(),
  })),
  stacking: integer(),
  parent: nullable(windowId),
  states: list(windowState),
}, {
  compositor: compositorName,
});

/** Names a session, over restarts too. */
export type SessionId = string;
export const sessionId: Decoder<SessionId> = text(undefined, undefined, /^[A-Za-z0-9_-]{1,64}$/u);

/** queued: it waits for its turn. The last three are ends. */
export type SessionState = "queued" | "running" | "completed" | "failed" | "cancelled";
export const sessionState: Decoder<SessionState> = choice("queued", "running", "completed", "failed", "cancelled");

/** Higher ones start first; within one the owners take turns. */
export type SessionPriority = "low" | "normal" | "high" | "critical";
export const sessionPriority: Decoder<SessionPriority> = choice("low", "normal", "high", "critical");

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Time = number;
export const time: Decoder<Time> = integer(0);

/** What a session is to do. */
export interface SessionTask {
  readonly id: string;
  readonly description: string;
}
export const sessionTask: Decoder<SessionTask> = record({
  id: text(),
  description: text(),
});

/** Something that whoever looks after a session may pick. */
export interface SessionChoice {
  readonly id: string;
  /** For people. */
  readonly label: string;
}
export const sessionChoice: Decoder<SessionChoice> = record({
  id: text(undefined, undefined, /^[A-Za-z0-9_-]{1,64}$/u),
  label: text(),
});

/** Work that takes time, and how it stands. */
export interface Session {
  readonly id: SessionId;
  /** Names what runs it. */
  readonly sessionType: string;
  /** Who it is for. */
  readonly owner: string;
  readonly priority: SessionPriority;
  readonly state: SessionState;
  readonly task: SessionTask;
  readonly created: Time;
  readonly started: Time | null;
  readonly ended: Time | null;
  /** The last one that was started; empty before the first. */
  readonly step: string;
  /** It waits until somebody picks one of these, with ChooseSession. */
  readonly choices?: readonly SessionChoice[];
  /** Of the task, with at most two decimals. */
  readonly percent: number;
  /** What came out, in short. */
  readonly result: string;
  /** Why it failed; empty if it did not. */
  readonly error: string;
  /** That a language model used. */
  readonly tokens: number;
  /** Of the session's last event. */
  readonly sequence: number;
}
export const session: Decoder<Session> = record({
  id: sessionId,
  sessionType: text(),
  owner: text(),
  priority: sessionPriority,
  state: sessionState,
  task: sessionTask,
  created: time,
  started: nullable(time),
  ended: nullable(time),
  step: text(),
  percent: number({ from: 0, to: 100 }),
  result: text(),
  error: text(),
  tokens: integer(0),
  sequence: integer(0),
}, {
  choices: list(sessionChoice, 8),
});

/** What a type of session needs to know beside the task. */
export interface SessionParameter {
  readonly name: string;
  readonly description: string;
  /** Null: it must be given. */
  readonly default: string | null;
}
export const sessionParameter: Decoder<SessionParameter> = record({
  name: text(),
  description: text(),
  default: nullable(text()),
});

/** What can be spawned: a file of this name says which programs it runs. */
export interface SessionType {
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly SessionParameter[];
}
export const sessionType: Decoder<SessionType> = record({
  name: text(),
  description: text(),
  parameters: list(sessionParameter),
});

/**
 * The first message of the server; where a token is needed, the first one after that was shown. Sent again when
 * Auth changes what the client may do.
 */
export interface HelloMessage {
  readonly type: "Hello";
  /** The subprotocol in use. */
  readonly protocol: "compositord.v1.json" | "compositord.v1.msgpack";
  /** Version of the server. */
  readonly version: string;
  readonly server: "compositord";
  /** World units per cell. */
  readonly gridSize: number;
  /** What the compositor can be asked for at the moment; of that, a client may ask for what it is granted. */
  readonly capabilities: readonly Capability[];
  readonly compositors?: Compositors;
  /** What this client may do. */
  readonly grants: readonly Grant[];
  readonly revision: Revision;
  /**
   * Names this world in this run of the server; see Resume. A compositord that finds a name of its own here has
   * come to itself, and goes.
   */
  readonly instance: string;
}
export const hello: Decoder<HelloMessage> = record({
  type: choice("Hello"),
  protocol: choice("compositord.v1.json", "compositord.v1.msgpack"),
  version: text(),
  server: choice("compositord"),
  gridSize: integer(1),
  capabilities: list(capability),
  grants: list(grant),
  revision: revision,
  instance: text(1, 128),
}, {
  compositors: compositors,
});

/** The whole state, or the part of it that the client subscribed to. Replaces everything that the client had. */
export interface SnapshotMessage {
  readonly type: "Snapshot";
  readonly tiles?: Tiles;
  readonly revision: Revision;
  readonly compositor: Compositor;
  readonly compositors?: Compositors;
  readonly cameras: readonly Camera[];
  readonly windows: readonly Window[];
}
export const snapshot: Decoder<SnapshotMessage> = record({
  type: choice("Snapshot"),
  revision: revision,
  compositor: compositor,
  cameras: list(camera),
  windows: list(window),
}, {
  tiles: tiles,
  compositors: compositors,
});

/** The compositor, or one of several, came, went, or changed what it grants. */
export interface CompositorUpdateMessage {
  readonly type: "CompositorUpdate";
  readonly revision: Revision;
  readonly more?: true;
  readonly compositor: Compositor;
  readonly compositors?: Compositors;
}
export const compositorUpdate: Decoder<CompositorUpdateMessage> = record({
  type: choice("CompositorUpdate"),
  revision: revision,
  compositor: compositor,
}, {
  more: exactly(true),
  compositors: compositors,
});

/** Cameras that are new or changed, each whole, and names of those that are gone. */
export interface CameraUpdateMessage {
  readonly type: "CameraUpdate";
  readonly revision: Revision;
  readonly more?: true;
  readonly cameras: readonly Camera[];
  readonly removed: readonly CameraName[];
}
export const cameraUpdate: Decoder<CameraUpdateMessage> = record({
  type: choice("CameraUpdate"),
  revision: revision,
  cameras: list(camera),
  removed: list(cameraName),
}, {
  more: exactly(true),
});

/** Windows that are new or changed, each whole, and ids of those that are gone. */
export interface WindowUpdateMessage {
  readonly type: "WindowUpdate";
  readonly revision: Revision;
  readonly more?: true;
  readonly windows: readonly Window[];
  readonly removed: readonly WindowId[];
}
export const windowUpdate: Decoder<WindowUpdateMessage> = record({
  type: choice("WindowUpdate"),
  revision: revision,
  windows: list(window),
  removed: list(windowId),
}, {
  more: exactly(true),
});

/** Tiles that were put, each whole, and cells whose tile was removed, which are null. */
export interface ManifestUpdateMessage {
  readonly type: "ManifestUpdate";
  readonly revision: Revision;
  readonly more?: true;
  /**
   * What changed, by cell. Null if that is more than 2048 cells: whatever the client has of tiles may be out of
   * date. It subscribes to an area, or fetches /api/v1/tiles or /builder/map/manifest.json.
   */
  readonly tiles: Readonly<Record<string, Tile | null>> | null;
}
export const manifestUpdate: Decoder<ManifestUpdateMessage> = record({
  type: choice("ManifestUpdate"),
  revision: revision,
  tiles: nullable(dictionary(cellName, nullable(tile), 2048)),
}, {
  more: exactly(true),
});

/**
 * The request was understood and passed on to the compositor. What came of it shows in an update. For PutTile and
 * RemoveTile: the change is safe on the disk. This comes when it is so, answers to other requests may come
 * before. Sent only for requests with an id.
 */
export interface AckMessage {
  readonly type: "Ack";
  readonly id: RequestId;
}
export const ack: Decoder<AckMessage> = record({
  type: choice("Ack"),
  id: requestId,
});

/** A request was refused, or could not be read. Nothing was done, unless the code is unsaved. */
export interface ErrorMessage {
  readonly type: "Error";
  /** The request's id, null if it had none or it could not be read. */
  readonly id: RequestId | null;
  /**
   * malformed: not a JSON object; unknown_type; invalid_member: a member is missing or has a wrong value;
   * not_found: no such camera or window; unsupported: the compositor does not grant it; disconnected: there is no
   * compositor; busy: too much is under way, try again later; forbidden: the client lacks a grant, which message
   * names; unauthorized: a token is needed, and none, or a wrong one, was shown (with a null id as the first
   * message of the server, in place of Hello: the client has 10 s to send Auth); rate_limited: messages come too
   * fast and are dropped, or too many wrong tokens were shown; unsaved: it was done, but is only in memory until
   * it can be written.
   */
  readonly code: "malformed" | "unknown_type" | "invalid_member" | "not_found" | "unsupported" | "disconnected" | "busy" | "forbidden" | "unauthorized" | "rate_limited" | "unsaved";
  /** The member that is wrong, or null. */
  readonly member: string | null;
  /** What is wrong, in words for a person. */
  readonly message: string;
}
export const error: Decoder<ErrorMessage> = record({
  type: choice("Error"),
  id: nullable(requestId),
  code: choice("malformed", "unknown_type", "invalid_member", "not_found", "unsupported", "disconnected", "busy", "forbidden", "unauthorized", "rate_limited", "unsaved"),
  member: nullable(text()),
  message: text(),
});

/** Answer to Ping. */
export interface PongMessage {
  readonly type: "Pong";
  readonly id: RequestId | null;
}
export const pong: Decoder<PongMessage> = record({
  type: choice("Pong"),
  id: nullable(requestId),
});

/** ROOT/CHANGE/TASK, such as shell/add-bridge/2.3. It stays the same while other lines of the file come and go. */
export type CodegenTaskId = string;
export const codegenTaskId: Decoder<CodegenTaskId> = text(1, 1024);

/**
 * open: nothing is done about it; queued: it waits for its turn; running: a model works on it, or checks run;
 * review: the checks have passed, and somebody has to apply or discard the changes; applied: they are in the
 * repository, and the task is ticked; failed: the last run failed; done: somebody else ticked it.
 */
export type CodegenState = "open" | "queued" | "running" | "review" | "applied" | "failed" | "done";
export const codegenState: Decoder<CodegenState> = choice("open", "queued", "running", "review", "applied", "failed", "done");

/**
 * When tasks are run and applied without being asked to. manual: never; review: they are run, and a person
 * applies what comes of them; auto: both.
 */
export type CodegenPolicy = "manual" | "review" | "auto";
export const codegenPolicy: Decoder<CodegenPolicy> = choice("manual", "review", "auto");

/** A task of an OpenSpec change, and how it stands. */
export interface CodegenTask {
  readonly id: CodegenTaskId;
  /** The first part of the id: stands for one folder openspec. */
  readonly root: string;
  /** The name of the change. */
  readonly change: string;
  /** The heading above it. */
  readonly section: string;
  /** Such as 2.3; may be empty. */
  readonly number: string;
  readonly text: string;
  /** The lines below that belong to it alone. */
  readonly details: readonly string[];
  /** Of the change and the task. */
  readonly labels: readonly string[];
  /** The full path of its tasks.md. */
  readonly file: string;
  /** In that file, from 1. */
  readonly line: number;
  readonly priority: SessionPriority;
  readonly state: CodegenState;
  /** Why RunCodegen would be refused, for people; empty: it would not. */
  readonly obstacle: string;
  /** Why the last run failed. */
  readonly error: string;
  /** Of the last run; it may not be kept any more. Empty: there was none since the start. */
  readonly session: string;
  /** CodegenDetails has a diff: of what is in review, or applied. */
  readonly hasDiff: boolean;
  /** That wrote the changes. */
  readonly model: string;
  /** On which they are applied; empty: none, or in the user's tree. */
  readonly branch: string;
  /** There. */
  readonly commit: string;
  /** When its state last changed, but not before the start. */
  readonly changed: Time;
}
export const codegenTask: Decoder<CodegenTask> = record({
  id: codegenTaskId,
  root: text(),
  change: text(),
  section: text(),
  number: text(),
  text: text(),
  details: list(text()),
  labels: list(text()),
  file: text(),
  line: integer(0),
  priority: sessionPriority,
  state: codegenState,
  obstacle: text(),
  error: text(),
  session: text(),
  hasDiff: flag,
  model: text(),
  branch: text(),
  commit: text(),
  changed: time,
});

/** A change of OpenSpec: a folder openspec/changes/NAME. */
export interface CodegenChange {
  readonly root: string;
  readonly name: string;
  /** Its full path. */
  readonly folder: string;
  /** How many it has. */
  readonly tasks: number;
  /** How many of them are ticked. */
  readonly done: number;
  /** Such as a tasks.md without boxes, for people; empty: none. */
  readonly problem: string;
}
export const codegenChange: Decoder<CodegenChange> = record({
  root: text(),
  name: text(),
  folder: text(),
  tasks: integer(0),
  done: integer(0),
  problem: text(),
});

/** How code generation stands as a whole. */
export interface CodegenStatus {
  /** A repository is set. */
  readonly enabled: boolean;
  readonly policy: CodegenPolicy;
  readonly repositories: readonly string[];
  /** After failures in a row no task is begun by itself before this time. */
  readonly coolsDownUntil: Time | null;
  readonly failuresInRow: number;
  /** Tasks that were begun by themselves. */
  readonly startedInLastHour: number;
  /** That may be. */
  readonly mostPerHour: number;
  /** What keeps it from work, for people. */
  readonly problems: readonly string[];
}
export const codegenStatus: Decoder<CodegenStatus> = record({
  enabled: flag,
  policy: codegenPolicy,
  repositories: list(text()),
  coolsDownUntil: nullable(time),
  failuresInRow: integer(0),
  startedInLastHour: integer(0),
  mostPerHour: integer(0),
  problems: list(text()),
});

/** A check that was run for the changes of a task, in the sandbox. */
export interface CodegenCheck {
  readonly name: string;
  readonly command: readonly string[];
  /** In the repository. */
  readonly folder: string;
  /** How it ended: 0 if it passed. */
  readonly status: number;
  /** That it took. */
  readonly milliseconds: number;
}
export const codegenCheck: Decoder<CodegenCheck> = record({
  name: text(),
  command: list(text()),
  folder: text(),
  status: integer(),
  milliseconds: integer(0),
});

/** How often something was so. */
export interface CodegenCount {
  readonly name: string;
  readonly count: number;
}
export const codegenCount: Decoder<CodegenCount> = record({
  name: text(),
  count: integer(0),
});

/** What came of the work of one model. Times are milliseconds, of all its runs. */
export interface CodegenModelReport {
  readonly model: string;
  /** proven of runs. */
  readonly successRate: number;
  /** That came to an end by themselves. */
  readonly runs: number;
  /** Whose checks passed in the end. */
  readonly proven: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly applied: number;
  readonly discarded: number;
  readonly reverted: number;
  /** Answers that were checked. */
  readonly rounds: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly preparing: number;
  readonly asking: number;
  readonly checking: number;
  /** By their kind. */
  readonly failures: readonly CodegenCount[];
  /** That checks found, by the name of the check. */
  readonly diagnostics: readonly CodegenCount[];
}
export const codegenModelReport: Decoder<CodegenModelReport> = record({
  model: text(),
  successRate: number({ from: 0, to: 1 }),
  runs: integer(0),
  proven: integer(0),
  failed: integer(0),
  cancelled: integer(0),
  applied: integer(0),
  discarded: integer(0),
  reverted: integer(0),
  rounds: integer(0),
  tokensIn: integer(0),
  tokensOut: integer(0),
  preparing: integer(0),
  asking: integer(0),
  checking: integer(0),
  failures: list(codegenCount),
  diagnostics: list(codegenCount),
});

/** The answer to SpawnSession. What happens in the session follows as SessionEvent. */
export interface SessionSpawnedMessage {
  readonly type: "SessionSpawned";
  /** The request's id, null if it had none. */
  readonly id: RequestId | null;
  readonly session: Session;
}
export const sessionSpawned: Decoder<SessionSpawnedMessage> = record({
  type: choice("SessionSpawned"),
  id: nullable(requestId),
  session: session,
});

/**
 * The answer to ListSessions: those that wait, run, or have ended and are kept, oldest first; and what can be
 * spawned.
 */
export interface SessionListMessage {
  readonly type: "SessionList";
  /** The request's id, null if it had none. */
  readonly id: RequestId | null;
  readonly sessions: readonly Session[];
  readonly types: readonly SessionType[];
}
export const sessionList: Decoder<SessionListMessage> = record({
  type: choice("SessionList"),
  id: nullable(requestId),
  sessions: list(session),
  types: list(sessionType),
});

/**
 * Something happened in a session that the client follows. Each event comes once, in the order of sequence. Which
 * members beside these there are depends on event: task_queued: task, description; task_started: task;
 * step_started: step, index, count; step_ended: step, ok, error; progress: step, percent; output: kind, text;
 * tool_started: call, tool, input; tool_ended: call, tool, ok, result or error; tokens: tokens; choices: choices,
 * of which it waits for one; chosen: choice; task_ended: task, outcome, result, error.
 */
export interface SessionEventMessage {
  readonly type: "SessionEvent";
  readonly session: SessionId;
  /** 1, 2, 3 … in its session. */
  readonly sequence: number;
  readonly time: Time;
  /** So many events before this one are no longer kept, and were not told. */
  readonly missed?: number;
  readonly event: "task_queued" | "task_started" | "step_started" | "step_ended" | "progress" | "output" | "tool_started" | "tool_ended" | "tokens" | "choices" | "chosen" | "task_ended";
  /** Its id. */
  readonly task?: string;
  readonly description?: string;
  readonly step?: string;
  /** From 0. */
  readonly index?: number;
  /** Steps of the task. */
  readonly count?: number;
  readonly ok?: boolean;
  /** What went wrong, in words. */
  readonly error?: string;
  /** Of the task; never less than before. */
  readonly percent?: number;
  /** thinking: of a language model; diagnostic: what a program wrote to its standard error. */
  readonly kind?: "text" | "thinking" | "diagnostic";
  /** Cut anywhere between two characters. */
  readonly text?: string;
  /** Names the call in this session. */
  readonly call?: string;
  readonly tool?: string;
  /** JSON. */
  readonly input?: string;
  /** Of a tool: JSON. Of a task: what came out, in short. */
  readonly result?: string;
  readonly tokens?: number;
  readonly choices?: readonly SessionChoice[];
  /** Its id. */
  readonly choice?: string;
  readonly outcome?: SessionState;
}
export const sessionEvent: Decoder<SessionEventMessage> = record({
  type: choice("SessionEvent"),
  session: sessionId,
  sequence: integer(1),
  time: time,
  event: choice("task_queued", "task_started", "step_started", "step_ended", "progress", "output", "tool_started", "tool_ended", "tokens", "choices", "chosen", "task_ended"),
}, {
  missed: integer(1),
  task: text(),
  description: text(),
  step: text(),
  index: integer(0),
  count: integer(1),
  ok: flag,
  error: text(),
  percent: number({ from: 0, to: 100 }),
  kind: choice("text", "thinking", "diagnostic"),
  text: text(),
  call: text(),
  tool: text(),
  input: text(),
  result: text(),
  tokens: integer(0),
  choices: list(sessionChoice, 8),
  choice: text(),
  outcome: sessionState,
});

/** A session that the client followed has ended and is no longer kept. */
export interface SessionForgottenMessage {
  readonly type: "SessionForgotten";
  readonly session: SessionId;
}
export const sessionForgotten: Decoder<SessionForgottenMessage> = record({
  type: choice("SessionForgotten"),
  session: sessionId,
});

/** The answer to ListCodegen and FollowCodegen: everything, the tasks in the order of their files. */
export interface CodegenListMessage {
  readonly type: "CodegenList";
  /** The request's id, null if it had none. */
  readonly id: RequestId | null;
  readonly status: CodegenStatus;
  readonly changes: readonly CodegenChange[];
  readonly tasks: readonly CodegenTask[];
}
export const codegenList: Decoder<CodegenListMessage> = record({
  type: choice("CodegenList"),
  id: nullable(requestId),
  status: codegenStatus,
  changes: list(codegenChange),
  tasks: list(codegenTask),
});

/**
 * Tasks that are new or stand otherwise, and those that are in no file any more; told to who follows them. status
 * and changes are there if they may be others.
 */
export interface CodegenUpdateMessage {
  readonly type: "CodegenUpdate";
  readonly tasks: readonly CodegenTask[];
  readonly removed: readonly CodegenTaskId[];
  readonly status?: CodegenStatus;
  readonly changes?: readonly CodegenChange[];
}
export const codegenUpdate: Decoder<CodegenUpdateMessage> = record({
  type: choice("CodegenUpdate"),
  tasks: list(codegenTask),
  removed: list(codegenTaskId),
}, {
  status: codegenStatus,
  changes: list(codegenChange),
});

/**
 * The answer to RunCodegen, ApplyCodegen, DiscardCodegen and RevertCodegen: the task as it is then. What happens
 * in its session can be followed as in any other.
 */
export interface CodegenAnswerMessage {
  readonly type: "CodegenAnswer";
  /** The request's id, null if it had none. */
  readonly id: RequestId | null;
  readonly task: CodegenTask;
}
export const codegenAnswer: Decoder<CodegenAnswerMessage> = record({
  type: choice("CodegenAnswer"),
  id: nullable(requestId),
  task: codegenTask,
});

/** The answer to ShowCodegen. */
export interface CodegenDetailsMessage {
  readonly type: "CodegenDetails";
  /** The request's id, null if it had none. */
  readonly id: RequestId | null;
  readonly task: CodegenTask;
  /** As git writes it; empty: there is none. */
  readonly diff: string;
  /** The diff is longer than what is here. */
  readonly cut: boolean;
  /** That it changes. */
  readonly files: readonly string[];
  readonly checks: readonly CodegenCheck[];
  /** Of a task that is applied: the file beside its change. */
  readonly evidencePath: string;
  /** Its text, JSON. */
  readonly evidence: string;
}
export const codegenDetails: Decoder<CodegenDetailsMessage> = record({
  type: choice("CodegenDetails"),
  id: nullable(requestId),
  task: codegenTask,
  diff: text(),
  cut: flag,
  files: list(text()),
  checks: list(codegenCheck),
  evidencePath: text(),
  evidence: text(),
});

/** The answer to ReportCodegen: what came of all work, kept over restarts. */
export interface CodegenReportMessage {
  readonly type: "CodegenReport";
  /** The request's id, null if it had none. */
  readonly id: RequestId | null;
  /** When counting began. */
  readonly since: Time;
  /** By name. */
  readonly models: readonly CodegenModelReport[];
}
export const codegenReport: Decoder<CodegenReportMessage> = record({
  type: choice("CodegenReport"),
  id: nullable(requestId),
  since: time,
  models: list(codegenModelReport),
});

/**
 * JavaScript, or what belongs to it, was applied or taken back: a page that shows one of these files loads it
 * anew. Told to everybody who may see the world, once.
 */
export interface ReloadUpdateMessage {
  readonly type: "ReloadUpdate";
  readonly task: CodegenTaskId;
  /** Where that happened; empty: in the user's tree. */
  readonly branch: string;
  /** From the top of the repository. */
  readonly paths: readonly string[];
}
export const reloadUpdate: Decoder<ReloadUpdateMessage> = record({
  type: choice("ReloadUpdate"),
  task: codegenTaskId,
  branch: text(),
  paths: list(text()),
});

/**
 * Move a camera. Members of the pose that are left out keep their target value. The compositor clamps; the pose
 * that it took comes in a CameraUpdate whose cause names this request, also when nothing changed.
 */
export interface SetCameraMessage {
  readonly type: "SetCamera";
  readonly id?: RequestId;
  /** Needed only when there are several cameras; without it the first by name is meant. */
  readonly camera?: CameraName;
  readonly x?: number;
  readonly y?: number;
  readonly zoom?: number;
  readonly duration?: Duration;
  /** Names the writer, so that it can tell the echo of its own requests. */
  readonly origin?: string;
}
export const setCamera: Decoder<SetCameraMessage> = record({
  type: choice("SetCamera"),
}, {
  id: requestId,
  camera: cameraName,
  x: number({ from: -200000000000, to: 200000000000 }),
  y: number({ from: -200000000000, to: 200000000000 }),
  zoom: number({ above: 0, to: 4294 }),
  duration: duration,
  origin: text(undefined, 128),
}, ["x", "y", "zoom"]);

/** Stop a camera's animation where it is. */
export interface CancelCameraMessage {
  readonly type: "CancelCamera";
  readonly id?: RequestId;
  readonly camera?: CameraName;
  readonly origin?: string;
}
export const cancelCamera: Decoder<CancelCameraMessage> = record({
  type: choice("CancelCamera"),
}, {
  id: requestId,
  camera: cameraName,
  origin: text(undefined, 128),
});

/** Give a window the keyboard focus. */
export interface FocusMessage {
  readonly type: "Focus";
  readonly id?: RequestId;
  readonly window: WindowId;
}
export const focus: Decoder<FocusMessage> = record({
  type: choice("Focus"),
  window: windowId,
}, {
  id: requestId,
});

/** Ask a window to close. */
export interface CloseMessage {
  readonly type: "Close";
  readonly id?: RequestId;
  readonly window: WindowId;
}
export const close: Decoder<CloseMessage> = record({
  type: choice("Close"),
  window: windowId,
}, {
  id: requestId,
});

/** Put the top-left corner of a window's frame at a point of the world. */
export interface MoveMessage {
  readonly type: "Move";
  readonly id?: RequestId;
  readonly window: WindowId;
  readonly x: number;
  readonly y: number;
}
export const move: Decoder<MoveMessage> = record({
  type: choice("Move"),
  window: windowId,
  x: number({ from: -200000000000, to: 200000000000 }),
  y: number({ from: -200000000000, to: 200000000000 }),
}, {
  id: requestId,
});

/** Ask for a size of a window's frame, in world units. */
export interface ResizeMessage {
  readonly type: "Resize";
  readonly id?: RequestId;
  readonly window: WindowId;
  readonly width: number;
  readonly height: number;
}
export const resize: Decoder<ResizeMessage> = record({
  type: choice("Resize"),
  window: windowId,
  width: number({ from: 1, to: 65535 }),
  height: number({ from: 1, to: 65535 }),
}, {
  id: requestId,
});

/** Put a window above the others. */
export interface RaiseMessage {
  readonly type: "Raise";
  readonly id?: RequestId;
  readonly window: WindowId;
}
export const raise: Decoder<RaiseMessage> = record({
  type: choice("Raise"),
  window: windowId,
}, {
  id: requestId,
});

/** Put a window below the others. */
export interface LowerMessage {
  readonly type: "Lower";
  readonly id?: RequestId;
  readonly window: WindowId;
}
export const lower: Decoder<LowerMessage> = record({
  type: choice("Lower"),
  window: windowId,
}, {
  id: requestId,
});

/** Minimize a window, or show it again. */
export interface MinimizeMessage {
  readonly type: "Minimize";
  readonly id?: RequestId;
  readonly window: WindowId;
  readonly minimized: boolean;
}
export const minimize: Decoder<MinimizeMessage> = record({
  type: choice("Minimize"),
  window: windowId,
  minimized: flag,
}, {
  id: requestId,
});

/** Maximize a window, or restore it. */
export interface MaximizeMessage {
  readonly type: "Maximize";
  readonly id?: RequestId;
  readonly window: WindowId;
  readonly maximized: boolean;
}
export const maximize: Decoder<MaximizeMessage> = record({
  type: choice("Maximize"),
  window: windowId,
  maximized: flag,
}, {
  id: requestId,
});

/** Make a window cover an output, or restore it. */
export interface FullscreenMessage {
  readonly type: "Fullscreen";
  readonly id?: RequestId;
  readonly window: WindowId;
  readonly fullscreen: boolean;
  /** Whose output to cover; without it the compositor chooses. */
  readonly camera?: CameraName;
}
export const fullscreen: Decoder<FullscreenMessage> = record({
  type: choice("Fullscreen"),
  window: windowId,
  fullscreen: flag,
}, {
  id: requestId,
  camera: cameraName,
});

/** Centre a camera on a window. */
export interface CenterMessage {
  readonly type: "Center";
  readonly id?: RequestId;
  readonly window: WindowId;
  readonly camera?: CameraName;
  readonly duration?: Duration;
  readonly origin?: string;
}
export const center: Decoder<CenterMessage> = record({
  type: choice("Center"),
  window: windowId,
}, {
  id: requestId,
  camera: cameraName,
  duration: duration,
  origin: text(undefined, 128),
});

/** The pointer is at a point of the world. */
export interface MotionInput {
  readonly kind: "motion";
  readonly x: number;
  readonly y: number;
}
export const motionInput: Decoder<MotionInput> = record({
  kind: choice("motion"),
  x: number({ from: -200000000000, to: 200000000000 }),
  y: number({ from: -200000000000, to: 200000000000 }),
});

/** A button of the pointer. */
export interface ButtonInput {
  readonly kind: "button";
  /** As MouseEvent.button: 0 the main one, 1 the wheel, 2 the second one, 3 back, 4 forward. */
  readonly button: number;
  readonly pressed: boolean;
}
export const buttonInput: Decoder<ButtonInput> = record({
  kind: choice("button"),
  button: integer(0, 4),
  pressed: flag,
});

/** Scrolls; positive is to the right and downward. */
export interface WheelInput {
  readonly kind: "wheel";
  /** Distance in the window's own units, as WheelEvent.deltaX in pixels. Left out: 15 for each click. */
  readonly deltaX?: number;
  /** Like deltaX, vertically. */
  readonly deltaY?: number;
  /** Clicks of a wheel, in steps of 1/120. Left out by what has no clicks, such as a touchpad. */
  readonly clicksX?: number;
  /** Like clicksX, vertically. */
  readonly clicksY?: number;
}
export const wheelInput: Decoder<WheelInput> = record({
  kind: choice("wheel"),
}, {
  deltaX: number({ from: -10000, to: 10000 }),
  deltaY: number({ from: -10000, to: 10000 }),
  clicksX: number({ from: -100, to: 100 }),
  clicksY: number({ from: -100, to: 100 }),
}, ["deltaX", "deltaY", "clicksX", "clicksY"]);

/** A physical key. What it means is up to the keymap of the compositor. */
export interface KeyInput {
  readonly kind: "key";
  /** As KeyboardEvent.code, such as KeyA. Keys that repeat are pressed once. */
  readonly code: string;
  readonly pressed: boolean;
}
export const keyInput: Decoder<KeyInput> = record({
  kind: choice("key"),
  code: text(1, 64),
  pressed: flag,
});

/** A text is typed, independent of the keymap. */
export interface TextInput {
  readonly kind: "text";
  readonly text: string;
}
export const textInput: Decoder<TextInput> = record({
  kind: choice("text"),
  text: text(1, 4096),
});

/**
 * Chosen by the client, unique among its touch points that are down. Touch.identifier and PointerEvent.pointerId
 * fit.
 */
export type TouchId = number;
export const touchId: Decoder<TouchId> = integer(-2147483648, 2147483647);

/** A touch point comes down or moves. */
export interface TouchPointInput {
  readonly kind: "touch";
  readonly phase: "down" | "motion";
  readonly id: TouchId;
  readonly x: number;
  readonly y: number;
}
export const touchPointInput: Decoder<TouchPointInput> = record({
  kind: choice("touch"),
  phase: choice("down", "motion"),
  id: touchId,
  x: number({ from: -200000000000, to: 200000000000 }),
  y: number({ from: -200000000000, to: 200000000000 }),
});

/** A touch point ends. */
export interface TouchUpInput {
  readonly kind: "touch";
  readonly phase: "up";
  readonly id: TouchId;
}
export const touchUpInput: Decoder<TouchUpInput> = record({
  kind: choice("touch"),
  phase: choice("up"),
  id: touchId,
});

/** All touch points of this client are void. */
export interface TouchCancelInput {
  readonly kind: "touch";
  readonly phase: "cancel";
}
export const touchCancelInput: Decoder<TouchCancelInput> = record({
  kind: choice("touch"),
  phase: choice("cancel"),
});

export type InputEvent = MotionInput | ButtonInput | WheelInput | KeyInput | TextInput | TouchPointInput | TouchUpInput | TouchCancelInput;
export const inputEvent: Decoder<InputEvent> = union(motionInput, buttonInput, wheelInput, keyInput, textInput, touchPointInput, touchUpInput, touchCancelInput);

/**
 * Pointer, keys, text, and touch, as if from devices of this client's own. Keys and text go to the window with
 * the keyboard focus, the others to what is visible at a point of the map. The events of one message happen at
 * the same time. What a client presses stays pressed until it releases it; when its connection ends, all of it is
 * released. Pressing what is pressed and releasing what is not is ignored. Not all clients may do this: see input
 * among the capabilities.
 */
export interface InputMessage {
  readonly type: "Input";
  readonly id?: RequestId;
  /** In the order in which they happen. The texts among them have 4096 bytes of UTF-8 at most, together. */
  readonly events: readonly InputEvent[];
}
export const input: Decoder<InputMessage> = record({
  type: choice("Input"),
  events: list(inputEvent, 64),
}, {
  id: requestId,
});

/**
 * Begin a session of a type that there is; see SessionList. It starts when it is its turn. Answered with
 * SessionSpawned, or Error busy if too many wait.
 */
export interface SpawnSessionMessage {
  readonly type: "SpawnSession";
  readonly id?: RequestId;
  readonly sessionType: string;
  /** What is to be done, in words. */
  readonly task?: string;
  /** By name, as the type of session asks for them. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly priority?: SessionPriority;
  /** Who it is for; by default this connection. */
  readonly owner?: string;
}
export const spawnSession: Decoder<SpawnSessionMessage> = record({
  type: choice("SpawnSession"),
  sessionType: text(1, 128),
}, {
  id: requestId,
  task: text(undefined, 65536),
  parameters: dictionary(text(), text(undefined, 65536), 64),
  priority: sessionPriority,
  owner: text(undefined, 128),
});

/** Give a session that has ended another task, and follow it. */
export interface RunTaskMessage {
  readonly type: "RunTask";
  readonly id?: RequestId;
  readonly session: SessionId;
  /** What is to be done, in words. */
  readonly task?: string;
  /** By name, as the type of session asks for them. */
  readonly parameters?: Readonly<Record<string, string>>;
}
export const runTask: Decoder<RunTaskMessage> = record({
  type: choice("RunTask"),
  session: sessionId,
}, {
  id: requestId,
  task: text(undefined, 65536),
  parameters: dictionary(text(), text(undefined, 65536), 64),
});

/** End what a session does. Acknowledged at once; task_ended tells when it has ended. */
export interface CancelSessionMessage {
  readonly type: "CancelSession";
  readonly id?: RequestId;
  readonly session: SessionId;
}
export const cancelSession: Decoder<CancelSessionMessage> = record({
  type: choice("CancelSession"),
  session: sessionId,
}, {
  id: requestId,
});

/**
 * Pick one of the choices that a session offers; it goes on with that. Error not_found if it does not offer it,
 * or somebody was faster.
 */
export interface ChooseSessionMessage {
  readonly type: "ChooseSession";
  readonly id?: RequestId;
  readonly session: SessionId;
  /** Its id. */
  readonly choice: string;
}
export const chooseSession: Decoder<ChooseSessionMessage> = record({
  type: choice("ChooseSession"),
  session: sessionId,
  choice: text(1, 64),
}, {
  id: requestId,
});

/** Stop keeping a session that has ended. */
export interface ForgetSessionMessage {
  readonly type: "ForgetSession";
  readonly id?: RequestId;
  readonly session: SessionId;
}
export const forgetSession: Decoder<ForgetSessionMessage> = record({
  type: choice("ForgetSession"),
  session: sessionId,
}, {
  id: requestId,
});

/** Asks for a SessionList. */
export interface ListSessionsMessage {
  readonly type: "ListSessions";
  readonly id?: RequestId;
}
export const listSessions: Decoder<ListSessionsMessage> = record({
  type: choice("ListSessions"),
}, {
  id: requestId,
});

/**
 * From now on be told what happens in a session, and what has happened after the event with the sequence number
 * since. Without session: in all sessions, from now on. A session that the client follows already goes on where
 * it is.
 */
export interface FollowSessionMessage {
  readonly type: "FollowSession";
  readonly id?: RequestId;
  readonly session?: SessionId;
  /** 0, the default: everything that is kept. */
  readonly since?: number;
}
export const followSession: Decoder<FollowSessionMessage> = record({
  type: choice("FollowSession"),
}, {
  id: requestId,
  session: sessionId,
  since: integer(0),
});

/** No longer be told of a session, or of any. */
export interface UnfollowSessionMessage {
  readonly type: "UnfollowSession";
  readonly id?: RequestId;
  readonly session?: SessionId;
}
export const unfollowSession: Decoder<UnfollowSessionMessage> = record({
  type: choice("UnfollowSession"),
}, {
  id: requestId,
  session: sessionId,
});

/** Asks for a CodegenList. */
export interface ListCodegenMessage {
  readonly type: "ListCodegen";
  readonly id?: RequestId;
}
export const listCodegen: Decoder<ListCodegenMessage> = record({
  type: choice("ListCodegen"),
}, {
  id: requestId,
});

/** From now on be told what changes about the tasks, as CodegenUpdate. Answered with a CodegenList. */
export interface FollowCodegenMessage {
  readonly type: "FollowCodegen";
  readonly id?: RequestId;
}
export const followCodegen: Decoder<FollowCodegenMessage> = record({
  type: choice("FollowCodegen"),
}, {
  id: requestId,
});

/** No longer be told. */
export interface UnfollowCodegenMessage {
  readonly type: "UnfollowCodegen";
  readonly id?: RequestId;
}
export const unfollowCodegen: Decoder<UnfollowCodegenMessage> = record({
  type: choice("UnfollowCodegen"),
}, {
  id: requestId,
});

/** Asks for the CodegenDetails of a task, its diff among them. */
export interface ShowCodegenMessage {
  readonly type: "ShowCodegen";
  readonly id?: RequestId;
  readonly task: CodegenTaskId;
}
export const showCodegen: Decoder<ShowCodegenMessage> = record({
  type: choice("ShowCodegen"),
  task: codegenTaskId,
}, {
  id: requestId,
});

/**
 * Have a model work on a task, in a session of the type codegen. Answered with CodegenAnswer as soon as the
 * session waits for its turn.
 */
export interface RunCodegenMessage {
  readonly type: "RunCodegen";
  readonly id?: RequestId;
  readonly task: CodegenTaskId;
}
export const runCodegen: Decoder<RunCodegenMessage> = record({
  type: choice("RunCodegen"),
  task: codegenTaskId,
}, {
  id: requestId,
});

/** Apply the changes of a task in review, and tick it. Answered when that is done. */
export interface ApplyCodegenMessage {
  readonly type: "ApplyCodegen";
  readonly id?: RequestId;
  readonly task: CodegenTaskId;
}
export const applyCodegen: Decoder<ApplyCodegenMessage> = record({
  type: choice("ApplyCodegen"),
  task: codegenTaskId,
}, {
  id: requestId,
});

/** Drop the changes of a task in review. */
export interface DiscardCodegenMessage {
  readonly type: "DiscardCodegen";
  readonly id?: RequestId;
  readonly task: CodegenTaskId;
}
export const discardCodegen: Decoder<DiscardCodegenMessage> = record({
  type: choice("DiscardCodegen"),
  task: codegenTaskId,
}, {
  id: requestId,
});

/** Take back the changes of an applied task, and its tick. */
export interface RevertCodegenMessage {
  readonly type: "RevertCodegen";
  readonly id?: RequestId;
  readonly task: CodegenTaskId;
}
export const revertCodegen: Decoder<RevertCodegenMessage> = record({
  type: choice("RevertCodegen"),
  task: codegenTaskId,
}, {
  id: requestId,
});

/** Asks for a CodegenReport. */
export interface ReportCodegenMessage {
  readonly type: "ReportCodegen";
  readonly id?: RequestId;
}
export const reportCodegen: Decoder<ReportCodegenMessage> = record({
  type: choice("ReportCodegen"),
}, {
  id: requestId,
});

/**
 * Shows a token, where one is needed and the handshake had none (in Authorization: Bearer, in x-api-key, or in
 * the cookie of the page). Answered with Ack and Hello; a wrong one with Error unauthorized and the end of the
 * connection.
 */
export interface AuthMessage {
  readonly type: "Auth";
  readonly id?: RequestId;
  readonly token: string;
}
export const auth: Decoder<AuthMessage> = record({
  type: choice("Auth"),
  token: text(1, 512),
}, {
  id: requestId,
});

/** Put a brick on a cell, now. Acknowledged when it is safe on the disk; see Ack. */
export interface PutTileMessage {
  readonly type: "PutTile";
  readonly id?: RequestId;
  readonly x: CellCoordinate;
  readonly y: CellCoordinate;
  readonly brick: Brick;
}
export const putTile: Decoder<PutTileMessage> = record({
  type: choice("PutTile"),
  x: cellCoordinate,
  y: cellCoordinate,
  brick: brick,
}, {
  id: requestId,
});

/** Remove the brick of a cell, now; acknowledged also if there is none. */
export interface RemoveTileMessage {
  readonly type: "RemoveTile";
  readonly id?: RequestId;
  readonly x: CellCoordinate;
  readonly y: CellCoordinate;
}
export const removeTile: Decoder<RemoveTileMessage> = record({
  type: choice("RemoveTile"),
  x: cellCoordinate,
  y: cellCoordinate,
}, {
  id: requestId,
});

/** Asks for a Pong. */
export interface PingMessage {
  readonly type: "Ping";
  readonly id?: RequestId;
}
export const ping: Decoder<PingMessage> = record({
  type: choice("Ping"),
}, {
  id: requestId,
});

/**
 * From now on only a part of the world, at most so often. A member that is left out means no restriction.
 * Answered by a Snapshot of that part. Until a client subscribes, it is told everything, as soon as it happens.
 */
export interface SubscribeMessage {
  readonly type: "Subscribe";
  readonly id?: RequestId;
  /** Which kinds of things. */
  readonly kinds?: readonly ("cameras" | "windows" | "tiles")[];
  /**
   * Only cameras and windows of these compositors, where several are shown together. At the path /c/NAME,NAME a
   * client is subscribed to those when it comes.
   */
  readonly compositors?: readonly CompositorName[];
  /** Only these cameras. */
  readonly cameras?: readonly CameraName[];
  /**
   * Only windows and tiles that touch this part of the map, and windows in the screen space. A window that leaves
   * it is reported as removed.
   */
  readonly area?: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  /** Updates per second at most. The newest state is always sent in the end. */
  readonly maxRate?: number;
}
export const subscribe: Decoder<SubscribeMessage> = record({
  type: choice("Subscribe"),
}, {
  id: requestId,
  kinds: list(choice("cameras", "windows", "tiles"), 64),
  compositors: list(compositorName, 64),
  cameras: list(cameraName, 64),
  area: record({
    x: number({ from: -200000000000, to: 200000000000 }),
    y: number({ from: -200000000000, to: 200000000000 }),
    width: number({ from: 0, to: 400000000000 }),
    height: number({ from: 0, to: 400000000000 }),
  }),
  maxRate: number({ from: 0.1, to: 1000 }),
});

/**
 * The client has the state of this revision of this instance of the server. A client that reconnects says so in
 * the URL instead (?instance=…&revision=…), so that it is not sent a Snapshot first. Answered by what changed
 * since, in one update for each kind of thing, or by a Snapshot if that is not known any more or the instance is
 * another one. Nothing is sent if nothing changed.
 */
export interface ResumeMessage {
  readonly type: "Resume";
  readonly id?: RequestId;
  readonly revision: Revision;
  /** As it was in Hello. */
  readonly instance: string;
}
export const resume: Decoder<ResumeMessage> = record({
  type: choice("Resume"),
  revision: revision,
  instance: text(1, 128),
}, {
  id: requestId,
});

export type ServerMessage =
  | HelloMessage
  | SnapshotMessage
  | CompositorUpdateMessage
  | CameraUpdateMessage
  | WindowUpdateMessage
  | ManifestUpdateMessage
  | AckMessage
  | ErrorMessage
  | PongMessage
  | SessionSpawnedMessage
  | SessionListMessage
  | SessionEventMessage
  | SessionForgottenMessage
  | CodegenListMessage
  | CodegenUpdateMessage
  | CodegenAnswerMessage
  | CodegenDetailsMessage
  | CodegenReportMessage
  | ReloadUpdateMessage;

export const serverMessages = {
  Hello: hello,
  Snapshot: snapshot,
  CompositorUpdate: compositorUpdate,
  CameraUpdate: cameraUpdate,
  WindowUpdate: windowUpdate,
  ManifestUpdate: manifestUpdate,
  Ack: ack,
  Error: error,
  Pong: pong,
  SessionSpawned: sessionSpawned,
  SessionList: sessionList,
  SessionEvent: sessionEvent,
  SessionForgotten: sessionForgotten,
  CodegenList: codegenList,
  CodegenUpdate: codegenUpdate,
  CodegenAnswer: codegenAnswer,
  CodegenDetails: codegenDetails,
  CodegenReport: codegenReport,
  ReloadUpdate: reloadUpdate,
};

export type ClientMessage =
  | SetCameraMessage
  | CancelCameraMessage
  | FocusMessage
  | CloseMessage
  | MoveMessage
  | ResizeMessage
  | RaiseMessage
  | LowerMessage
  | MinimizeMessage
  | MaximizeMessage
  | FullscreenMessage
  | CenterMessage
  | InputMessage
  | PutTileMessage
  | RemoveTileMessage
  | SpawnSessionMessage
  | RunTaskMessage
  | CancelSessionMessage
  | ChooseSessionMessage
  | ForgetSessionMessage
  | ListSessionsMessage
  | FollowSessionMessage
  | UnfollowSessionMessage
  | ListCodegenMessage
  | FollowCodegenMessage
  | UnfollowCodegenMessage
  | ShowCodegenMessage
  | RunCodegenMessage
  | ApplyCodegenMessage
  | DiscardCodegenMessage
  | RevertCodegenMessage
  | ReportCodegenMessage
  | SubscribeMessage
  | ResumeMessage
  | AuthMessage
  | PingMessage;

export const clientMessages = {
  SetCamera: setCamera,
  CancelCamera: cancelCamera,
  Focus: focus,
  Close: close,
  Move: move,
  Resize: resize,
  Raise: raise,
  Lower: lower,
  Minimize: minimize,
  Maximize: maximize,
  Fullscreen: fullscreen,
  Center: center,
  Input: input,
  PutTile: putTile,
  RemoveTile: removeTile,
  SpawnSession: spawnSession,
  RunTask: runTask,
  CancelSession: cancelSession,
  ChooseSession: chooseSession,
  ForgetSession: forgetSession,
  ListSessions: listSessions,
  FollowSession: followSession,
  UnfollowSession: unfollowSession,
  ListCodegen: listCodegen,
  FollowCodegen: followCodegen,
  UnfollowCodegen: unfollowCodegen,
  ShowCodegen: showCodegen,
  RunCodegen: runCodegen,
  ApplyCodegen: applyCodegen,
  DiscardCodegen: discardCodegen,
  RevertCodegen: revertCodegen,
  ReportCodegen: reportCodegen,
  Subscribe: subscribe,
  Resume: resume,
  Auth: auth,
  Ping: ping,
};
