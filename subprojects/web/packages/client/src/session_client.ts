/**
 * Sessions of the orchestrator: starts, follows and stops them. The dialect has no request numbers, so an answer is
 * matched with the oldest request that it can answer; every request ends, by an answer, an error, or its deadline.
 */
import { orchestratorBackoff } from "./backoff.ts";
import { DecodeError } from "./decode.ts";
import { Link } from "./link.ts";
import type { LinkOptions, LinkState } from "./link.ts";
import { decodeSessionEvent } from "./session_protocol.ts";
import type { DaemonStatus, ExecuteTaskPayload, Session, SessionEvent, SessionEventName, SessionEvents, SessionRequest, SpawnSessionPayload } from "./session_protocol.ts";
import type { Dispose } from "./store.ts";

export interface SessionClientOptions extends LinkOptions {
  /** By default ws://localhost:8787. */
  readonly url?: string;
  /** Shown to the server first, if it wants one. */
  readonly token?: string;
  /** Something came that could not be read; it is left out. */
  readonly onProblem?: (error: DecodeError) => void;
}

/** Everything at one moment; another object whenever something changed. */
export interface SessionSnapshot {
  readonly connection: LinkState;
  readonly sessions: ReadonlyMap<string, Session>;
  readonly daemon: DaemonStatus | null;
  /** The last thing that went wrong; null once connected again. */
  readonly error: Error | null;
}

/** The server said no, or nothing at all. */
export class SessionError extends Error {
  readonly sessionId: string | null;

  constructor(message: string, sessionId: string | null = null) {
    super(message);
    this.name = "SessionError";
    this.sessionId = sessionId;
  }
}

interface Waiting {
  readonly sessionId: string | null;
  readonly answers: (event: SessionEvent) => boolean;
  readonly end: (result: SessionEvent | SessionError) => void;
}

const HEARTBEAT = 30_000;
const words = { unreachable: "the orchestrator cannot be reached", silent: "the orchestrator did not answer" };
export const isEnded = ({ status }: Session): boolean => status === "completed" || status === "failed" || status === "terminated";

export class SessionClient {
  readonly #options: SessionClientOptions;
  readonly #link: Link;
  readonly #listeners = new Set<() => void>();
  readonly #handlers = new Map<SessionEventName, Set<(value: never) => void>>();
  #waiting: Waiting[] = [];
  #snapshot: SessionSnapshot = { connection: { kind: "closed", reason: null }, sessions: new Map(), daemon: null, error: null };

  constructor(options: SessionClientOptions = {}) {
    this.#options = options;
    const owner = {
      target: () => ({ url: options.url ?? "ws://localhost:8787", protocols: [] }),
      onSocket: () => this.#onSocket(),
      onFrame: (frame: unknown) => this.#receive(frame),
      onState: (connection: LinkState) => this.#onState(connection),
      ping: () => this.#send({ type: "ping" }),
    };
    this.#link = new Link(owner, words, { backoff: orchestratorBackoff, heartbeat: HEARTBEAT, ...options });
  }

  get snapshot(): SessionSnapshot {
    return this.#snapshot;
  }

  /** Called after every change of the snapshot. */
  subscribe(listener: () => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  on<N extends SessionEventName>(name: N, handler: (value: SessionEvents[N]) => void): Dispose {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers);
    handlers.add(handler);
    return () => handlers.delete(handler);
  }

  open(): void {
    this.#link.open();
  }

  close(): void {
    this.#link.close();
  }

  retry(): void {
    this.#link.look();
  }

  async spawnSession(payload: SpawnSessionPayload): Promise<Session> {
    const answer = await this.#ask({ type: "spawn_session", payload }, null, ({ name, value }) => {
      return name === "session_spawned" && (value.orchestratorId ?? payload.orchestratorId) === payload.orchestratorId;
    });
    return answer.value as Session;
  }

  /** Gives work to a session, whose events this client is told of from then on. Settles when the work begins. */
  async executeTask(payload: ExecuteTaskPayload): Promise<{ readonly taskId: string }> {
    const answer = await this.#ask({ type: "execute_task", payload }, payload.sessionId, ({ name, value }) => {
      return (name === "task_executing" || name === "task_completed" || name === "task_failed") && value.sessionId === payload.sessionId;
    });
    return { taskId: (answer.value as SessionEvents["task_executing"]).taskId };
  }

  async getSessionStatus(sessionId: string): Promise<Session> {
    const answer = await this.#ask({ type: "session_status", payload: { sessionId } }, sessionId, ({ name, value }) => name === "session_status_update" && value.id === sessionId);
    return answer.value as Session;
  }

  /** Settles when the session has ended. */
  async stopSession(sessionId: string): Promise<Session> {
    const answer = await this.#ask({ type: "stop_session", payload: { sessionId } }, sessionId, ({ name, value }) => {
      return name === "session_status_update" && value.id === sessionId && isEnded(value);
    });
    return answer.value as Session;
  }

  async getDaemonStatus(): Promise<DaemonStatus> {
    return (await this.#ask({ type: "daemon_status" }, null, ({ name }) => name === "daemon_status_update")).value as DaemonStatus;
  }

  /** Asks for all sessions; they come as status updates. */
  listSessions(): void {
    this.#send({ type: "list_sessions" });
  }

  #ask(request: SessionRequest, sessionId: string | null, answers: Waiting["answers"]): Promise<SessionEvent> {
    return new Promise((resolve, reject) => {
      if (this.#snapshot.connection.kind !== "open") {
        reject(new SessionError("not connected to the orchestrator", sessionId));
        return;
      }
      const deadline = this.#options.deadline ?? 10_000;
      const timer = setTimeout(() => waiting.end(new SessionError(`no answer to ${request.type} within ${deadline / 1000} s`, sessionId)), deadline);
      const waiting: Waiting = {
        sessionId,
        answers,
        end: (result) => {
          clearTimeout(timer);
          this.#waiting = this.#waiting.filter((each) => each !== waiting);
          if (result instanceof SessionError) reject(result);
          else resolve(result);
        },
      };
      this.#waiting.push(waiting);
      this.#send(request);
    });
  }

  #send(request: SessionRequest): void {
    this.#link.send(JSON.stringify(request));
  }

  #onSocket(): void {
    if (this.#options.token !== undefined) this.#send({ type: "auth", token: this.#options.token });
    // The greeting is not waited for: some servers of this family do not send one.
    this.#link.opened();
  }

  #onState(connection: LinkState): void {
    if (connection.kind === "waiting" || connection.kind === "unauthorized" || connection.kind === "closed") {
      const lost = new SessionError(connection.reason ?? "the connection was closed");
      for (const waiting of [...this.#waiting]) waiting.end(lost);
      this.#update({ connection, ...(connection.reason !== null && { error: lost }) });
      return;
    }
    this.#update({ connection, ...(connection.kind === "open" && { error: null }) });
    if (connection.kind !== "open") return;
    // What happened while nobody listened.
    for (const session of this.#snapshot.sessions.values()) {
      if (!isEnded(session)) this.#send({ type: "session_status", payload: { sessionId: session.id } });
    }
  }

  #update(changes: Partial<SessionSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changes };
    for (const listener of [...this.#listeners]) listener();
  }

  #receive(frame: unknown): void {
    let event;
    try {
      event = decodeSessionEvent(frame);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#options.onProblem?.(error);
      return;
    }
    if (event === null) return;
    if (event.name === "error" && event.value.code === "unauthorized") this.#link.refused(event.value.error);
    else this.#apply(event);
    const found = event.name === "error" ? this.#refused(event.value) : this.#waiting.find((each) => each.answers(event));
    found?.end(event.name === "error" ? new SessionError(event.value.error, event.value.sessionId ?? null) : event);
    for (const handler of [...(this.#handlers.get(event.name) ?? [])]) handler(event.value as never);
  }

  #refused({ sessionId }: SessionEvents["error"]): Waiting | undefined {
    return sessionId === undefined ? this.#waiting[0] : this.#waiting.find((each) => each.sessionId === sessionId);
  }

  #apply({ name, value }: SessionEvent): void {
    if (name === "session_spawned" || name === "session_status_update") {
      this.#update({ sessions: new Map([...this.#snapshot.sessions, [value.id, value]]) });
    } else if (name === "daemon_status_update") {
      this.#update({ daemon: value });
    } else if (name === "error") {
      this.#update({ error: new SessionError(value.error, value.sessionId ?? null) });
    }
  }
}
