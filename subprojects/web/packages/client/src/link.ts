/**
 * A WebSocket that comes back by itself, whatever is spoken on it: states, back-off, deadlines, and a heartbeat that
 * finds a connection of which only this end is left. What the frames mean is its owner's business.
 */
import { reconnectDelay } from "./backoff.ts";
import type { Backoff } from "./backoff.ts";
import type { Dispose } from "./store.ts";

export type LinkState =
  | { readonly kind: "connecting"; readonly attempt: number }
  | { readonly kind: "open" }
  /** Will try again at `retryAt`, in milliseconds of Date.now(). */
  | { readonly kind: "waiting"; readonly attempt: number; readonly retryAt: number; readonly reason: string }
  /** The other side wants a token, or another one; only look() tries again. */
  | { readonly kind: "unauthorized"; readonly reason: string }
  /** `reason` is null if that was wanted; otherwise the attempts are used up. */
  | { readonly kind: "closed"; readonly reason: string | null };

/** The part of the browser's WebSocket that is used; the one of the package `ws` has it too. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocket;

/** What a user of a connection may want otherwise. All times are in milliseconds. */
export interface LinkOptions {
  readonly webSocket?: WebSocketClass;
  readonly backoff?: Backoff;
  /** How long a connection must have held for the delays to begin anew. */
  readonly steady?: number;
  /** Time to wait for the other side to answer anything. */
  readonly deadline?: number;
  /** After such a silence of the other side it is asked for a sign of life. */
  readonly heartbeat?: number;
  /** Calls back when the connection should be looked at now; by default when the browser is online or visible again. */
  readonly wakeUps?: (look: () => void) => Dispose;
}

export interface LinkOwner {
  /** Asked before each attempt. */
  target(): { readonly url: string; readonly protocols: readonly string[] };
  /** The socket is open. The link itself is only when the owner says so: see Link.opened(). */
  onSocket(protocol: string): void;
  /** A text, or an ArrayBuffer. */
  onFrame(frame: unknown): void;
  onState(state: LinkState): void;
  /** Send something that will be answered. */
  ping(): void;
}

export interface LinkWords {
  readonly unreachable: string;
  readonly silent: string;
}

function browserWakeUps(look: () => void): Dispose {
  if (typeof document === "undefined") return () => undefined;
  const onVisibility = (): void => {
    if (document.visibilityState === "visible") look();
  };
  addEventListener("online", look);
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    removeEventListener("online", look);
    document.removeEventListener("visibilitychange", onVisibility);
  };
}

type Timer = ReturnType<typeof setTimeout>;

export class Link {
  readonly #owner: LinkOwner;
  readonly #words: LinkWords;
  readonly #options: Required<LinkOptions>;
  #state: LinkState = { kind: "closed", reason: null };
  #socket: WebSocket | null = null;
  /** For the next thing that must happen: an attempt, an answer, or a question for a sign of life. */
  #timer: Timer | undefined;
  #disposeWakeUps: Dispose | null = null;
  #attempt = 0;
  #openSince: number | null = null;
  #lastHeard = 0;
  #asked = false;

  constructor(owner: LinkOwner, words: LinkWords, options: LinkOptions & { readonly backoff: Backoff }) {
    this.#owner = owner;
    this.#words = words;
    this.#options = { webSocket: globalThis.WebSocket, steady: 5000, deadline: 10_000, heartbeat: 15_000, wakeUps: browserWakeUps, ...options };
  }

  get state(): LinkState {
    return this.#state;
  }

  open(): void {
    if (this.#state.kind !== "closed") return;
    this.#attempt = 0;
    this.#disposeWakeUps = this.#options.wakeUps(() => this.look());
    this.#connect();
  }

  close(reason: string | null = null): void {
    this.#disposeWakeUps?.();
    this.#disposeWakeUps = null;
    this.#openSince = null;
    this.#drop();
    if (this.#state.kind !== "closed") this.#become({ kind: "closed", reason });
  }

  /** Finds out now how things are: tries again without waiting, or asks for a sign of life. */
  look(): void {
    if (this.#state.kind === "waiting" || this.#state.kind === "unauthorized") this.#connect();
    else if (this.#state.kind === "open" && !this.#asked) this.#ask();
  }

  /** The owner has seen that the other side is there and speaks the same language. */
  opened(): void {
    if (this.#state.kind !== "connecting") return;
    this.#openSince = Date.now();
    this.#lastHeard = this.#openSince;
    this.#watch();
    this.#become({ kind: "open" });
  }

  send(frame: string | Uint8Array<ArrayBuffer>): void {
    this.#socket?.send(frame);
  }

  /** The connection is of no use any more. */
  lost(reason: string): void {
    this.#drop();
    const { backoff, steady } = this.#options;
    if (this.#openSince !== null && Date.now() - this.#openSince >= steady) this.#attempt = 0;
    this.#openSince = null;
    if (this.#attempt >= backoff.attempts) {
      this.close(reason);
      return;
    }
    const delay = reconnectDelay(backoff, this.#attempt, Math.random());
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.#become({ kind: "waiting", attempt: this.#attempt, retryAt: Date.now() + delay, reason });
  }

  /** The other side does not let this one in: asking again would bring the same answer. */
  refused(reason: string): void {
    this.#drop();
    this.#openSince = null;
    this.#become({ kind: "unauthorized", reason });
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.#owner.onState(state);
  }

  #connect(): void {
    this.#drop();
    const { url, protocols } = this.#owner.target();
    const socket = new this.#options.webSocket(url, [...protocols]);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    // A socket that was dropped may still speak; only the present one is listened to.
    const present = (): boolean => this.#socket === socket;
    socket.addEventListener("open", () => {
      if (present()) this.#owner.onSocket(socket.protocol);
    });
    socket.addEventListener("message", (event: MessageEvent<unknown>) => {
      if (!present()) return;
      this.#lastHeard = Date.now();
      if (this.#asked) this.#watch();
      this.#owner.onFrame(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (present()) this.lost(event.reason || (this.#state.kind === "open" ? "the connection was lost" : this.#words.unreachable));
    });
    // An error is always followed by close, but must have a listener in Node.
    socket.addEventListener("error", () => undefined);
    this.#timer = setTimeout(() => this.lost(this.#words.silent), this.#options.deadline);
    this.#become({ kind: "connecting", attempt: this.#attempt });
  }

  /** One timer for the whole silence, not a new one for each frame. */
  #watch(): void {
    clearTimeout(this.#timer);
    this.#asked = false;
    const { heartbeat } = this.#options;
    if (!Number.isFinite(heartbeat)) return;
    const silence = Math.max(0, Date.now() - this.#lastHeard);
    if (silence >= heartbeat) this.#ask();
    else this.#timer = setTimeout(() => this.#watch(), heartbeat - silence);
  }

  #ask(): void {
    clearTimeout(this.#timer);
    this.#asked = true;
    this.#timer = setTimeout(() => this.lost("the connection went silent"), this.#options.deadline);
    this.#owner.ping();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#asked = false;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
