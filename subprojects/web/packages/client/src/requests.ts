/** Requests that wait for their Ack, Error or Pong; each ends in exactly one outcome. */
import type { ClientMessage, RequestId, ServerMessageOf } from "./protocol.ts";

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A request before it has its number. */
export type Request = DistributiveOmit<ClientMessage, "id">;

export type Failure =
  | { readonly code: ServerMessageOf<"Error">["code"]; readonly member: string | null; readonly message: string }
  | { readonly code: "offline" | "deadline"; readonly member: null; readonly message: string };

/** Outcomes are values: who does not care about one need not catch anything. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly failure: Failure };

export interface Sent {
  /** The number that this request carries; it grows with every request. */
  readonly id: number;
  readonly outcome: Promise<Outcome>;
}

interface Waiting {
  readonly settle: (outcome: Outcome) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class PendingRequests {
  #lastId = 0;
  readonly #waiting = new Map<RequestId, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  begin(id: number, deadline: number): Sent {
    const outcome = new Promise<Outcome>((settle) => {
      const timer = setTimeout(() => {
        const message = `no answer within ${deadline / 1000} s`;
        this.end(id, { ok: false, failure: { code: "deadline", member: null, message } });
      }, deadline);
      this.#waiting.set(id, { settle, timer });
    });
    return { id, outcome };
  }

  end(id: RequestId, outcome: Outcome): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.settle(outcome);
  }

  failAll(failure: Failure): void {
    for (const id of [...this.#waiting.keys()]) this.end(id, { ok: false, failure });
  }
}
