/** Against a small server that tells of sessions as compositord does: followed from a number on, or all from now on. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import type { WebSocket as ServerSocket } from "ws";
import { Connection, emptyLog, logAfter, sessionAfter, Sessions } from "../src/index.ts";
import type { ClientMessage, DecodeError, Failure, FollowedEvent, SessionEventMessage, SessionLog, V1Session, WebSocketClass } from "../src/index.ts";
import { hello } from "./samples.ts";

type Happening = Pick<SessionEventMessage, "event"> & Partial<SessionEventMessage>;

const fresh: V1Session = {
  id: "s1",
  sessionType: "greet",
  owner: "client 1",
  priority: "normal",
  state: "queued",
  task: { id: "t1", description: "good morning" },
  created: 1000,
  started: null,
  ended: null,
  step: "",
  percent: 0,
  result: "",
  error: "",
  tokens: 0,
  sequence: 0,
};
const story: readonly Happening[] = [
  { event: "task_queued", task: "t1", description: "good morning" },
  { event: "task_started", task: "t1" },
  { event: "step_started", step: "think", index: 0, count: 2 },
  { event: "output", kind: "thinking", text: "hm" },
  { event: "tool_started", call: "c1", tool: "read", input: '{"path":"a"}' },
  { event: "tool_ended", call: "c1", tool: "read", ok: false, error: "no such file" },
  { event: "step_ended", step: "think", ok: true },
  { event: "tokens", tokens: 12 },
  { event: "progress", step: "think", percent: 50 },
  { event: "step_started", step: "greet", index: 1, count: 2 },
  { event: "output", kind: "text", text: "Hello, " },
  { event: "output", kind: "text", text: "you" },
  { event: "output", kind: "diagnostic", text: "warning" },
  { event: "step_ended", step: "greet", ok: false, error: "it ended with status 3" },
  { event: "task_ended", task: "t1", outcome: "failed", result: "", error: "greet: it ended with status 3" },
];

/** The part of the server that is about sessions: src/web/session_desk.cpp in short. */
class Desk {
  readonly asked: ClientMessage[] = [];
  grants = hello.grants;
  instance = "the first run";
  history: SessionEventMessage[] = [];
  /** What no longer is kept. */
  dropped = 0;
  answers = true;
  /** Called between two requests of a client. */
  between: (() => void) | null = null;
  #socket: ServerSocket | null = null;
  #all = false;
  #told: number | null = null;

  greet(socket: ServerSocket): void {
    this.#socket = socket;
    this.#all = false;
    this.#told = null;
    this.say({ ...hello, grants: this.grants, instance: this.instance });
    socket.on("message", (data: Buffer) => this.#handle(JSON.parse(data.toString()) as ClientMessage));
  }

  say(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }

  get session(): V1Session {
    return this.history.reduce((session, event) => sessionAfter(session, { missed: 0, ...event } as FollowedEvent), fresh);
  }

  happen(...happenings: readonly Happening[]): void {
    for (const happening of happenings) {
      const sequence = this.history.length + 1;
      this.history.push({ type: "SessionEvent", session: "s1", sequence, time: 1000 + sequence, ...happening });
      if (this.#told === null && this.#all) this.#told = sequence - 1;
      this.#tell();
    }
  }

  #tell(): void {
    while (this.#told !== null && this.#told < this.history.length) {
      const next = Math.max(this.#told, this.dropped);
      const missed = next - this.#told;
      this.say({ ...this.history[next], ...(missed > 0 && { missed }) });
      this.#told = next + 1;
    }
  }

  #handle(message: ClientMessage): void {
    this.asked.push(message);
    if (!this.answers) return;
    const ack = (): void => this.say({ type: "Ack", id: message.id });
    if (message.type === "SpawnSession") {
      this.say({ type: "SessionSpawned", id: message.id, session: this.session });
    } else if (message.type === "ListSessions") {
      this.say({ type: "SessionList", id: message.id, sessions: this.history.length > 0 ? [this.session] : [], types: [{ name: "greet", description: "", parameters: [{ name: "name", description: "who", default: null }] }] });
    } else if (message.type === "FollowSession" && message.session === undefined) {
      ack();
      this.#all = true;
      this.#told ??= this.history.length > 0 ? this.history.length : null;
    } else if (message.type === "FollowSession" && message.session !== "s1") {
      this.say({ type: "Error", id: message.id, code: "not_found", member: "session", message: "there is no such session" });
    } else if (message.type === "FollowSession") {
      ack();
      this.#told ??= Math.min(message.since ?? 0, this.history.length);
      this.#tell();
    } else if (message.type === "UnfollowSession") {
      if (message.session === undefined) this.#all = false;
      this.#told = null;
      ack();
    } else {
      ack();
    }
    this.between?.();
  }

  hangUp(): void {
    this.#socket?.terminate();
  }
}

let server: WebSocketServer;
let desk: Desk;
let connection: Connection;
let sessions: Sessions;
const problems: DecodeError[] = [];

beforeEach(async () => {
  desk = new Desk();
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (socket) => desk.greet(socket));
  await once(server, "listening");
  connection = new Connection({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    onMessage: () => undefined,
    onProblem: (problem) => problems.push(problem),
    webSocket: NodeWebSocket as unknown as WebSocketClass,
    backoff: { first: 5, longest: 20, jitter: 0, attempts: Infinity },
  });
  sessions = new Sessions(connection);
});
afterEach(async () => {
  connection.close();
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, "close");
  expect(problems.splice(0)).toEqual([]);
});

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function open(): Promise<void> {
  connection.open();
  await until(() => connection.state.kind === "open");
}

/** Collects what a follower is told. */
function follow(since = 0): { readonly told: FollowedEvent[]; readonly ends: (Failure | null)[]; readonly dispose: () => void; readonly log: () => SessionLog } {
  const told: FollowedEvent[] = [];
  const ends: (Failure | null)[] = [];
  const dispose = sessions.follow("s1", { onEvent: (event) => told.push(event), onEnd: (failure) => ends.push(failure) }, since);
  return { told, ends, dispose, log: () => told.reduce(logAfter, emptyLog) };
}

const sequences = (told: readonly FollowedEvent[]): number[] => told.map(({ sequence }) => sequence);
const upTo = (count: number, from = 1): number[] => Array.from({ length: count - from + 1 }, (_, index) => from + index);

describe("operations", () => {
  test("spawn brings the session, run, cancel and forget their outcome", async () => {
    await open();
    expect(await sessions.spawn({ sessionType: "greet", task: "good morning", parameters: { name: "you" } })).toEqual({ ok: true, session: fresh });
    expect(await sessions.run({ session: "s1", task: "again" })).toEqual({ ok: true });
    expect(await sessions.cancel("s1")).toEqual({ ok: true });
    expect(await sessions.forget("s1")).toEqual({ ok: true });
    expect(desk.asked).toMatchObject([
      { type: "SpawnSession", sessionType: "greet", task: "good morning", parameters: { name: "you" } },
      { type: "RunTask", session: "s1", task: "again" },
      { type: "CancelSession", session: "s1" },
      { type: "ForgetSession", session: "s1" },
    ]);
  });

  test("without a connection they say so", async () => {
    expect(await sessions.spawn({ sessionType: "greet" })).toMatchObject({ ok: false, failure: { code: "offline" } });
  });
});

describe("all sessions", () => {
  test("are listed, and kept up to date by what happens", async () => {
    desk.happen(...story.slice(0, 2));
    await open();
    const dispose = sessions.subscribe(() => undefined);
    await until(() => sessions.snapshot.known);
    expect(sessions.snapshot.types.map(({ name }) => name)).toEqual(["greet"]);
    for (const happening of story.slice(2)) {
      desk.happen(happening);
      await until(() => sessions.snapshot.sessions.get("s1")?.sequence === desk.session.sequence);
      expect(sessions.snapshot.sessions.get("s1")).toEqual(desk.session);
    }
    expect(sessions.snapshot.sessions.get("s1")).toMatchObject({ state: "failed", percent: 50, tokens: 12, error: "greet: it ended with status 3" });
    dispose();
    await until(() => desk.asked.some(({ type }) => type === "UnfollowSession"));
  });

  test("what came right behind the list is not lost on it", async () => {
    desk.happen(...story.slice(0, 2));
    await open();
    desk.between = () => {
      if (desk.asked.at(-1)?.type !== "ListSessions") return;
      desk.between = null;
      desk.happen(...story.slice(2));
    };
    sessions.subscribe(() => undefined);
    await until(() => sessions.snapshot.known && desk.between === null);
    await connection.request({ type: "Ping" }).outcome;
    expect(sessions.snapshot.sessions.get("s1")).toEqual(desk.session);
  });

  test("one that others begin is asked for", async () => {
    await open();
    sessions.subscribe(() => undefined);
    await until(() => sessions.snapshot.known);
    expect(sessions.snapshot.sessions.size).toBe(0);
    desk.happen(...story);
    await until(() => sessions.snapshot.sessions.size === 1);
    expect(sessions.snapshot.sessions.get("s1")).toEqual(desk.session);
    desk.say({ type: "SessionForgotten", session: "s1" });
    await until(() => sessions.snapshot.sessions.size === 0);
  });

  test("are the same again after the connection was lost", async () => {
    desk.happen(...story.slice(0, 3));
    await open();
    sessions.subscribe(() => undefined);
    await until(() => sessions.snapshot.known);
    desk.hangUp();
    desk.happen(...story.slice(3));
    await until(() => sessions.snapshot.sessions.get("s1")?.state === "failed");
    expect(sessions.snapshot.sessions.get("s1")).toEqual(desk.session);
  });

  test("without the grant it is said which one is needed, and nothing is asked", async () => {
    desk.grants = ["view"];
    sessions.subscribe(() => undefined);
    await open();
    expect(sessions.snapshot.failure).toMatchObject({ code: "forbidden", message: "the grant sessions is needed" });
    expect(desk.asked).toEqual([]);
    // The same connection, after a token that has it was shown.
    desk.say({ ...hello, instance: "the first run" });
    await until(() => sessions.snapshot.known);
    expect(sessions.snapshot.failure).toBeNull();
  });
});

describe("a follower", () => {
  test("is told what happened and what happens, once and in order", async () => {
    desk.happen(...story.slice(0, 6));
    const follower = follow();
    await open();
    await until(() => follower.told.length === 6);
    desk.happen(...story.slice(6));
    await until(() => follower.told.length === story.length);
    expect(sequences(follower.told)).toEqual(upTo(story.length));
    expect(follower.log()).toEqual({
      sequence: story.length,
      missed: 0,
      text: "Hello, you",
      thinking: "hm",
      diagnostic: "warning",
      steps: [
        { step: "think", state: "ok", error: "" },
        { step: "greet", state: "failed", error: "it ended with status 3" },
      ],
      calls: [{ call: "c1", tool: "read", input: '{"path":"a"}', state: "failed", result: "no such file" }],
    });
  });

  test("gets the past of a session also while all are followed", async () => {
    desk.happen(...story.slice(0, 6));
    await open();
    sessions.subscribe(() => undefined);
    await until(() => sessions.snapshot.known);
    const follower = follow();
    await until(() => follower.told.length === 6);
    const second = follow(4);
    desk.happen(...story.slice(6));
    await until(() => follower.told.length === story.length && second.told.length === story.length - 4);
    expect(sequences(follower.told)).toEqual(upTo(story.length));
    expect(sequences(second.told)).toEqual(upTo(story.length, 5));
  });

  test("gets it even if something happens just between stop and begin", async () => {
    desk.happen(...story.slice(0, 3));
    await open();
    sessions.subscribe(() => undefined);
    await until(() => sessions.snapshot.known);
    let once = true;
    desk.between = () => {
      if (once && desk.asked.at(-1)?.type === "UnfollowSession") {
        once = false;
        desk.happen(...story.slice(3, 5));
      }
    };
    const follower = follow();
    await until(() => follower.told.length === 5);
    expect(sequences(follower.told)).toEqual(upTo(5));
  });

  test("goes on where it was after the connection was lost", async () => {
    desk.happen(...story.slice(0, 4));
    const follower = follow();
    await open();
    await until(() => follower.told.length === 4);
    desk.hangUp();
    desk.happen(...story.slice(4, 9));
    await until(() => follower.told.length === 9);
    expect(sequences(follower.told)).toEqual(upTo(9));
    expect(desk.asked.findLast(({ type }) => type === "FollowSession")).toMatchObject({ since: 4 });
  });

  test("is told from the beginning by another run of the server, and its log is right", async () => {
    desk.happen(...story.slice(0, 12));
    const follower = follow();
    await open();
    await until(() => follower.told.length === 12);
    desk.instance = "the second run";
    desk.history.splice(3);
    desk.hangUp();
    desk.happen(...story.slice(10));
    await until(() => follower.told.length === 12 + 3 + 5);
    expect(follower.log()).toMatchObject({ sequence: 8, text: "Hello, you", thinking: "", calls: [] });
  });

  test("is told how much is no longer kept", async () => {
    desk.happen(...story.slice(0, 12));
    desk.dropped = 10;
    const follower = follow(3);
    await open();
    await until(() => follower.told.length === 2);
    expect(follower.told[0]).toMatchObject({ sequence: 11, missed: 7 });
    expect(follower.log()).toMatchObject({ missed: 7, text: "Hello, you" });
  });

  test("learns that there is no such session, or not any more", async () => {
    const ends: (Failure | null)[] = [];
    sessions.follow("nobody", { onEvent: () => undefined, onEnd: (failure) => ends.push(failure) });
    await open();
    await until(() => ends.length === 1);
    expect(ends).toEqual([null]);
    desk.happen(...story);
    const follower = follow();
    await until(() => follower.told.length === story.length);
    desk.say({ type: "SessionForgotten", session: "s1" });
    await until(() => follower.ends.length === 1);
    expect(follower.ends).toEqual([null]);
  });

  test("leaves nothing behind", async () => {
    desk.happen(...story);
    const follower = follow();
    await open();
    await until(() => follower.told.length === story.length);
    follower.dispose();
    await until(() => desk.asked.at(-1)?.type === "UnfollowSession");
    desk.hangUp();
    await until(() => connection.state.kind !== "open");
    const before = desk.asked.length;
    await until(() => connection.state.kind === "open");
    expect(desk.asked.slice(before)).toEqual([]);
  });
});

test("an event without the members of its kind is refused, and the connection begins afresh", async () => {
  await open();
  desk.say({ type: "SessionEvent", session: "s1", sequence: 1, time: 1, event: "progress", step: "x" });
  await until(() => problems.length === 1);
  expect(problems.splice(0)[0]?.message).toBe('member "percent" must be a number, but is missing');
  await until(() => connection.state.kind === "open");
});
