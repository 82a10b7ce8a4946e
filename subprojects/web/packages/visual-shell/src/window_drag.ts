/** A window under the user's pointer: drawn where the pointer has it, told to the compositor one Move at a time. */
import type { Request, Sent, Window } from "@compositord/client";

/** After the last Move was passed on, its effect shows within a frame or two; then the compositor's word holds. */
const SETTLING = 250;

interface Drag {
  readonly window: number;
  x: number;
  y: number;
  unsent: boolean;
  underWay: boolean;
  held: boolean;
}

export class WindowDrag {
  readonly #send: (request: Request) => Sent;
  readonly #wake: () => void;
  #drag: Drag | null = null;

  constructor(send: (request: Request) => Sent, wake: () => void) {
    this.#send = send;
    this.#wake = wake;
  }

  get position(): { readonly window: number; readonly x: number; readonly y: number } | null {
    return this.#drag;
  }

  start(window: Window): void {
    // Taken up again before the compositor has put it there: it goes on from where it is seen.
    const { x, y } = this.#drag?.window === window.id ? this.#drag : window;
    this.#drag = { window: window.id, x, y, unsent: false, underWay: false, held: true };
  }

  moveBy(dx: number, dy: number): void {
    const drag = this.#drag;
    if (drag === null) return;
    drag.x += dx;
    drag.y += dy;
    drag.unsent = true;
    this.#wake();
  }

  release(): void {
    const drag = this.#drag;
    if (drag === null) return;
    drag.held = false;
    if (!drag.unsent && !drag.underWay) this.#settle(drag);
  }

  /** The compositor's window changed: when it is where it was dragged to, nothing remains to be done. */
  follow(window: Window | undefined): void {
    const drag = this.#drag;
    if (drag === null) return;
    const arrived = window !== undefined && Math.abs(window.x - drag.x) < 1 && Math.abs(window.y - drag.y) < 1;
    if (window === undefined || (arrived && !drag.held && !drag.unsent)) this.#end(drag);
  }

  tick(): void {
    const drag = this.#drag;
    if (drag === null || !drag.unsent || drag.underWay) return;
    drag.unsent = false;
    drag.underWay = true;
    void this.#send({ type: "Move", window: drag.window, x: drag.x, y: drag.y }).outcome.then(() => {
      drag.underWay = false;
      if (!drag.held && !drag.unsent) this.#settle(drag);
      this.#wake();
    });
  }

  #settle(drag: Drag): void {
    setTimeout(() => this.#end(drag), SETTLING);
  }

  #end(drag: Drag): void {
    if (this.#drag !== drag) return;
    this.#drag = null;
    this.#wake();
  }
}
