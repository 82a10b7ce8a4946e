/** The connection to /api/v1/traffic: comes back by itself, and says why when it may not look. */
import { EventReader } from "./event_stream.ts";
import { decodeTraffic } from "./traffic.ts";
import type { TrafficEvent } from "./traffic.ts";

export type StreamState =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  | { readonly kind: "waiting"; readonly seconds: number }
  /** It will not be tried again by itself. */
  | { readonly kind: "refused"; readonly status: number; readonly text: string };

export interface StreamOptions {
  readonly url: string;
  onState(state: StreamState): void;
  onEvent(event: TrafficEvent): void;
  onProblem(problem: unknown): void;
}

const LONGEST_WAIT = 15;

export class TrafficConnection {
  readonly #options: StreamOptions;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Connects now, unless it is connected. */
  open(): void {
    clearTimeout(this.#timer);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#options.onState({ kind: "connecting" });
    try {
      const response = await fetch(this.#options.url, { headers: { accept: "text/event-stream" }, cache: "no-store" });
      if (!response.ok || response.body === null) {
        const text = await response.text();
        // What the server refuses it will refuse again; of an overload nobody knows.
        if (response.status < 500) {
          this.#options.onState({ kind: "refused", status: response.status, text });
          return;
        }
      } else {
        this.#failures = 0;
        this.#options.onState({ kind: "open" });
        await this.#follow(response.body);
      }
    } catch {
      // It is not there, or went; the browser's console has more.
    } finally {
      this.#running = false;
    }
    const seconds = Math.min(LONGEST_WAIT, 2 ** this.#failures);
    this.#failures += 1;
    this.#options.onState({ kind: "waiting", seconds });
    this.#timer = setTimeout(() => this.open(), seconds * 1000);
  }

  async #follow(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    const reader = new EventReader((event) => {
      try {
        const decoded = decodeTraffic(event);
        if (decoded !== null) this.#options.onEvent(decoded);
      } catch (problem) {
        this.#options.onProblem(problem);
      }
    });
    const pieces = body.getReader();
    for (;;) {
      const { done, value } = await pieces.read();
      if (done) return;
      reader.push(decoder.decode(value, { stream: true }));
    }
  }
}
