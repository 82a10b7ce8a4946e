/** Requests that wait for a connection, each until it expires; the oldest makes room when there are too many. */
import type { PendingRequests, Request } from "./requests.ts";

interface Kept {
  readonly id: number;
  readonly request: Request;
  readonly timer: ReturnType<typeof setTimeout>;
}

const LONGEST = 64;

export class OfflineQueue {
  readonly #requests: PendingRequests;
  #kept: Kept[] = [];

  constructor(requests: PendingRequests) {
    this.#requests = requests;
  }

  get size(): number {
    return this.#kept.length;
  }

  keep(id: number, request: Request, lifetime: number): void {
    if (this.#kept.length === LONGEST) this.#expire(this.#kept[0]?.id, `more than ${LONGEST} requests wait for a connection`);
    const timer = setTimeout(() => this.#expire(id, `no connection within ${lifetime / 1000} s`), lifetime);
    this.#kept.push({ id, request, timer });
  }

  /** Everything that is still wanted, in its order; the queue is empty after that. */
  take(): readonly Pick<Kept, "id" | "request">[] {
    const taken = this.#kept;
    this.#kept = [];
    for (const { timer } of taken) clearTimeout(timer);
    return taken;
  }

  clear(message: string): void {
    for (const { id } of this.take()) this.#requests.end(id, { ok: false, failure: { code: "expired", member: null, message } });
  }

  #expire(id: number | undefined, message: string): void {
    const kept = this.#kept.find((each) => each.id === id);
    if (kept === undefined) return;
    clearTimeout(kept.timer);
    this.#kept = this.#kept.filter((each) => each !== kept);
    this.#requests.end(kept.id, { ok: false, failure: { code: "expired", member: null, message } });
  }
}
