/**
 * What happens in sessions of compositord.v1, and what follows from it. The schema has one message for all events;
 * here each kind of event has the members that belong to it.
 */
import { choice, flag, integer, list, number, record, text } from "./decode.ts";
import type { Decoder, Infer } from "./decode.ts";
import { sessionChoice, sessionState } from "./protocol.generated.ts";
import type { Session, SessionEventMessage, SessionForgottenMessage } from "./protocol.generated.ts";

const happenings = {
  task_queued: record({ task: text(), description: text() }),
  task_started: record({ task: text() }),
  step_started: record({ step: text(), index: integer(0), count: integer(1) }),
  step_ended: record({ step: text(), ok: flag }, { error: text() }),
  progress: record({ step: text(), percent: number({ from: 0, to: 100 }) }),
  output: record({ kind: choice("text", "thinking", "diagnostic"), text: text() }),
  tool_started: record({ call: text(), tool: text(), input: text() }),
  tool_ended: record({ call: text(), tool: text(), ok: flag }, { result: text(), error: text() }),
  tokens: record({ tokens: integer(0) }),
  choices: record({ choices: list(sessionChoice, 8) }),
  chosen: record({ choice: text() }),
  task_ended: record({ task: text(), outcome: sessionState, result: text() }, { error: text() }),
} satisfies { readonly [K in SessionEventMessage["event"]]: Decoder<object> };

type Happening = { [K in keyof typeof happenings]: { readonly event: K } & Infer<(typeof happenings)[K]> }[keyof typeof happenings];

/** `missed` events before this one are no longer kept, and were not told. */
export type FollowedEvent = Pick<SessionEventMessage, "type" | "session" | "sequence" | "time"> & { readonly missed: number } & Happening;

/** What is told of sessions that are followed. */
export type SessionMessage = FollowedEvent | SessionForgottenMessage;

/** Throws DecodeError if a member is not there that this kind of event has. */
export function readSessionEvent(message: SessionEventMessage): FollowedEvent {
  const { type, session, sequence, time, event, missed = 0 } = message;
  return { type, session, sequence, time, missed, event, ...happenings[event].decode(message, "") } as FollowedEvent;
}

export const hasEnded = ({ state }: Pick<Session, "state">): boolean => state !== "queued" && state !== "running";

/** As the server tells of one that waits for nobody. */
function decided(session: Session): Session {
  const { choices, ...others } = session;
  return choices === undefined ? session : others;
}

/** The session after the event; itself if it knew of that already. */
export function sessionAfter(session: Session, event: FollowedEvent): Session {
  if (event.sequence <= session.sequence) return session;
  const told = { ...session, sequence: event.sequence };
  switch (event.event) {
    case "task_queued":
      return { ...decided(told), task: { id: event.task, description: event.description }, state: "queued", started: null, ended: null, step: "", percent: 0, result: "", error: "" };
    case "task_started":
      return { ...told, state: "running", started: event.time };
    case "step_started":
      return { ...told, step: event.step };
    case "progress":
      return { ...told, percent: event.percent };
    case "tokens":
      return { ...told, tokens: session.tokens + event.tokens };
    case "choices":
      return { ...told, choices: event.choices };
    case "chosen":
    case "step_ended":
      return decided(told);
    case "task_ended":
      return { ...decided(told), state: event.outcome, ended: event.time, result: event.result, error: event.error ?? "" };
    case "output":
    case "tool_started":
    case "tool_ended":
      return told;
  }
}
