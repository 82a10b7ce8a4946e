/** Against a small server that tells of tasks as compositord does. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import type { WebSocket as ServerSocket } from "ws";
import { Codegen, Connection } from "../src/index.ts";
import type { ClientMessage, CodegenTask, ReloadUpdate, WebSocketClass } from "../src/index.ts";
import { codegenList } from "../src/protocol.generated.ts";
import { hello } from "./samples.ts";
import schema from "../../../../../data/schema/compositord.v1.json" with { type: "json" };

const sample = codegenList.decode(schema.$defs.CodegenList.examples[0], "");
const [task] = sample.tasks as [CodegenTask];

let server: WebSocketServer;
let sockets: ServerSocket[];
let asked: ClientMessage[];
let connection: Connection;
let grants = hello.grants;
let reply: (message: ClientMessage) => object;

function say(message: object): void {
  for (const socket of sockets) socket.send(JSON.stringify(message));
}

/** Everything that the server was asked, once it was asked this. */
async function wasAsked(type: ClientMessage["type"]): Promise<void> {
  await expect.poll(() => asked.some((each) => each.type === type)).toBe(true);
}

beforeEach(async () => {
  [sockets, asked, grants] = [[], [], hello.grants];
  reply = (message) => (message.type === "FollowCodegen" ? { ...sample, id: message.id } : { type: "Ack", id: message.id });
  server = new WebSocketServer({ port: 0, handleProtocols: () => "compositord.v1.json" });
  server.on("connection", (socket) => {
    sockets.push(socket);
    socket.send(JSON.stringify({ ...hello, grants }));
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ClientMessage;
      asked.push(message);
      socket.send(JSON.stringify(reply(message)));
    });
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  connection = new Connection({ url: `ws://127.0.0.1:${port}/`, onMessage: () => undefined, webSocket: NodeWebSocket as unknown as WebSocketClass });
});

afterEach(() => {
  connection.close();
  server.close();
});

test("the tasks are known as long as somebody looks, and kept up to date", async () => {
  const codegen = new Codegen(connection);
  connection.open();
  const dispose = codegen.subscribe(() => undefined);
  await expect.poll(() => codegen.snapshot.known).toBe(true);
  expect(codegen.snapshot.tasks.get(task.id)).toEqual(task);
  say({ type: "CodegenUpdate", tasks: [{ ...task, state: "applied" }, { ...task, id: "a/b/c" }], removed: [] });
  await expect.poll(() => codegen.snapshot.tasks.size).toBe(2);
  expect(codegen.snapshot.tasks.get(task.id)?.state).toBe("applied");
  expect(codegen.snapshot.status).toEqual(sample.status);
  say({ type: "CodegenUpdate", tasks: [], removed: [task.id], status: { ...sample.status, problems: ["no sandbox"] } });
  await expect.poll(() => [...codegen.snapshot.tasks.keys()]).toEqual(["a/b/c"]);
  expect(codegen.snapshot.status?.problems).toEqual(["no sandbox"]);
  dispose();
  await wasAsked("UnfollowCodegen");
});

test("what came right behind the list is not lost on it", async () => {
  const codegen = new Codegen(connection);
  connection.open();
  await expect.poll(() => connection.state.kind).toBe("open");
  reply = (message) => {
    queueMicrotask(() => say({ type: "CodegenUpdate", tasks: [], removed: [task.id] }));
    return { ...sample, id: message.id };
  };
  codegen.subscribe(() => undefined);
  await expect.poll(() => codegen.snapshot.known).toBe(true);
  expect(codegen.snapshot.tasks.has(task.id)).toBe(false);
});

test("after a reconnection they are asked for again", async () => {
  const codegen = new Codegen(connection);
  codegen.subscribe(() => undefined);
  connection.open();
  await expect.poll(() => codegen.snapshot.known).toBe(true);
  reply = (message) => ({ ...sample, tasks: [], id: message.id });
  for (const socket of sockets.splice(0)) socket.terminate();
  connection.retry();
  await expect.poll(() => codegen.snapshot.tasks.size, { timeout: 5000 }).toBe(0);
});

test("decisions are answered with the task, or why not", async () => {
  const codegen = new Codegen(connection);
  connection.open();
  await expect.poll(() => connection.state.kind).toBe("open");
  reply = (message) => ({ type: "CodegenAnswer", id: message.id, task: { ...task, state: "applied" } });
  expect(await codegen.apply(task.id)).toMatchObject({ ok: true, task: { state: "applied" } });
  reply = (message) => ({ type: "Error", id: message.id, code: "busy", member: null, message: "commit first" });
  expect(await codegen.revert(task.id)).toMatchObject({ ok: false, failure: { code: "busy", message: "commit first" } });
  reply = (message) => ({ ...schema.$defs.CodegenDetails.examples[0], id: message.id });
  expect(await codegen.details(task.id)).toMatchObject({ ok: true, details: { files: ["app/client.js"] } });
  reply = (message) => ({ ...schema.$defs.CodegenReport.examples[0], id: message.id });
  expect(await codegen.report()).toMatchObject({ ok: true, report: { models: [{ runs: 4 }] } });
  expect(asked.map(({ type }) => type)).toEqual(["ApplyCodegen", "RevertCodegen", "ShowCodegen", "ReportCodegen"]);
});

test("who may not see them asks for nothing", async () => {
  grants = ["view"];
  const codegen = new Codegen(connection);
  codegen.subscribe(() => undefined);
  connection.open();
  await expect.poll(() => codegen.snapshot.failure?.code).toBe("forbidden");
  expect(asked).toEqual([]);
});

test("a page is told what to load anew", async () => {
  const told: ReloadUpdate[] = [];
  connection.subscribeCodegen((message) => {
    if (message.type === "ReloadUpdate") told.push(message);
  });
  connection.open();
  await expect.poll(() => connection.state.kind).toBe("open");
  say({ type: "ReloadUpdate", task: task.id, branch: "", paths: ["app/client.js"] });
  await expect.poll(() => told).toEqual([{ type: "ReloadUpdate", task: task.id, branch: "", paths: ["app/client.js"] }]);
});
