/** Hooks for the orchestrator's sessions. */
import { SessionClient, SessionMonitor } from "@compositord/client";
import type { DaemonStatus, ExecuteTaskPayload, Session, SessionActivity, SessionEventName, SessionEvents, SessionSnapshot, SpawnSessionPayload, StreamChunk, ToolCall } from "@compositord/client";
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { hold, Shared } from "./shared.ts";

const DEFAULT_URL = "ws://localhost:8787";

export interface DaemonHandlers {
  readonly onConnected?: () => void;
  readonly onDisconnected?: () => void;
  readonly onSessionSpawned?: (session: Session) => void;
  readonly onSessionStatus?: (session: Session) => void;
  readonly onStreamStart?: (sessionId: string) => void;
  readonly onStreamChunk?: (chunk: StreamChunk) => void;
  readonly onStreamEnd?: (sessionId: string) => void;
  readonly onToolCallStart?: (call: ToolCall) => void;
  readonly onToolCallResult?: (call: ToolCall) => void;
  readonly onTaskExecuting?: (sessionId: string, taskId: string) => void;
  readonly onTaskCompleted?: (sessionId: string, taskId: string, result: unknown) => void;
  readonly onTaskFailed?: (sessionId: string, taskId: string, error: unknown) => void;
  readonly onDaemonStatus?: (status: DaemonStatus) => void;
  readonly onError?: (error: string, sessionId?: string) => void;
}

export interface DaemonOptions {
  /** Connect as long as the component is mounted; by default true. */
  readonly autoConnect?: boolean;
  /** By default ws://localhost:8787. */
  readonly url?: string;
  /** A client of one's own, with a token or other times; then `url` means nothing. */
  readonly client?: SessionClient;
  readonly handlers?: DaemonHandlers;
}

export interface DaemonHandle {
  readonly connected: boolean;
  readonly connecting: boolean;
  readonly connection: SessionSnapshot["connection"];
  readonly error: Error | null;
  readonly sessions: readonly Session[];
  readonly daemonStatus: DaemonStatus | null;
  readonly connect: () => void;
  readonly disconnect: () => void;
  readonly spawnSession: (payload: SpawnSessionPayload) => Promise<Session>;
  readonly executeTask: (payload: ExecuteTaskPayload) => Promise<{ readonly taskId: string }>;
  readonly getSessionStatus: (sessionId: string) => Promise<Session>;
  readonly stopSession: (sessionId: string) => Promise<Session>;
  readonly getDaemonStatus: () => Promise<DaemonStatus>;
}

const shared = new Shared((url) => new SessionClient({ url }));

function useSessionClient({ autoConnect = true, url = DEFAULT_URL, client: own }: DaemonOptions): SessionClient {
  const client = own ?? shared.get(url);
  useEffect(() => (autoConnect ? hold(client) : undefined), [autoConnect, client]);
  return client;
}

function useSnapshot(client: SessionClient): SessionSnapshot {
  const subscribe = useCallback((listener: () => void) => client.subscribe(listener), [client]);
  const read = (): SessionSnapshot => client.snapshot;
  return useSyncExternalStore(subscribe, read, read);
}

type Routes = { readonly [N in SessionEventName]?: (handlers: DaemonHandlers, value: SessionEvents[N]) => void };

const routes: Routes = {
  session_spawned: (to, session) => to.onSessionSpawned?.(session),
  session_status_update: (to, session) => to.onSessionStatus?.(session),
  stream_start: (to, { sessionId }) => to.onStreamStart?.(sessionId),
  stream_chunk: (to, chunk) => to.onStreamChunk?.(chunk),
  stream_end: (to, { sessionId }) => to.onStreamEnd?.(sessionId),
  tool_call_start: (to, call) => to.onToolCallStart?.(call),
  tool_call_result: (to, call) => to.onToolCallResult?.(call),
  task_executing: (to, { sessionId, taskId }) => to.onTaskExecuting?.(sessionId, taskId),
  task_completed: (to, { sessionId, taskId, result }) => to.onTaskCompleted?.(sessionId, taskId, result),
  task_failed: (to, { sessionId, taskId, error }) => to.onTaskFailed?.(sessionId, taskId, error),
  daemon_status_update: (to, status) => to.onDaemonStatus?.(status),
  error: (to, { error, sessionId }) => to.onError?.(error, sessionId),
};

function listen(client: SessionClient, handlers: () => DaemonHandlers): () => void {
  let wasOpen = client.snapshot.connection.kind === "open";
  const disposes = (Object.keys(routes) as (keyof Routes)[]).map((name) => client.on(name, (value: SessionEvents[typeof name]) => routes[name]?.(handlers(), value as never)));
  disposes.push(
    client.subscribe(() => {
      const isOpen = client.snapshot.connection.kind === "open";
      if (isOpen === wasOpen) return;
      wasOpen = isOpen;
      if (isOpen) handlers().onConnected?.();
      else handlers().onDisconnected?.();
    }),
  );
  return () => {
    for (const dispose of disposes) dispose();
  };
}

/** The orchestrator: its connection, its sessions, and what can be asked of it. Handlers may be new at each render. */
export function useDaemon(options: DaemonOptions = {}): DaemonHandle {
  const client = useSessionClient(options);
  const snapshot = useSnapshot(client);
  const handlers = useRef<DaemonHandlers>({});
  useEffect(() => {
    handlers.current = options.handlers ?? {};
  });
  useEffect(() => listen(client, () => handlers.current), [client]);
  const actions = useMemo(
    () => ({
      connect: () => client.open(),
      disconnect: () => client.close(),
      spawnSession: (payload: SpawnSessionPayload) => client.spawnSession(payload),
      executeTask: (payload: ExecuteTaskPayload) => client.executeTask(payload),
      getSessionStatus: (sessionId: string) => client.getSessionStatus(sessionId),
      stopSession: (sessionId: string) => client.stopSession(sessionId),
      getDaemonStatus: () => client.getDaemonStatus(),
    }),
    [client],
  );
  return useMemo(() => {
    const { connection, error, sessions, daemon } = snapshot;
    return {
      ...actions,
      connection,
      connected: connection.kind === "open",
      connecting: connection.kind === "connecting" || connection.kind === "waiting",
      error,
      sessions: [...sessions.values()],
      daemonStatus: daemon,
    };
  }, [actions, snapshot]);
}

export interface SessionMonitorHandle extends SessionActivity {
  /** Null until the orchestrator has told of it. */
  readonly session: Session | null;
  readonly connected: boolean;
  readonly clear: () => void;
}

export type SessionMonitorOptions = Pick<DaemonOptions, "url" | "client">;

/** One session: its state, and what it said and did since the component is there. */
export function useSessionMonitor(sessionId: string, options: SessionMonitorOptions = {}): SessionMonitorHandle {
  const client = useSessionClient(options);
  const { sessions, connection } = useSnapshot(client);
  const monitor = useMemo(() => new SessionMonitor(client, sessionId), [client, sessionId]);
  const subscribe = useCallback((listener: () => void) => monitor.subscribe(listener), [monitor]);
  const read = (): SessionActivity => monitor.activity;
  const activity = useSyncExternalStore(subscribe, read, read);
  const session = sessions.get(sessionId) ?? null;
  const connected = connection.kind === "open";
  const known = session !== null;
  useEffect(() => {
    // If it is refused or cut off, the error shows in the activity, or the next connection asks again.
    if (connected && !known) client.getSessionStatus(sessionId).catch(() => undefined);
  }, [client, sessionId, connected, known]);
  return useMemo(() => ({ ...activity, session, connected, clear: () => monitor.clear() }), [activity, session, connected, monitor]);
}
