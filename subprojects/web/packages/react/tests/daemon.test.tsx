// @vitest-environment jsdom
/** The orchestrator's hooks against a small server that speaks its dialect as the wire facts describe it; compositord's own comes later. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { ReactElement } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import { useDaemon, useSessionMonitor } from "../src/index.ts";
import type { DaemonHandle, DaemonHandlers } from "../src/index.ts";
import { acting, render, until } from "./render.tsx";

let server: WebSocketServer;
let url = "";
let came = 0;
const session = { id: "s1", orchestratorId: "vp", type: "claude-code", status: "running", startedAt: "2024-01-01T00:00:00Z" };

beforeEach(async () => {
  globalThis.WebSocket = NodeWebSocket as unknown as typeof WebSocket;
  came = 0;
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on("connection", (socket) => {
    came += 1;
    const say = (message: object): void => socket.send(JSON.stringify(message));
    say({ type: "health_check_response", healthy: true });
    socket.on("message", (data: Buffer) => {
      const { type } = JSON.parse(data.toString()) as { type: string };
      if (type === "spawn_session") say({ type: "session_spawned", session });
      if (type === "session_status") say({ type: "session_status_update", session });
      if (type === "stop_session") say({ type: "session_status_update", session: { ...session, status: "terminated" } });
      if (type !== "execute_task") return;
      say({ type: "task_executing", sessionId: "s1", taskId: "t1" });
      say({ type: "tool_call_start", data: { sessionId: "s1", toolName: "read_file", toolInput: {}, status: "started", timestamp: "1" } });
      for (const chunk of ["Hello, ", "world"]) say({ type: "stream_chunk", data: { sessionId: "s1", chunk, metadata: { type: "text", index: 0 } } });
      say({ type: "task_completed", sessionId: "s1", taskId: "t1", result: 42 });
    });
  });
});

afterEach(async () => {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, "close");
});

test("spawns, executes, monitors and stops, with handlers that are new at each render", async () => {
  let daemon: DaemonHandle | undefined;
  const heard: string[] = [];
  const Monitor = (): ReactElement => {
    const { session: known, streamOutput, toolCalls } = useSessionMonitor("s1", { url });
    return <pre>{`${known?.status ?? "unknown"} ${streamOutput} ${toolCalls.length}`}</pre>;
  };
  const Panel = (): ReactElement => {
    const handlers: DaemonHandlers = {
      onConnected: () => heard.push("connected"),
      onStreamChunk: ({ chunk }) => heard.push(chunk),
      onToolCallStart: ({ toolName }) => heard.push(toolName),
      onTaskCompleted: (sessionId, taskId, result) => heard.push(`${sessionId} ${taskId} ${String(result)}`),
    };
    daemon = useDaemon({ autoConnect: true, url, handlers });
    return <><b>{daemon.sessions.map(({ status }) => status).join()}</b><Monitor /></>;
  };
  const { element } = await render(<Panel />);
  await until(() => daemon?.connected === true);
  expect(came).toBe(1);
  await acting(async () => expect(await daemon?.spawnSession({ orchestratorId: "vp", task: "x", sessionType: "claude-code" })).toMatchObject({ id: "s1" }));
  await acting(async () => expect(await daemon?.executeTask({ sessionId: "s1", task: "go" })).toEqual({ taskId: "t1" }));
  await until(() => element.querySelector("pre")?.textContent === "running Hello, world 1");
  await until(() => heard.length === 5);
  expect(heard).toEqual(["connected", "read_file", "Hello, ", "world", "s1 t1 42"]);
  await acting(() => daemon?.stopSession("s1"));
  await until(() => element.querySelector("b")?.textContent === "terminated");
});

test("without autoConnect it connects when told to, and says what is wrong", async () => {
  let daemon: DaemonHandle | undefined;
  const Panel = (): ReactElement => {
    daemon = useDaemon({ autoConnect: false, url });
    return <p>{daemon.error?.message ?? "fine"}</p>;
  };
  const { element } = await render(<Panel />);
  expect([daemon?.connected, daemon?.connecting, came]).toEqual([false, false, 0]);
  await acting(() => daemon?.connect());
  await until(() => daemon?.connected === true);
  await acting(() => {
    for (const client of server.clients) client.terminate();
  });
  await until(() => element.textContent === "the connection was lost");
  expect(daemon?.connecting).toBe(true);
  await acting(() => daemon?.disconnect());
  expect([daemon?.connected, daemon?.connecting]).toEqual([false, false]);
});
