/**
 * A WebSocket to compositord that comes back by itself. It says in which state it is, hands on
 * what it decoded, and matches answers with requests; what the world looks like is the store's business.
 */
import { DecodeError } from "./decode.ts";
import { assertNever, decodeServerMessage, encodeClientMessage, SUBPROTOCOL } from "./protocol.ts";
import type { ServerMessageOf } from "./protocol.ts";
import { PendingRequests } from "./requests.ts";
import type { Failure, Request, Sent } from "./requests.ts";
import type { StateMessage, World } from "./state.ts";
import type { Dispose } from "./store.ts";

export type Hello = ServerMessageOf<"Hello">;

export type ConnectionState =
  | { readonly kind: "connecting"; readonly attempt: number }
  | { readonly kind: "open"; readonly hello: Hello }
  /** Will try again at `retryAt`, in milliseconds of Date.now(). */
  | { readonly kind: "waiting"; readonly attempt: number; readonly retryAt: number; readonly reason: string }
  /** The server wants a token, or another one; retry() tries again. */
  | { readonly kind: "unauthorized"; readonly reason: string }
  | { readonly kind: "closed" };

/** The part of the browser's WebSocket that is used; the one of the package `ws` has it too. */
export type WebSocketClass = new (url: string, protocols: string) => WebSocket;

export interface ConnectionOptions {
  readonly url: string;
  readonly onMessage: (message: StateMessage) => void;
  /** Shown when the server asks for one. A page that compositord serves has its token in a cookie instead. */
  readonly token?: string;
  /** The newest whole world, asked for before each attempt: the server then sends only what changed since. */
  readonly known?: () => Pick<World, "instance" | "revision"> | null;
  /** Something came that could not be read; the connection starts afresh. */
  readonly onProblem?: (error: DecodeError) => void;
  readonly webSocket?: WebSocketClass;
  /** Milliseconds before the first and at most before any later attempt. */
  readonly firstDelay?: number;
  readonly longestDelay?: number;
  /** Milliseconds that a connection must have held for the delays to begin anew. */
  readonly steady?: number;
  /** Milliseconds to wait for Hello, and by default for the answer to a request. */
  readonly deadline?: number;
  /** Calls back when trying again at once makes sense; by default when the browser is online or visible again. */
  readonly wakeUps?: (retry: () => void) => Dispose;
}

/** Doubles with each attempt (from 0), with a jitter of a fifth so that pages do not come back all at once. */
export function reconnectDelay(attempt: number, first: number, longest: number, random: number): number {
  return Math.min(longest, first * 2 ** Math.min(attempt, 30) * (0.8 + 0.4 * random));
}

function browserWakeUps(retry: () => void): Dispose {
  if (typeof document === "undefined") return () => undefined;
  const onVisibility = (): void => {
    if (document.visibilityState === "visible") retry();
  };
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    removeEventListener("online", retry);
    document.removeEventListener("visibilitychange", onVisibility);
  };
}

/** The address with what is known already; without a part that is not known the server sends everything. */
export function resumeUrl(url: string, known: Pick<World, "instance" | "revision"> | null): string {
  if (known === null || known.instance === "") return url;
  const resumed = new URL(url, (globalThis.location as Location | undefined)?.href);
  resumed.searchParams.set("instance", known.instance);
  resumed.searchParams.set("revision", String(known.revision));
  return resumed.href;
}

const offline: Failure = { code: "offline", member: null, message: "not connected to compositord" };

export class Connection {
  readonly #options: Required<Omit<ConnectionOptions, "onProblem" | "token">> & Pick<ConnectionOptions, "onProblem" | "token">;
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  readonly #requests = new PendingRequests();
  #state: ConnectionState = { kind: "closed" };
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #disposeWakeUps: Dispose | null = null;
  #attempt = 0;
  #openSince: number | null = null;
  /** The part of the world that was asked for; each new connection is asked for it again. */
  #subscription: Extract<Request, { type: "Subscribe" }> | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = {
      webSocket: globalThis.WebSocket,
      firstDelay: 1000,
      longestDelay: 30_000,
      steady: 5000,
      deadline: 10_000,
      wakeUps: browserWakeUps,
      known: () => null,
      ...options,
    };
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Requests without an outcome yet. */
  get requestsUnderWay(): number {
    return this.#requests.size;
  }

  subscribe(listener: (state: ConnectionState) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(): void {
    if (this.#state.kind !== "closed") return;
    this.#disposeWakeUps = this.#options.wakeUps(() => this.retry());
    this.#connect();
  }

  /** Tries again now instead of when the delay is over. */
  retry(): void {
    if (this.#state.kind === "waiting" || this.#state.kind === "unauthorized") this.#connect();
  }

  close(): void {
    this.#disposeWakeUps?.();
    this.#disposeWakeUps = null;
    this.#attempt = 0;
    this.#openSince = null;
    this.#drop();
    this.#become({ kind: "closed" });
  }

  /** Sends a request with a number of its own; the outcome is known at the latest after the deadline. */
  request(request: Request, deadline = this.#options.deadline): Sent {
    const id = this.#requests.nextId();
    // What cannot be written is thrown back before anything waits for its answer.
    const frame = encodeClientMessage({ ...request, id });
    const sent = this.#requests.begin(id, deadline);
    if (this.#state.kind !== "open" || this.#socket === null) {
      this.#requests.end(id, { ok: false, failure: offline });
    } else {
      this.#socket.send(frame);
      if (request.type === "Subscribe") this.#subscription = request;
    }
    return sent;
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }

  #connect(): void {
    this.#drop();
    const { url, known } = this.#options;
    // What a subscription left out of the world would be missing from it for ever.
    const socket = new this.#options.webSocket(this.#subscription === null ? resumeUrl(url, known()) : url, SUBPROTOCOL);
    this.#socket = socket;
    // A socket that was dropped may still speak; only the present one is listened to.
    const present = (): boolean => this.#socket === socket;
    socket.addEventListener("message", (event: MessageEvent<unknown>) => {
      if (present()) this.#receive(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (present()) this.#lost(event.reason || (this.#state.kind === "open" ? "the connection was lost" : "compositord cannot be reached"));
    });
    // An error is always followed by close, but must have a listener in Node.
    socket.addEventListener("error", () => undefined);
    this.#timer = setTimeout(() => this.#lost("compositord did not answer"), this.#options.deadline);
    this.#become({ kind: "connecting", attempt: this.#attempt });
  }

  /** Lets go of the socket, the timer and every request under way. */
  #drop(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#requests.failAll(offline);
  }

  #lost(reason: string): void {
    this.#drop();
    const { firstDelay, longestDelay, steady } = this.#options;
    if (this.#openSince !== null && Date.now() - this.#openSince >= steady) this.#attempt = 0;
    this.#openSince = null;
    const delay = reconnectDelay(this.#attempt, firstDelay, longestDelay, Math.random());
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.#become({ kind: "waiting", attempt: this.#attempt, retryAt: Date.now() + delay, reason });
  }

  /** The server asks for a token (id is null), or does not know the one that it was shown. */
  #showToken({ id, message }: ServerMessageOf<"Error">): void {
    const { token } = this.#options;
    if (id === null && token !== undefined) {
      this.#socket?.send(encodeClientMessage({ type: "Auth", id: this.#requests.nextId(), token }));
      return;
    }
    this.#drop();
    this.#become({ kind: "unauthorized", reason: id === null ? "a token is needed" : message });
  }

  #receive(frame: unknown): void {
    let message;
    try {
      message = decodeServerMessage(frame);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#options.onProblem?.(error);
      this.#lost("compositord sent something that this page cannot read");
      return;
    }
    switch (message.type) {
      case "Hello":
        clearTimeout(this.#timer);
        this.#openSince = Date.now();
        this.#options.onMessage(message);
        this.#become({ kind: "open", hello: message });
        if (this.#subscription !== null) this.request(this.#subscription);
        return;
      case "Snapshot":
      case "CompositorUpdate":
      case "CameraUpdate":
      case "WindowUpdate":
      case "ManifestUpdate":
        this.#options.onMessage(message);
        return;
      case "Ack":
        this.#requests.end(message.id, { ok: true });
        return;
      case "Pong":
        if (message.id !== null) this.#requests.end(message.id, { ok: true });
        return;
      case "Error":
        if (message.code === "unauthorized" && this.#state.kind === "connecting") this.#showToken(message);
        else if (message.id !== null) this.#requests.end(message.id, { ok: false, failure: message });
        return;
      case "SessionSpawned":
      case "SessionList":
      case "SessionEvent":
      case "SessionForgotten":
        return; // this client asks for none of them
      case "unknown":
        return;
      default:
        assertNever(message);
    }
  }
}
