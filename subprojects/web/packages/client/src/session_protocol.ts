/**
 * The messages of the orchestrator's dialect. Older servers say `session`, `data` or `status` where newer ones say
 * `payload`; both are read. What a server leaves out of a session is not made up: only what names things is required.
 */
import { choice, DecodeError, dictionary, flag, integer, number, record, text, union } from "./decode.ts";
import type { Decoder, Infer } from "./decode.ts";

const any: Decoder<unknown> = { decode: (value) => value };
const json = dictionary(text(), any);
const numbers = dictionary(text(), number());

const taskDecoder = record(
  {},
  { id: text(), type: text(), description: text(), priority: text(), status: text(), createdAt: text(), updatedAt: text() },
);
const sessionStatus = choice("initializing", "running", "paused", "completed", "failed", "terminated");
const sessionDecoder = record(
  { id: text(1), status: sessionStatus },
  { orchestratorId: text(), task: union(taskDecoder, text()), type: text(), startedAt: text(), endedAt: text(), metrics: numbers },
);
const subsystem = record({ status: text() });
const daemonStatusDecoder = record(
  { status: text() },
  {
    uptime: number(),
    activeSessions: integer(0),
    queuedTasks: integer(0),
    metrics: numbers,
    subsystems: dictionary(text(), subsystem),
  },
);
const streamChunkDecoder = record(
  { sessionId: text(1), chunk: text() },
  { metadata: record({}, { type: choice("text", "thinking", "tool_use"), index: integer(0) }) },
);
const toolCallDecoder = record(
  { sessionId: text(1), toolName: text(), status: choice("started", "completed", "failed") },
  { toolInput: any, timestamp: text(), result: any, error: any },
);

export type Task = Infer<typeof taskDecoder>;
export type SessionStatus = Infer<typeof sessionStatus>;
export type Session = Infer<typeof sessionDecoder>;
export type DaemonStatus = Infer<typeof daemonStatusDecoder>;
export type StreamChunk = Infer<typeof streamChunkDecoder>;
export type ToolCall = Infer<typeof toolCallDecoder>;

export interface SpawnSessionPayload {
  readonly orchestratorId: string;
  readonly task: Task | string;
  readonly sessionType: string;
  readonly memoryProfile?: string;
}

export interface ExecuteTaskPayload {
  readonly sessionId: string;
  readonly task: Task | string;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly streamResponse?: boolean;
}

export type SessionRequest =
  | { readonly type: "ping" | "health_check" | "list_sessions" | "daemon_status" }
  | { readonly type: "auth"; readonly token: string }
  | { readonly type: "spawn_session"; readonly payload: SpawnSessionPayload }
  | { readonly type: "execute_task"; readonly payload: ExecuteTaskPayload }
  | { readonly type: "session_status" | "stop_session"; readonly payload: { readonly sessionId: string } };

/** What happens, by name, as listeners get it. */
export interface SessionEvents {
  readonly pong: null;
  readonly health_check_response: { readonly healthy: boolean };
  readonly session_spawned: Session;
  readonly session_status_update: Session;
  readonly stream_start: { readonly sessionId: string; readonly metadata?: Readonly<Record<string, unknown>> };
  readonly stream_chunk: StreamChunk;
  readonly stream_end: { readonly sessionId: string };
  readonly tool_call_start: ToolCall;
  readonly tool_call_result: ToolCall;
  readonly task_executing: { readonly sessionId: string; readonly taskId: string };
  readonly task_completed: { readonly sessionId: string; readonly taskId: string; readonly result?: unknown };
  readonly task_failed: { readonly sessionId: string; readonly taskId: string; readonly error?: unknown };
  readonly daemon_status_update: DaemonStatus;
  readonly error: { readonly error: string; readonly code?: string; readonly sessionId?: string };
}

export type SessionEventName = keyof SessionEvents;
export type SessionEvent = { [N in SessionEventName]: { readonly name: N; readonly value: SessionEvents[N] } }[SessionEventName];

/** Reads a member, or `payload` in its place. */
function member<T>(name: string, inner: Decoder<T>): Decoder<T> {
  const outer = record({}, { [name]: any, payload: any });
  return {
    decode(value, at) {
      const message = outer.decode(value, at) as Readonly<Record<string, unknown>>;
      return name in message || !("payload" in message) ? inner.decode(message[name], name) : inner.decode(message["payload"], "payload");
    },
  };
}

/** Reads the message itself, or `payload` if that is an object. */
function whole<T>(inner: Decoder<T>): Decoder<T> {
  const outer = record({}, { payload: json });
  return { decode: (value, at) => inner.decode({ ...outer.decode(value, at).payload, ...(value as object) }, at) };
}

const errorText: Decoder<string> = {
  decode(value, at) {
    return typeof value === "object" && value !== null ? record({ message: text() }).decode(value, at).message : text().decode(value, at);
  },
};
const taskEvent = { sessionId: text(1), taskId: text() };

const decoders: { readonly [N in SessionEventName]: Decoder<SessionEvents[N]> } = {
  pong: { decode: () => null },
  health_check_response: whole(record({ healthy: flag })),
  session_spawned: member("session", sessionDecoder),
  session_status_update: member("session", sessionDecoder),
  stream_start: whole(record({ sessionId: text(1) }, { metadata: json })),
  stream_chunk: member("data", streamChunkDecoder),
  stream_end: whole(record({ sessionId: text(1) })),
  tool_call_start: member("data", toolCallDecoder),
  tool_call_result: member("data", toolCallDecoder),
  task_executing: whole(record(taskEvent)),
  task_completed: whole(record(taskEvent, { result: any })),
  task_failed: whole(record(taskEvent, { error: any })),
  daemon_status_update: member("status", daemonStatusDecoder),
  error: whole(record({ error: errorText }, { code: text(), sessionId: text() })),
};

const typed = record({ type: text() });

/** Reads one frame; null for a type that is not known. Throws DecodeError. */
export function decodeSessionEvent(frame: unknown): SessionEvent | null {
  if (typeof frame !== "string") throw new DecodeError("", "must be a text frame");
  let message: unknown;
  try {
    message = JSON.parse(frame);
  } catch {
    throw new DecodeError("", "is not JSON");
  }
  const { type } = typed.decode(message, "");
  if (!Object.hasOwn(decoders, type)) return null;
  const name = type as SessionEventName;
  return { name, value: decoders[name].decode(message, "") } as SessionEvent;
}
