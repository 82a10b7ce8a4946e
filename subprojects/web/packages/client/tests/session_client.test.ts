/**
 * Against a small WebSocket server that speaks the orchestrator's dialect as the wire facts describe it: compositord
 * itself has no sessions yet.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import type { WebSocket as ServerSocket } from "ws";
import { SessionClient, SessionMonitor } from "../src/index.ts";
import type { LinkState, Session, SessionActivity, SessionClientOptions, SessionEventName, SessionEvents, WebSocketClass } from "../src/index.ts";

const session: Session = {
  id: "session_1",
  orchestratorId: "vp_123",
  task: { id: "t", type: "code", description: "Implement feature X", priority: "high", status: "pending", createdAt: "2024-01-01T00:00:00Z", updatedAt: "2024-01-01T00:00:00Z" },
  type: "claude-code",
  status: "initializing",
  startedAt: "2024-01-01T00:00:00Z",
  metrics: { tokensUsed: 0, duration: 0, tasksCompleted: 0, errorsEncountered: 0, averageResponseTime: 0 },
};
const daemon = { status: "running", uptime: 12.5, activeSessions: 1, queuedTasks: 0, metrics: { successRate: 0.95 }, subsystems: { llmClient: { status: "running" } } };

let server: WebSocketServer;
let port = 0;
const clients: SessionClient[] = [];

async function listen(onPort = 0): Promise<void> {
  server = new WebSocketServer({ host: "127.0.0.1", port: onPort });
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}

async function hangUp(): Promise<void> {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, "close");
}

beforeEach(() => listen());
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await hangUp();
});

function becomes(client: SessionClient, kind: LinkState["kind"]): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (client.snapshot.connection.kind !== kind) return;
      dispose();
      resolve();
    };
    const dispose = client.subscribe(look);
    look();
  });
}

const next = <N extends SessionEventName>(client: SessionClient, name: N): Promise<SessionEvents[N]> => new Promise((resolve) => {
  const dispose = client.on(name, (value) => {
    dispose();
    resolve(value);
  });
});

async function connect(options: Partial<SessionClientOptions> = {}): Promise<{ client: SessionClient; socket: ServerSocket; say: (message: object) => void; asked: () => Promise<unknown> }> {
  const client = new SessionClient({
    url: `ws://127.0.0.1:${port}`,
    webSocket: NodeWebSocket as unknown as WebSocketClass,
    backoff: { first: 5, longest: 20, jitter: 0, attempts: 10 },
    ...options,
  });
  clients.push(client);
  client.open();
  const [socket] = (await once(server, "connection")) as [ServerSocket];
  const requests: unknown[] = [];
  const wanting: ((request: unknown) => void)[] = [];
  socket.on("message", (data: Buffer) => {
    const request: unknown = JSON.parse(data.toString());
    const want = wanting.shift();
    if (want === undefined) requests.push(request);
    else want(request);
  });
  const asked = (): Promise<unknown> => (requests.length > 0 ? Promise.resolve(requests.shift()) : new Promise((resolve) => wanting.push(resolve)));
  const say = (message: object): void => socket.send(JSON.stringify(message));
  say({ type: "health_check_response", healthy: true });
  await becomes(client, "open");
  return { client, socket, say, asked };
}

describe("operations", () => {
  test("spawn, execute, status, stop and daemon status, each with its answer", async () => {
    const { client, say, asked } = await connect();
    const spawned = client.spawnSession({ orchestratorId: "vp_123", task: "Implement feature X", sessionType: "claude-code" });
    expect(await asked()).toEqual({ type: "spawn_session", payload: { orchestratorId: "vp_123", task: "Implement feature X", sessionType: "claude-code" } });
    say({ type: "session_spawned", session: { ...session, id: "other", orchestratorId: "somebody else" } });
    say({ type: "session_spawned", session });
    expect(await spawned).toEqual(session);

    const executing = client.executeTask({ sessionId: session.id, task: "go on", streamResponse: true });
    expect(await asked()).toMatchObject({ type: "execute_task", payload: { sessionId: session.id, task: "go on", streamResponse: true } });
    say({ type: "task_executing", sessionId: "other", taskId: "wrong" });
    say({ type: "task_executing", sessionId: session.id, taskId: "task_7" });
    expect(await executing).toEqual({ taskId: "task_7" });

    const status = client.getSessionStatus(session.id);
    expect(await asked()).toEqual({ type: "session_status", payload: { sessionId: session.id } });
    say({ type: "session_status_update", session: { ...session, status: "running" } });
    expect((await status).status).toBe("running");

    const stopped = client.stopSession(session.id);
    expect(await asked()).toEqual({ type: "stop_session", payload: { sessionId: session.id } });
    say({ type: "session_status_update", session: { ...session, status: "running" } });
    say({ type: "session_status_update", session: { ...session, status: "terminated" } });
    expect((await stopped).status).toBe("terminated");

    const status2 = client.getDaemonStatus();
    expect(await asked()).toEqual({ type: "daemon_status" });
    say({ type: "daemon_status_update", status: daemon });
    expect(await status2).toEqual(daemon);
    expect([...client.snapshot.sessions.keys()]).toEqual(["other", session.id]);
    expect(client.snapshot.daemon).toEqual(daemon);
  });

  test("newer servers say payload", async () => {
    const { client, say } = await connect();
    const spawned = next(client, "session_spawned");
    say({ type: "session_spawned", payload: session });
    expect(await spawned).toEqual(session);
    const chunk = next(client, "stream_chunk");
    say({ type: "stream_chunk", payload: { sessionId: "a", chunk: "b" } });
    expect(await chunk).toEqual({ sessionId: "a", chunk: "b" });
    const failed = next(client, "task_failed");
    say({ type: "task_failed", payload: { sessionId: "a", taskId: "t", error: "no" } });
    expect(await failed).toEqual({ sessionId: "a", taskId: "t", error: "no" });
  });

  test("an error ends the request that it is about", async () => {
    const { client, say, asked } = await connect();
    const first = client.getSessionStatus("one").catch(String);
    const second = client.getSessionStatus("two").catch(String);
    await asked();
    say({ type: "error", error: "no session two", sessionId: "two" });
    expect(await second).toBe("SessionError: no session two");
    say({ type: "error", error: { message: "confused" } });
    expect(await first).toBe("SessionError: confused");
    expect(client.snapshot.error?.message).toBe("confused");
  });

  test("silence ends a request, as does a lost connection or none", async () => {
    const { client, socket } = await connect({ deadline: 200 });
    expect(await client.getDaemonStatus().catch(String)).toBe("SessionError: no answer to daemon_status within 0.2 s");
    const cut = client.getDaemonStatus().catch(String);
    socket.terminate();
    expect(await cut).toBe("SessionError: the connection was lost");
    expect(await client.getDaemonStatus().catch(String)).toBe("SessionError: not connected to the orchestrator");
  });

  test("what cannot be read is told and left out; unknown types are ignored", async () => {
    const problems: string[] = [];
    const { client, say } = await connect({ onProblem: (error) => problems.push(error.message) });
    const spawned = next(client, "session_spawned");
    say({ type: "weather" });
    say({ type: "session_spawned", session: { ...session, status: "dancing" } });
    say({ type: "session_spawned", session });
    await spawned;
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('member "session.status" must be "initializing"');
  });
});

describe("the connection", () => {
  test("shows its token first", async () => {
    const { asked } = await connect({ token: "a secret" });
    expect(await asked()).toEqual({ type: "auth", token: "a secret" });
  });

  test("is not tried again and again with a token that is wrong", async () => {
    const { client, say, asked, socket } = await connect({ token: "a wrong secret" });
    await asked();
    const status = client.getDaemonStatus().catch(String);
    say({ type: "error", error: "this token is not known here", code: "unauthorized" });
    expect(await status).toBe("SessionError: this token is not known here");
    expect(client.snapshot.connection).toEqual({ kind: "unauthorized", reason: "this token is not known here" });
    expect(client.snapshot.error?.message).toBe("this token is not known here");
    await once(socket, "close");
    const again = once(server, "connection");
    client.retry();
    await again;
  });

  test("comes back, and asks what became of its sessions", async () => {
    const { client, say, socket } = await connect();
    const two = [next(client, "session_spawned"), next(client, "session_status_update")];
    say({ type: "session_spawned", session });
    say({ type: "session_status_update", session: { ...session, id: "done", status: "completed" } });
    await Promise.all(two);
    const again = once(server, "connection");
    socket.terminate();
    const [later] = (await again) as [ServerSocket];
    const [data] = (await once(later, "message")) as [Buffer];
    expect(JSON.parse(data.toString())).toEqual({ type: "session_status", payload: { sessionId: session.id } });
    await becomes(client, "open");
    expect(client.snapshot.error).toBeNull();
  });

  test("is given up after ten attempts, and says why", async () => {
    const { client, socket } = await connect({ steady: 0 });
    const attempts = new Set<number>();
    client.subscribe(() => client.snapshot.connection.kind === "waiting" && attempts.add(client.snapshot.connection.attempt));
    server.close();
    socket.terminate();
    await becomes(client, "closed");
    expect(attempts.size).toBe(10);
    expect(client.snapshot.error?.message).toBe("the orchestrator cannot be reached");
    await listen(port);
  });

  test("is asked for a sign of life", async () => {
    const { asked, say } = await connect({ heartbeat: 20 });
    expect(await asked()).toEqual({ type: "ping" });
    say({ type: "pong" });
    expect(await asked()).toEqual({ type: "ping" });
  });
});

describe("a monitor", () => {
  test("gathers what its session says and does, and nothing of others", async () => {
    const { client, say } = await connect();
    const monitor = new SessionMonitor(client, session.id);
    const seen: SessionActivity[] = [];
    const dispose = monitor.subscribe(() => seen.push(monitor.activity));
    const { id: sessionId } = session;
    say({ type: "stream_start", sessionId });
    say({ type: "stream_chunk", data: { sessionId, chunk: "hm", metadata: { type: "thinking", index: 0 } } });
    say({ type: "stream_chunk", data: { sessionId: "other", chunk: "no" } });
    say({ type: "tool_call_start", data: { sessionId, toolName: "read_file", toolInput: { path: "/x" }, status: "started", timestamp: "1" } });
    say({ type: "tool_call_result", data: { sessionId, toolName: "read_file", status: "completed", result: { content: "…" }, timestamp: "2" } });
    for (const chunk of ["Here ", "it is"]) say({ type: "stream_chunk", data: { sessionId, chunk, metadata: { type: "text", index: 1 } } });
    const end = next(client, "stream_end");
    say({ type: "stream_end", sessionId });
    await end;
    expect(seen[0]?.streaming).toBe(true);
    expect(monitor.activity).toEqual({
      streamOutput: "Here it is",
      thinking: "hm",
      toolCalls: [{ sessionId, toolName: "read_file", toolInput: { path: "/x" }, status: "completed", result: { content: "…" }, timestamp: "2" }],
      streaming: false,
      error: null,
    });
    dispose();
    const later = next(client, "stream_chunk");
    say({ type: "stream_chunk", data: { sessionId, chunk: "unheard" } });
    await later;
    expect(monitor.activity.streamOutput).toBe("Here it is");
  });
});
