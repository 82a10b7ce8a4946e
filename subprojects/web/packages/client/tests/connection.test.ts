/** Against a real WebSocket server on the loopback. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { decode, encode } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import type { WebSocket as ServerSocket } from "ws";
import { Connection, orchestratorBackoff, pageBackoff, reconnectDelay, Store, SUBPROTOCOLS } from "../src/index.ts";
import type { Backoff, ConnectionOptions, ConnectionState, WebSocketClass } from "../src/index.ts";
import { camera, compositor, hello, window } from "./samples.ts";

const snapshot = { type: "Snapshot", revision: 1, compositor, cameras: [camera], windows: [window], tiles: {} };

let server: WebSocketServer;
let port = 0;
/** What the server knows. */
let spoken: Set<string>;
const connections: Connection[] = [];

async function listen(onPort = 0): Promise<void> {
  server = new WebSocketServer({ host: "127.0.0.1", port: onPort, handleProtocols: (offered) => [...offered].find((each) => spoken.has(each)) ?? false });
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}

async function hangUp(): Promise<void> {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, "close");
}

const quick: Backoff = { first: 10, longest: 50, jitter: 0.2, attempts: Infinity };
const never: Backoff = { ...quick, first: 3_600_000, longest: 3_600_000 };

function connect(options: Partial<ConnectionOptions> = {}): Connection {
  const connection = new Connection({
    url: `ws://127.0.0.1:${port}/`,
    onMessage: () => undefined,
    webSocket: NodeWebSocket as unknown as WebSocketClass,
    backoff: quick,
    ...options,
  });
  connections.push(connection);
  connection.open();
  return connection;
}

/** The next state of a kind, from now on; test timeouts are the deadline. */
function becomes<K extends ConnectionState["kind"]>(connection: Connection, kind: K): Promise<Extract<ConnectionState, { kind: K }>> {
  return new Promise((resolve) => {
    const dispose = connection.subscribe((state) => {
      if (state.kind !== kind) return;
      dispose();
      resolve(state as Extract<ConnectionState, { kind: K }>);
    });
  });
}

/** Accepts the next client and greets it. */
async function accept(): Promise<ServerSocket> {
  const [socket] = (await once(server, "connection")) as [ServerSocket];
  socket.send(JSON.stringify(hello));
  return socket;
}

async function nextRequest(socket: ServerSocket): Promise<Record<string, unknown>> {
  const [data] = (await once(socket, "message")) as [Buffer];
  return JSON.parse(data.toString()) as Record<string, unknown>;
}

beforeEach(() => {
  spoken = new Set(Object.values(SUBPROTOCOLS));
  return listen();
});
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  await hangUp();
});

describe("a server that wants a token", () => {
  const challenge = { type: "Error", id: null, code: "unauthorized", member: null, message: "a token is needed here" };

  async function challenged(): Promise<ServerSocket> {
    const [socket] = (await once(server, "connection")) as [ServerSocket];
    socket.send(JSON.stringify(challenge));
    return socket;
  }

  test("is shown the one from the options, and greets then", async () => {
    const connection = connect({ token: "a token that is right" });
    const socket = await challenged();
    const request = await nextRequest(socket);
    expect(request).toMatchObject({ type: "Auth", token: "a token that is right" });
    const open = becomes(connection, "open");
    socket.send(JSON.stringify({ type: "Ack", id: request["id"] }));
    socket.send(JSON.stringify(hello));
    await open;
  });

  test("may greet again, when the client may do more or less", async () => {
    const connection = connect();
    const open = becomes(connection, "open");
    const socket = await accept();
    await open;
    const again = becomes(connection, "open");
    socket.send(JSON.stringify({ ...hello, grants: ["view"] }));
    expect((await again).hello.grants).toEqual(["view"]);
  });

  test("is left when the connection is closed by this side", async () => {
    const connection = connect();
    const refused = becomes(connection, "unauthorized");
    await challenged();
    await refused;
    connection.close();
    expect(connection.state).toEqual({ kind: "closed", reason: null });
  });

  test("is not asked again and again without one", async () => {
    const connection = connect();
    const refused = becomes(connection, "unauthorized");
    const socket = await challenged();
    expect((await refused).reason).toBe("a token is needed");
    await once(socket, "close");
    const open = becomes(connection, "open");
    connection.retry();
    await accept();
    await open;
  });

  test("that does not know it is not asked again either", async () => {
    const connection = connect({ token: "a token that is wrong" });
    const refused = becomes(connection, "unauthorized");
    const socket = await challenged();
    const { id } = await nextRequest(socket);
    socket.send(JSON.stringify({ ...challenge, id, member: "token", message: "this token is not known here" }));
    expect((await refused).reason).toBe("this token is not known here");
  });
});

describe("opening", () => {
  test("is open with Hello, in the subprotocol, and hands on what follows", async () => {
    const store = new Store();
    const filled = new Promise((resolve) => store.subscribe(resolve));
    const connection = connect({ onMessage: (message) => store.apply(message) });
    expect(connection.state.kind).toBe("connecting");
    const open = becomes(connection, "open");
    const socket = await accept();
    expect(socket.protocol).toBe(SUBPROTOCOLS.json);
    expect((await open).hello).toEqual(hello);
    socket.send(JSON.stringify(snapshot));
    await filled;
    expect(store.world?.windows.get(1)).toEqual(window);
  });

  test("a server that says nothing is given up", async () => {
    const connection = connect({ deadline: 30 });
    expect((await becomes(connection, "waiting")).reason).toBe("compositord did not answer");
  });

  test("close ends it for good, and it can be opened again", async () => {
    const connection = connect();
    await Promise.all([accept(), becomes(connection, "open")]);
    connection.close();
    expect(connection.state.kind).toBe("closed");
    connection.open();
    await Promise.all([accept(), becomes(connection, "open")]);
  });
});

describe("coming back", () => {
  test("after the server is gone and back on the same port", async () => {
    const connection = connect();
    await Promise.all([accept(), becomes(connection, "open")]);
    const waiting = becomes(connection, "waiting");
    await hangUp();
    expect((await waiting).attempt).toBe(1);
    await becomes(connection, "waiting");
    await listen(port);
    await Promise.all([accept(), becomes(connection, "open")]);
  });

  test("at once when the network or the page wakes up", async () => {
    let wake = (): void => undefined;
    const wakeUps = (retry: () => void) => {
      wake = retry;
      return () => undefined;
    };
    const connection = connect({ backoff: never, wakeUps });
    const [socket] = await Promise.all([accept(), becomes(connection, "open")]);
    const waiting = becomes(connection, "waiting");
    socket.terminate();
    await waiting;
    wake();
    await Promise.all([accept(), becomes(connection, "open")]);
    wake();
    expect(connection.state.kind).toBe("open");
  });

  test("after something that cannot be read, saying what", async () => {
    const problems: string[] = [];
    const connection = connect({ onProblem: (problem) => problems.push(problem.message) });
    const [socket] = await Promise.all([accept(), becomes(connection, "open")]);
    const waiting = becomes(connection, "waiting");
    socket.send('{"type":"Ack"}');
    await waiting;
    expect(problems).toEqual(['member "id" must be an integer, but is missing']);
  });

  test("a server that breaks off as soon as it has greeted is asked less and less often", async () => {
    const connection = connect();
    const attempts: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const waiting = becomes(connection, "waiting");
      (await accept()).close();
      attempts.push((await waiting).attempt);
    }
    expect(attempts).toEqual([1, 2, 3]);
  });

  test("after a connection that held for a while, the delays begin anew", async () => {
    const connection = connect({ steady: 0 });
    for (let round = 0; round < 3; round += 1) {
      const waiting = becomes(connection, "waiting");
      (await accept()).close();
      expect((await waiting).attempt).toBe(1);
    }
  });

  test("delays double from the first to the longest, each with its jitter", () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => reconnectDelay(pageBackoff, attempt, 0.5));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(reconnectDelay(pageBackoff, 0, 0)).toBeCloseTo(800);
    expect(reconnectDelay(pageBackoff, 0, 1)).toBeCloseTo(1200);
    expect([0, 1, 2, 9].map((attempt) => reconnectDelay(orchestratorBackoff, attempt, 0.5))).toEqual([3000, 6000, 12_000, 1_536_000]);
  });

  test("when the attempts are used up, it is closed and says why, and can be opened again", async () => {
    await hangUp();
    const connection = connect({ backoff: { ...quick, attempts: 3 } });
    const attempts: number[] = [];
    connection.subscribe((state) => state.kind === "waiting" && attempts.push(state.attempt));
    expect((await becomes(connection, "closed")).reason).toBe("compositord cannot be reached");
    expect(attempts).toEqual([1, 2, 3]);
    await listen(port);
    connection.open();
    await Promise.all([accept(), becomes(connection, "open")]);
  });
});

describe("a connection of which only this end is left", () => {
  test("is found by its silence, and given up", async () => {
    const connection = connect({ heartbeat: 20, deadline: 40 });
    const [socket] = await Promise.all([accept(), becomes(connection, "open")]);
    const waiting = becomes(connection, "waiting");
    expect(await nextRequest(socket)).toMatchObject({ type: "Ping" });
    expect((await waiting).reason).toBe("the connection went silent");
    expect(connection.requestsUnderWay).toBe(0);
  });

  test("is not one as long as the other side answers", async () => {
    const connection = connect({ heartbeat: 5, deadline: 10_000 });
    const [socket] = await Promise.all([accept(), becomes(connection, "open")]);
    const states: string[] = [];
    connection.subscribe(({ kind }) => states.push(kind));
    for (let round = 0; round < 5; round += 1) {
      const { id } = await nextRequest(socket);
      socket.send(JSON.stringify({ type: "Pong", id }));
    }
    expect(states).toEqual([]);
  });

  test("is looked for at once when the page wakes up", async () => {
    let wake = (): void => undefined;
    const connection = connect({ heartbeat: 3_600_000, wakeUps: (look) => ((wake = look), () => undefined) });
    const [socket] = await Promise.all([accept(), becomes(connection, "open")]);
    wake();
    expect(await nextRequest(socket)).toMatchObject({ type: "Ping" });
  });
});

describe("MessagePack", () => {
  test("is spoken both ways with a server that knows it", async () => {
    const store = new Store();
    const filled = new Promise((resolve) => store.subscribe(resolve));
    const connection = connect({ encodings: ["msgpack", "json"], onMessage: (message) => store.apply(message) });
    const open = becomes(connection, "open");
    const [socket] = (await once(server, "connection")) as [ServerSocket];
    expect(socket.protocol).toBe(SUBPROTOCOLS.msgpack);
    for (const message of [{ ...hello, protocol: SUBPROTOCOLS.msgpack }, snapshot]) socket.send(encode(message));
    await Promise.all([open, filled]);
    expect(store.world?.windows.get(1)).toEqual(window);
    const { id } = connection.request({ type: "Move", window: 1, x: 0.5, y: -7 });
    const [data, binary] = (await once(socket, "message")) as [Buffer, boolean];
    expect(binary).toBe(true);
    expect(decode(data)).toEqual({ type: "Move", window: 1, x: 0.5, y: -7, id });
  });

  test("is not, with one that does not know it", async () => {
    spoken.delete(SUBPROTOCOLS.msgpack);
    const connection = connect({ encodings: ["msgpack", "json"] });
    const [socket] = await Promise.all([accept(), becomes(connection, "open")]);
    expect(socket.protocol).toBe(SUBPROTOCOLS.json);
    connection.request({ type: "Ping" });
    expect(await nextRequest(socket)).toMatchObject({ type: "Ping" });
  });
});

describe("requests that may wait for a connection", () => {
  test("are sent in their order as soon as there is one", async () => {
    const connection = connect();
    const first = connection.request({ type: "Focus", window: 1 }, { keepFor: 10_000 });
    const second = connection.request({ type: "Close", window: 1 }, { keepFor: 10_000 });
    const [socket] = (await once(server, "connection")) as [ServerSocket];
    const got: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => {
        const request = JSON.parse(data.toString()) as { id: number; type: string };
        got.push(request.type);
        socket.send(JSON.stringify({ type: "Ack", id: request.id }));
        if (got.length === 2) resolve();
      });
    });
    socket.send(JSON.stringify(hello));
    await both;
    expect(got).toEqual(["Focus", "Close"]);
    expect(await Promise.all([first.outcome, second.outcome])).toEqual([{ ok: true }, { ok: true }]);
  });

  test("end when their time is over, when there are too many, and when the connection is closed", async () => {
    await hangUp();
    const connection = connect({ backoff: never });
    const failed = (message: string) => ({ ok: false, failure: { code: "expired", message } });
    expect(await connection.request({ type: "Ping" }, { keepFor: 20 }).outcome).toMatchObject(failed("no connection within 0.02 s"));
    const many = Array.from({ length: 65 }, () => connection.request({ type: "Ping" }, { keepFor: 3_600_000 }).outcome);
    expect(await many[0]).toMatchObject(failed("more than 64 requests wait for a connection"));
    expect(connection.requestsUnderWay).toBe(64);
    connection.close();
    expect(await many[64]).toMatchObject(failed("the connection was closed"));
    expect(connection.requestsUnderWay).toBe(0);
    await listen(port);
  });

  test("are not sent again when the connection breaks after they were sent", async () => {
    const connection = connect();
    const [socket] = await Promise.all([accept(), becomes(connection, "open")]);
    const sent = connection.request({ type: "Close", window: 1 }, { keepFor: 10_000 });
    await nextRequest(socket);
    socket.terminate();
    expect(await sent.outcome).toMatchObject({ ok: false, failure: { code: "offline" } });
    const next = await accept();
    const after = connection.state.kind === "open" ? undefined : becomes(connection, "open");
    await after;
    connection.request({ type: "Ping" });
    expect(await nextRequest(next)).toMatchObject({ type: "Ping" });
  });
});

describe("requests", () => {
  async function opened(options: Partial<ConnectionOptions> = {}) {
    const connection = connect(options);
    const [socket] = await Promise.all([accept(), becomes(connection, "open")]);
    return { connection, socket };
  }

  test("carry growing numbers, and an Ack ends them", async () => {
    const { connection, socket } = await opened();
    const first = connection.request({ type: "Focus", window: 1 });
    expect(await nextRequest(socket)).toEqual({ type: "Focus", window: 1, id: first.id });
    const second = connection.request({ type: "Ping" });
    expect(second.id).toBeGreaterThan(first.id);
    socket.send(JSON.stringify({ type: "Ack", id: first.id }));
    socket.send(JSON.stringify({ type: "Pong", id: second.id }));
    expect(await first.outcome).toEqual({ ok: true });
    expect(await second.outcome).toEqual({ ok: true });
  });

  test("an Error says what was wrong", async () => {
    const { connection, socket } = await opened();
    const { id, outcome } = connection.request({ type: "Close", window: 99 });
    socket.send(JSON.stringify({ type: "Error", id, code: "not_found", member: "window", message: "there is no window 99" }));
    expect(await outcome).toMatchObject({ ok: false, failure: { code: "not_found", member: "window", message: "there is no window 99" } });
  });

  test("silence ends in a deadline, a broken connection in offline, as does asking without one", async () => {
    const { connection, socket } = await opened();
    expect(await connection.request({ type: "Ping" }, { deadline: 20 }).outcome).toMatchObject({ ok: false, failure: { code: "deadline" } });
    const cut = connection.request({ type: "Ping" });
    socket.terminate();
    expect(await cut.outcome).toMatchObject({ ok: false, failure: { code: "offline" } });
    expect(await connection.request({ type: "Ping" }).outcome).toMatchObject({ ok: false, failure: { code: "offline" } });
  });

  test("every one of them ends when the connection is closed, or its server falls silent", async () => {
    const { connection, socket } = await opened();
    const outcomes = Array.from({ length: 20 }, () => connection.request({ type: "Ping" }).outcome);
    connection.close();
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ ok: false, failure: { code: "offline" } });
    await once(socket, "close");
    connection.open();
    const [next] = await Promise.all([accept(), becomes(connection, "open")]);
    const cut = connection.request({ type: "Ping" }).outcome;
    next.close();
    expect(await cut).toMatchObject({ ok: false, failure: { code: "offline" } });
  });

  test("one that cannot be written is refused at once, and nothing waits for its answer", async () => {
    const { connection } = await opened();
    const before = connection.requestsUnderWay;
    expect(() => connection.request({ type: "Move", window: 1, x: NaN, y: 0 })).toThrow('member "x"');
    expect(connection.requestsUnderWay).toBe(before);
  });
});
