/** What a session of compositord.v1 said and did, made from its events: a pure reducer. */
import type { FollowedEvent } from "./session_events.ts";

export interface LoggedStep {
  readonly step: string;
  readonly state: "running" | "ok" | "failed";
  readonly error: string;
}

export interface LoggedCall {
  readonly call: string;
  readonly tool: string;
  /** JSON. */
  readonly input: string;
  readonly state: "running" | "ok" | "failed";
  /** JSON if it is ok; what went wrong, in words, if it failed. */
  readonly result: string;
}

export interface SessionLog {
  /** Of the last event that is in it; 0 before the first. */
  readonly sequence: number;
  /** Events that are in none of the others, since the server did not keep them. */
  readonly missed: number;
  readonly text: string;
  readonly thinking: string;
  readonly diagnostic: string;
  readonly steps: readonly LoggedStep[];
  readonly calls: readonly LoggedCall[];
}

export const emptyLog: SessionLog = { sequence: 0, missed: 0, text: "", thinking: "", diagnostic: "", steps: [], calls: [] };

/** Of longer texts and lists the end is kept: a session may run for days. */
const LONGEST_TEXT = 1_000_000;
const MOST = 1000;

/** What began most recently under this name, and has not ended. */
function replaceRunning<T extends { readonly state: string }>(list: readonly T[], is: (each: T) => boolean, ended: T): readonly T[] {
  const at = list.findLastIndex((each) => each.state === "running" && is(each));
  return at === -1 ? [...list, ended].slice(-MOST) : list.with(at, ended);
}

function changes(log: SessionLog, event: FollowedEvent): Partial<SessionLog> {
  switch (event.event) {
    case "task_queued":
      return { steps: [], calls: [] };
    case "output":
      return { [event.kind]: (log[event.kind] + event.text).slice(-LONGEST_TEXT) };
    case "step_started":
      return { steps: [...log.steps, { step: event.step, state: "running" as const, error: "" }].slice(-MOST) };
    case "step_ended":
      return { steps: replaceRunning(log.steps, ({ step }) => step === event.step, { step: event.step, state: event.ok ? "ok" : "failed", error: event.error ?? "" }) };
    case "tool_started":
      return { calls: [...log.calls, { call: event.call, tool: event.tool, input: event.input, state: "running" as const, result: "" }].slice(-MOST) };
    case "tool_ended": {
      const { call, tool, ok } = event;
      const input = log.calls.findLast((each) => each.call === call)?.input ?? "";
      return { calls: replaceRunning(log.calls, (each) => each.call === call, { call, tool, input, state: ok ? "ok" : "failed", result: (ok ? event.result : event.error) ?? "" }) };
    }
    case "task_started":
    case "progress":
    case "tokens":
    case "choices":
    case "chosen":
    case "task_ended":
      return {};
  }
}

/** One that was told already begins the log anew: a server that was restarted tells from the beginning. */
export function logAfter(log: SessionLog, event: FollowedEvent): SessionLog {
  const before = event.sequence <= log.sequence ? emptyLog : log;
  return { ...before, ...changes(before, event), sequence: event.sequence, missed: before.missed + event.missed };
}
