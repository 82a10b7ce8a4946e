// The client's sessions against the real server: told once and in order, whatever becomes of the connection.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, it } from "node:test";
import { Bed, eventually, WEB } from "./bed.mjs";
import { describePipelines, gate, openGate } from "./pipelines.mjs";

const { Connection, emptyLog, hasEnded, logAfter, Sessions } = await import(path.join(WEB, "packages/client/dist/index.js"));
const webSocket = createRequire(path.join(WEB, "package.json"))("ws");

let bed;
const connections = [];

before(async () => {
  const prepare = (directory) =>
    describePipelines(directory, {
      greet: {
        description: "Greets somebody",
        parameters: { name: { description: "who is greeted" } },
        steps: [
          { name: "think", command: gate(directory, "{name}") },
          { name: "greet", command: ["echo", "Hello,", "{name}:", "{task}"] },
        ],
      },
    });
  bed = await Bed.start({ prepare });
});
after(async () => {
  for (const connection of connections) connection.close();
  await bed?.stop();
});

/** A client, and the sockets that it opened. */
async function connect() {
  const sockets = [];
  class Socket extends webSocket {
    constructor(...parameters) {
      super(...parameters);
      sockets.push(this);
    }
  }
  const problems = [];
  const backoff = { first: 20, longest: 200, jitter: 0, attempts: Infinity };
  const connection = new Connection({ url: bed.address.replace("http", "ws"), webSocket: Socket, backoff, onMessage: () => {}, onProblem: (problem) => problems.push(problem) });
  connections.push(connection);
  const sessions = new Sessions(connection);
  connection.open();
  await eventually(() => connection.state.kind === "open", "connected");
  return { connection, sessions, sockets, problems };
}

it("spawn, list, follow; after the connection was cut and after the server was killed all is as if nothing had been", async () => {
  const [one, other] = [await connect(), await connect()];
  other.sessions.subscribe(() => {});
  await eventually(() => other.sessions.snapshot.known, "listed");
  assert.deepEqual(other.sessions.snapshot.types, [{ name: "greet", description: "Greets somebody", parameters: [{ name: "name", description: "who is greeted", default: null }] }]);

  assert.equal((await one.sessions.spawn({ sessionType: "greet" })).failure.member, "parameters");
  const { session } = await one.sessions.spawn({ sessionType: "greet", task: "good morning", parameters: { name: "you" } });
  const told = [];
  one.sessions.follow(session.id, { onEvent: (event) => told.push(event) });
  await eventually(() => other.sessions.snapshot.sessions.get(session.id)?.step === "think", "the other one sees it too");
  await eventually(() => told.some(({ event }) => event === "step_started"), "followed");

  one.sockets.at(-1).terminate();
  openGate(bed.directory, "you");
  await eventually(() => told.at(-1)?.event === "task_ended", "its end");
  assert.deepEqual(told.map(({ sequence }) => sequence), told.map((_, index) => index + 1));
  assert.equal(one.sockets.length, 2);
  const log = told.reduce(logAfter, emptyLog);
  assert.equal(log.text, "Hello, you: good morning\n");
  assert.deepEqual(log.steps.map(({ step, state }) => `${step} ${state}`), ["think ok", "greet ok"]);

  await eventually(() => other.sessions.snapshot.sessions.get(session.id)?.state === "completed", "the other one sees its end");
  const reader = await connect();
  reader.sessions.subscribe(() => {});
  await eventually(() => reader.sessions.snapshot.known, "listed");
  assert.deepEqual(other.sessions.snapshot.sessions.get(session.id), reader.sessions.snapshot.sessions.get(session.id), "what follows from the events is what the server says");

  const before = told.length;
  await bed.killCompanion();
  await eventually(() => told.length === 2 * before, "told again by the new server");
  assert.deepEqual(told.reduce(logAfter, emptyLog), log);
  assert.deepEqual([one, other, reader].flatMap(({ problems }) => problems), []);
});

it("a session that is cancelled says so, and one that is forgotten is gone", async () => {
  const { sessions } = await connect();
  sessions.subscribe(() => {});
  const { session } = await sessions.spawn({ sessionType: "greet", parameters: { name: "nobody" } });
  const ends = [];
  sessions.follow(session.id, { onEvent: () => {}, onEnd: (failure) => ends.push(failure) });
  assert.deepEqual(await sessions.cancel(session.id), { ok: true });
  await eventually(() => hasEnded(sessions.snapshot.sessions.get(session.id) ?? { state: "running" }), "it has ended");
  const { state, error } = sessions.snapshot.sessions.get(session.id);
  assert.equal(state, "cancelled", error);
  assert.deepEqual(await sessions.forget(session.id), { ok: true });
  await eventually(() => ends.length === 1 && !sessions.snapshot.sessions.has(session.id), "it is gone");
  assert.deepEqual(ends, [null]);
});
