/** Requests that wait for their answer: Ack, Pong, Error, or what was asked for; each ends in exactly one outcome. */
import type { ClientMessage, CodegenAnswerMessage, CodegenDetailsMessage, CodegenListMessage, CodegenReportMessage, ErrorMessage, RequestId, SessionListMessage, SessionSpawnedMessage } from "./protocol.generated.ts";

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A request before it has its number. */
export type Request = DistributiveOmit<ClientMessage, "id">;

export type Failure =
  | Pick<ErrorMessage, "code" | "member" | "message">
  /** offline: not connected, or the connection broke before the answer; deadline: no answer; expired: was kept, but in vain. */
  | { readonly code: "offline" | "deadline" | "expired"; readonly member: null; readonly message: string };

/** What is answered with more than that it was done. */
export type Answer = SessionSpawnedMessage | SessionListMessage | CodegenListMessage | CodegenAnswerMessage | CodegenDetailsMessage | CodegenReportMessage;

/** Outcomes are values: who does not care about one need not catch anything. */
export type Outcome = { readonly ok: true; readonly answer?: Answer } | { readonly ok: false; readonly failure: Failure };

export interface Sent {
  /** The number that this request carries; it grows with every request. */
  readonly id: number;
  readonly outcome: Promise<Outcome>;
}

interface Waiting {
  readonly settle: (outcome: Outcome) => void;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class PendingRequests {
  #lastId = 0;
  readonly #waiting = new Map<RequestId, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  begin(onOutcome?: (outcome: Outcome) => void): Sent {
    this.#lastId += 1;
    const id = this.#lastId;
    const outcome = new Promise<Outcome>((resolve) => {
      const settle = (ended: Outcome): void => {
        onOutcome?.(ended);
        resolve(ended);
      };
      this.#waiting.set(id, { settle, timer: undefined });
    });
    return { id, outcome };
  }

  /** The request was sent: from now on its answer is due. */
  expectAnswer(id: RequestId, deadline: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    waiting.timer = setTimeout(() => {
      this.end(id, { ok: false, failure: { code: "deadline", member: null, message: `no answer within ${deadline / 1000} s` } });
    }, deadline);
  }

  end(id: RequestId, outcome: Outcome): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.settle(outcome);
  }

  /** Ends those that were sent. Whether they were carried out is not known, so they are not sent again. */
  failSent(failure: Failure): void {
    for (const [id, { timer }] of [...this.#waiting]) if (timer !== undefined) this.end(id, { ok: false, failure });
  }
}
