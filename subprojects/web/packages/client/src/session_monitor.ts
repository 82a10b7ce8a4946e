/** What one session said and did since it is watched: its output, its thoughts and its tools. */
import type { SessionClient } from "./session_client.ts";
import type { SessionEventName, SessionEvents, ToolCall } from "./session_protocol.ts";
import type { Dispose } from "./store.ts";

export interface SessionActivity {
  readonly streamOutput: string;
  readonly thinking: string;
  readonly toolCalls: readonly ToolCall[];
  readonly streaming: boolean;
  readonly error: string | null;
}

const nothing: SessionActivity = { streamOutput: "", thinking: "", toolCalls: [], streaming: false, error: null };

/** Of longer texts and lists the end is kept: a session may run for days. */
const LONGEST_TEXT = 1_000_000;
const MOST_CALLS = 1000;

const longer = (before: string, chunk: string): string => (before + chunk).slice(-LONGEST_TEXT);

function withCall(calls: readonly ToolCall[], call: ToolCall): readonly ToolCall[] {
  // A result takes the place of its beginning: the oldest call of that tool that has not ended.
  const at = call.status === "started" ? -1 : calls.findIndex((each) => each.toolName === call.toolName && each.status === "started");
  return at === -1 ? [...calls, call].slice(-MOST_CALLS) : calls.with(at, { ...calls[at], ...call });
}

export class SessionMonitor {
  readonly #client: SessionClient;
  readonly #sessionId: string;
  readonly #listeners = new Set<() => void>();
  #disposes: Dispose[] = [];
  #activity: SessionActivity = nothing;

  constructor(client: SessionClient, sessionId: string) {
    this.#client = client;
    this.#sessionId = sessionId;
  }

  get activity(): SessionActivity {
    return this.#activity;
  }

  /** Watches as long as somebody is subscribed. */
  subscribe(listener: () => void): Dispose {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#watch();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      for (const dispose of this.#disposes) dispose();
      this.#disposes = [];
    };
  }

  clear(): void {
    this.#update({ ...nothing, streaming: this.#activity.streaming });
  }

  #watch(): void {
    const on = <N extends Exclude<SessionEventName, "pong">>(name: N, react: (value: SessionEvents[N]) => Partial<SessionActivity>): void => {
      const mine = (value: SessionEvents[N]): boolean => (value as { readonly sessionId?: string }).sessionId === this.#sessionId;
      this.#disposes.push(this.#client.on(name, (value) => mine(value) && this.#update(react(value))));
    };
    on("stream_start", () => ({ streaming: true, error: null }));
    on("stream_end", () => ({ streaming: false }));
    on("stream_chunk", ({ chunk, metadata }) => {
      if (metadata?.type === "thinking") return { thinking: longer(this.#activity.thinking, chunk) };
      return metadata?.type === "tool_use" ? {} : { streamOutput: longer(this.#activity.streamOutput, chunk) };
    });
    on("tool_call_start", (call) => ({ toolCalls: withCall(this.#activity.toolCalls, call) }));
    on("tool_call_result", (call) => ({ toolCalls: withCall(this.#activity.toolCalls, call) }));
    on("task_failed", ({ error }) => ({ streaming: false, error: typeof error === "string" ? error : JSON.stringify(error ?? "the task failed") }));
    on("error", ({ error }) => ({ error }));
  }

  #update(changes: Partial<SessionActivity>): void {
    this.#activity = { ...this.#activity, ...changes };
    for (const listener of [...this.#listeners]) listener();
  }
}
