/** Requests whose failure the user is told of, in words. */
import type { Connection, Outcome, Request } from "@compositord/client";
import type { Notice } from "./ui/notice.ts";

export class Asking {
  readonly #connection: Connection;
  readonly #notice: Notice;

  constructor(connection: Connection, notice: Notice) {
    this.#connection = connection;
    this.#notice = notice;
  }

  /** `what` completes the sentence "Could not …". */
  ask(request: Request, what: string): void {
    void this.#connection.request(request).outcome.then((outcome) => this.report(what, outcome));
  }

  report(what: string, outcome: Outcome): void {
    if (!outcome.ok) this.say(`Could not ${what}: ${outcome.failure.message}`);
  }

  say(text: string): void {
    this.#notice.show(text);
  }
}
