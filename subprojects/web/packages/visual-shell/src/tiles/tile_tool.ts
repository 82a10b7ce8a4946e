/** Puts and removes tiles where the user's pointer goes, each cell of a stroke once. */
import type { Outcome, Request, Sent } from "@compositord/client";
import type { Cell } from "../scene/cell_cursor.ts";

export type TileAction = "put" | "remove";

/** A stroke that jumps further than this, in cells, is not filled in between: the pointer was somewhere else. */
const LONGEST_JUMP = 200;

export class TileTool {
  action: TileAction = "put";
  brick = "";
  readonly #send: (request: Request) => Sent;
  readonly #report: (what: string, outcome: Outcome) => void;
  #last: Cell | null = null;

  constructor(send: (request: Request) => Sent, report: (what: string, outcome: Outcome) => void) {
    this.#send = send;
    this.#report = report;
  }

  /** Why it cannot do anything, in words for a person; null if it can. */
  get problem(): string | null {
    return this.action === "put" && this.brick === "" ? "Choose a brick first: the file name of its picture." : null;
  }

  /** Changes a cell by itself. */
  apply({ x, y }: Cell): void {
    const { action, brick } = this;
    const request: Request = action === "put" ? { type: "PutTile", x, y, brick } : { type: "RemoveTile", x, y };
    void this.#send(request).outcome.then((outcome) => this.#report(action === "put" ? "place the tile" : "remove the tile", outcome));
  }

  /** The pointer is pressed and here. */
  stroke(to: Cell): void {
    const from = this.#last ?? to;
    const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
    if (this.#last === null || steps > LONGEST_JUMP) this.apply(to);
    else for (let step = 1; step <= steps; step += 1) this.apply({ x: from.x + Math.round(((to.x - from.x) * step) / steps), y: from.y + Math.round(((to.y - from.y) * step) / steps) });
    this.#last = to;
  }

  /** The pointer is released. */
  lift(): void {
    this.#last = null;
  }
}
