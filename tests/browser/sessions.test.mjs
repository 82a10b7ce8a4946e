// The client of the orchestrator against the real server; the page of it would only be in the way.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, afterEach, before, it } from "node:test";
import { Bed, eventually, WEB } from "./bed.mjs";

const { SessionClient } = await import(path.join(WEB, "packages/client/dist/index.js"));
const webSocket = createRequire(path.join(WEB, "package.json"))("ws");
const TOKEN = "a-token-of-sessions";

let bed, client;

before(async () => {
  const prepare = (directory) => writeFileSync(path.join(directory, "tokens"), `${TOKEN} sessions\n`, { mode: 0o600 });
  bed = await Bed.start({ daemon: "--token-file {directory}/tokens", prepare });
});
after(() => bed?.stop());
afterEach(() => client?.close());

function connect(token) {
  const heard = [];
  client = new SessionClient({ url: `ws://127.0.0.1:${bed.port}/orchestrator`, token, webSocket, onProblem: (problem) => heard.push(problem) });
  for (const name of ["health_check_response", "pong", "error"]) client.on(name, (value) => heard.push([name, value]));
  client.open();
  return heard;
}

const becomes = (kind) => eventually(() => client.snapshot.connection.kind === kind, `the client is ${kind}`);

it("is let in with its token, and answered", async () => {
  const heard = connect(TOKEN);
  const healthy = ["health_check_response", { healthy: true }];
  await eventually(() => heard.length === 2, "greeted, and let in");
  client.retry(); // asks for a sign of life
  await eventually(() => heard.length === 3, "answered");
  assert.deepEqual(heard, [healthy, healthy, ["pong", null]]);
  assert.equal(client.snapshot.connection.kind, "open");
});

it("is told that its token is wrong", async () => {
  connect("a-token-of-nobody");
  await becomes("unauthorized");
  assert.equal(client.snapshot.error.message, "this token is not known here");
});

it("is told that it needs one", async () => {
  connect();
  await becomes("open");
  await assert.rejects(client.getDaemonStatus(), /token is needed/);
  assert.equal(client.snapshot.connection.kind, "unauthorized");
});
