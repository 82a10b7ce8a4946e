/**
 * A connection to compositord that comes back by itself. It hands on what it decoded and matches answers with
 * requests; what the world looks like is the store's business.
 */
import { pageBackoff } from "./backoff.ts";
import { DecodeError } from "./decode.ts";
import { Link } from "./link.ts";
import type { LinkOptions, LinkState } from "./link.ts";
import { OfflineQueue } from "./offline_queue.ts";
import { assertNever, decodeServerMessage, encodeClientMessage, SUBPROTOCOLS } from "./protocol.ts";
import type { Encoding, UnknownMessage } from "./protocol.ts";
import type { CodegenUpdateMessage, ErrorMessage, HelloMessage, ReloadUpdateMessage, ServerMessage } from "./protocol.generated.ts";
import { PendingRequests } from "./requests.ts";
import type { Failure, Outcome, Request, Sent } from "./requests.ts";
import { readSessionEvent } from "./session_events.ts";
import type { FollowedEvent, SessionMessage } from "./session_events.ts";
import type { StateMessage, World } from "./state.ts";
import type { Dispose } from "./store.ts";

export type ConnectionState = Exclude<LinkState, { kind: "open" }> | { readonly kind: "open"; readonly hello: HelloMessage };

export type Known = Pick<World, "instance" | "revision">;

export interface ConnectionOptions extends LinkOptions {
  readonly url: string;
  /** The one to show, or some with commas between their names, where compositord mirrors several; by default all of them. */
  readonly compositor?: string;
  readonly onMessage: (message: StateMessage) => void;
  /** Shown when the server asks for one. A page that compositord serves has its token in a cookie instead. */
  readonly token?: string;
  /** The newest whole world, asked for before each attempt: the server then sends only what changed since. */
  readonly known?: () => Known | null;
  /** Something came that could not be read; the connection starts afresh. */
  readonly onProblem?: (error: DecodeError) => void;
  /** Encodings to offer, the best first; the server takes the first one that it knows. */
  readonly encodings?: readonly Encoding[];
}

export interface RequestOptions {
  /** Milliseconds to wait for the answer once it is sent. */
  readonly deadline?: number;
  /** Milliseconds for which to keep the request while there is no connection; 0 fails it at once. */
  readonly keepFor?: number;
  /** Called when it ends, before any message that came after: what waits for the promise may run later than those. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** Where the same server shows only this compositor, or these. */
export function compositorUrl(url: string, compositor: string): string {
  const names = compositor.split(",").map((name) => encodeURIComponent(name));
  return new URL(`c/${names.join(",")}`, new URL(url, (globalThis.location as Location | undefined)?.href)).href;
}

/** The address with what is known already; without a part that is not known the server sends everything. */
export function resumeUrl(url: string, known: Known | null): string {
  if (known === null || known.instance === "") return url;
  const resumed = new URL(url, (globalThis.location as Location | undefined)?.href);
  resumed.searchParams.set("instance", known.instance);
  resumed.searchParams.set("revision", String(known.revision));
  return resumed.href;
}

function readFrame(frame: unknown): Exclude<ServerMessage, { type: "SessionEvent" }> | FollowedEvent | UnknownMessage {
  const message = decodeServerMessage(frame);
  return message.type === "SessionEvent" ? readSessionEvent(message) : message;
}

/** What is told of code generation without being asked for. */
export type CodegenNews = CodegenUpdateMessage | ReloadUpdateMessage;

const offline: Failure = { code: "offline", member: null, message: "not connected to compositord" };
const words = { unreachable: "compositord cannot be reached", silent: "compositord did not answer" };

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #deadline: number;
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  readonly #sessionListeners = new Set<(message: SessionMessage) => void>();
  readonly #codegenListeners = new Set<(message: CodegenNews) => void>();
  readonly #requests = new PendingRequests();
  readonly #queue = new OfflineQueue(this.#requests);
  readonly #link: Link;
  #state: ConnectionState = { kind: "closed", reason: null };
  #hello: HelloMessage | null = null;
  #encoding: Encoding = "json";
  /** The part of the world that was asked for; each new connection is asked for it again. */
  #subscription: Extract<Request, { type: "Subscribe" }> | null = null;

  /** Throws DecodeError if no server could take the token. */
  constructor(options: ConnectionOptions) {
    if (options.token !== undefined) encodeClientMessage({ type: "Auth", token: options.token });
    this.#options = options;
    this.#deadline = options.deadline ?? 10_000;
    const owner = {
      target: () => this.#target(),
      onSocket: (protocol: string) => void (this.#encoding = protocol === SUBPROTOCOLS.msgpack ? "msgpack" : "json"),
      onFrame: (frame: unknown) => this.#receive(frame),
      onState: (state: LinkState) => this.#become(state),
      ping: () => this.#send(this.#requests.begin().id, { type: "Ping" }, this.#deadline),
    };
    this.#link = new Link(owner, words, { backoff: pageBackoff, ...options });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Requests without an outcome yet, those that wait for a connection among them. */
  get requestsUnderWay(): number {
    return this.#requests.size;
  }

  subscribe(listener: (state: ConnectionState) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** For Sessions. */
  subscribeSessions(listener: (message: SessionMessage) => void): Dispose {
    this.#sessionListeners.add(listener);
    return () => this.#sessionListeners.delete(listener);
  }

  /** For Codegen, and for pages that load anew what has changed (ReloadUpdate). */
  subscribeCodegen(listener: (message: CodegenNews) => void): Dispose {
    this.#codegenListeners.add(listener);
    return () => this.#codegenListeners.delete(listener);
  }

  open(): void {
    this.#link.open();
  }

  /** Tries again now instead of when the delay is over; asks an open connection for a sign of life. */
  retry(): void {
    this.#link.look();
  }

  close(): void {
    this.#queue.clear("the connection was closed");
    this.#link.close();
  }

  /** Sends a request with a number of its own. Throws DecodeError if the request itself is wrong. */
  request(request: Request, { deadline = this.#deadline, keepFor = 0, onOutcome }: RequestOptions = {}): Sent {
    // What cannot be written is thrown back before anything waits for its answer.
    encodeClientMessage(request);
    const sent = this.#requests.begin(onOutcome);
    if (this.#state.kind === "open") this.#send(sent.id, request, deadline);
    else if (keepFor > 0) this.#queue.keep(sent.id, request, keepFor);
    else this.#requests.end(sent.id, { ok: false, failure: offline });
    return sent;
  }

  #send(id: number, request: Request, deadline: number): void {
    this.#requests.expectAnswer(id, deadline);
    if (request.type === "Subscribe") this.#subscription = request;
    this.#link.send(encodeClientMessage({ ...request, id }, this.#encoding));
  }

  #target(): { url: string; protocols: string[] } {
    const { compositor, known, encodings = ["json"] } = this.#options;
    const url = compositor === undefined ? this.#options.url : compositorUrl(this.#options.url, compositor);
    // What a subscription left out of the world would be missing from it for ever.
    const resumed = this.#subscription === null ? resumeUrl(url, known?.() ?? null) : url;
    return { url: resumed, protocols: encodings.map((encoding) => SUBPROTOCOLS[encoding]) };
  }

  #become(state: LinkState): void {
    if (state.kind !== "open") {
      this.#hello = null;
      this.#requests.failSent(offline);
      if (state.kind === "closed") this.#queue.clear(state.reason ?? "the connection was closed");
      this.#tell(state);
      return;
    }
    if (this.#hello === null) return;
    this.#tell({ kind: "open", hello: this.#hello });
    if (this.#subscription !== null) this.request(this.#subscription);
    for (const { id, request } of this.#queue.take()) this.#send(id, request, this.#deadline);
  }

  #tell(state: ConnectionState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }

  /** The server asks for a token (id is null), or does not know the one that it was shown. */
  #showToken({ id, message }: ErrorMessage): void {
    const { token } = this.#options;
    if (id !== null) this.#link.refused(message);
    else if (token === undefined) this.#link.refused("a token is needed");
    else this.#send(this.#requests.begin().id, { type: "Auth", token }, this.#deadline);
  }

  #receive(frame: unknown): void {
    let message;
    try {
      message = readFrame(frame);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#options.onProblem?.(error);
      this.#link.lost("compositord sent something that this page cannot read");
      return;
    }
    switch (message.type) {
      case "Hello":
        this.#hello = message;
        this.#options.onMessage(message);
        if (this.#state.kind === "open") this.#tell({ kind: "open", hello: message });
        else this.#link.opened();
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
      case "CodegenList":
      case "CodegenAnswer":
      case "CodegenDetails":
      case "CodegenReport":
        if (message.id !== null) this.#requests.end(message.id, { ok: true, answer: message });
        return;
      case "SessionEvent":
      case "SessionForgotten":
        for (const listener of [...this.#sessionListeners]) listener(message);
        return;
      case "CodegenUpdate":
      case "ReloadUpdate":
        for (const listener of [...this.#codegenListeners]) listener(message);
        return;
      case "unknown":
        return;
      default:
        assertNever(message);
    }
  }
}
