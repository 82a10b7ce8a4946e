/** Against a real WebSocket server on the loopback. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import type { WebSocket as ServerSocket } from "ws";
import { Connection, reconnectDelay, Store, SUBPROTOCOL } from "../src/index.ts";
import type { ConnectionOptions, ConnectionState, WebSocketClass } from "../src/index.ts";
import { camera, compositor, hello, window } from "./samples.ts";

const snapshot = { type: "Snapshot", revision: 1, compositor, cameras: [camera], windows: [window] };

let server: WebSocketServer;
let port = 0;
const connections: Connection[] = [];

async function listen(onPort = 0): Promise<void> {
  server = new WebSocketServer({ host: "127.0.0.1", port: onPort, handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false) });
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}

async function hangUp(): Promise<void> {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, "close");
}

function connect(options: Partial<ConnectionOptions> = {}): Connection {
  const connection = new Connection({
    url: `ws://127.0.0.1:${port}/`,
    onMessage: () => undefined,
    webSocket: NodeWebSocket as unknown as WebSocketClass,
    firstDelay: 10,
    longestDelay: 50,
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

beforeEach(() => listen());
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
    expect(socket.protocol).toBe(SUBPROTOCOL);
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
    const connection = connect({ firstDelay: 3_600_000, longestDelay: 3_600_000, wakeUps });
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
    expect(problems).toEqual(['member "id" must be a string or an integer']);
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
    const delays = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => reconnectDelay(attempt, 1000, 30_000, 0.5));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(reconnectDelay(0, 1000, 30_000, 0)).toBeCloseTo(800);
    expect(reconnectDelay(0, 1000, 30_000, 1)).toBeCloseTo(1200);
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
    expect(await connection.request({ type: "Ping" }, 20).outcome).toMatchObject({ ok: false, failure: { code: "deadline" } });
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
