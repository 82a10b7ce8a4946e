/** The clients that are there, and how much is said to and by each of them, second by second. */
import type { Count, Counts, Peer } from "./traffic.ts";

/** How many seconds a client's history has. */
export const HISTORY = 30;

export interface Rate {
  /** Per second. */
  readonly frames: number;
  readonly bytes: number;
}

export interface ClientRow {
  readonly peer: Peer;
  readonly sent: Rate;
  readonly received: Rate;
  /** Frames per second in both directions, the latest last. */
  readonly history: readonly number[];
}

const nothing: Rate = { frames: 0, bytes: 0 };
const none: Count = { frames: 0, bytes: 0 };

function rate(now: Count, before: Count, seconds: number): Rate {
  return { frames: Math.max(0, now.frames - before.frames) / seconds, bytes: Math.max(0, now.bytes - before.bytes) / seconds };
}

export class ClientRates {
  readonly #rows = new Map<number, ClientRow>();
  #totals = new Map<number, Counts>();
  #time: number | null = null;

  /** By number. */
  get rows(): readonly ClientRow[] {
    return [...this.#rows.values()].sort((a, b) => a.peer.client - b.peer.client);
  }

  has(client: number): boolean {
    return this.#rows.has(client);
  }

  came(peer: Peer): void {
    const known = this.#rows.get(peer.client);
    this.#rows.set(peer.client, known === undefined ? { peer, sent: nothing, received: nothing, history: [] } : { ...known, peer });
  }

  went(client: number): void {
    this.#rows.delete(client);
    this.#totals.delete(client);
  }

  clear(): void {
    this.#rows.clear();
    this.#totals.clear();
    this.#time = null;
  }

  /** Totals of those clients that said or were told something; the others have the same as before. */
  count(time: number, clients: readonly Counts[]): void {
    const seconds = this.#time === null ? 1 : Math.max(0.5, (time - this.#time) / 1000);
    // The first totals may be those of an hour: nothing can be said of a rate.
    const first = this.#time === null;
    this.#time = time;
    const changed = new Map(clients.map((each) => [each.client, each]));
    for (const [client, row] of this.#rows) {
      const now = changed.get(client);
      const before = this.#totals.get(client) ?? (first ? now : undefined);
      const sent = now === undefined ? nothing : rate(now.sent, before?.sent ?? none, seconds);
      const received = now === undefined ? nothing : rate(now.received, before?.received ?? none, seconds);
      this.#rows.set(client, { ...row, sent, received, history: [...row.history, sent.frames + received.frames].slice(-HISTORY) });
    }
    for (const [client, totals] of changed) if (this.#rows.has(client)) this.#totals.set(client, totals);
  }
}
