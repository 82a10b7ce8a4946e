/** Which parts of an area are taken: a grid of cells, so that asking costs about the same however many rectangles there are. */
import type { Rect, Size } from "../view.ts";

const CELL = 64;

interface Cell {
  /** A rectangle covers all of it, so that the others need not be known. */
  full: boolean;
  /** The first `count` of `rects` count: a list that is shortened would have to grow again in each frame. */
  count: number;
  readonly rects: Readonly<Rect>[];
}

export class Occupancy {
  #cells: Cell[] = [];
  #columns = 1;
  #rows = 1;

  /** Frees everything. What lies beyond the area's cells is not known exactly. */
  reset(area: Size): void {
    this.#columns = Math.max(1, Math.ceil(area.width / CELL));
    this.#rows = Math.max(1, Math.ceil(area.height / CELL));
    const count = this.#columns * this.#rows;
    while (this.#cells.length < count) this.#cells.push({ full: false, count: 0, rects: [] });
    // By number: `for … of` makes an object for each of them until the engine has compiled this.
    for (let index = 0; index < count; index += 1) {
      const cell = this.#cells[index];
      if (cell === undefined) continue;
      cell.full = false;
      cell.count = 0;
    }
  }

  /** Takes a rectangle, which must stay as it is until the next reset. */
  add(rect: Readonly<Rect>): void {
    const right = this.#column(rect.x + rect.width);
    const bottom = this.#row(rect.y + rect.height);
    for (let row = this.#row(rect.y); row <= bottom; row += 1) {
      for (let column = this.#column(rect.x); column <= right; column += 1) {
        const cell = this.#cells[row * this.#columns + column];
        if (cell === undefined || cell.full) continue;
        const x = column * CELL;
        const y = row * CELL;
        cell.full = rect.x <= x && rect.y <= y && rect.x + rect.width >= x + CELL && rect.y + rect.height >= y + CELL;
        if (cell.full) continue;
        cell.rects[cell.count] = rect;
        cell.count += 1;
      }
    }
  }

  isFree(rect: Readonly<Rect>): boolean {
    const right = this.#column(rect.x + rect.width);
    const bottom = this.#row(rect.y + rect.height);
    for (let row = this.#row(rect.y); row <= bottom; row += 1) {
      for (let column = this.#column(rect.x); column <= right; column += 1) {
        const cell = this.#cells[row * this.#columns + column];
        if (cell === undefined) continue;
        if (cell.full) return false;
        for (let index = 0; index < cell.count; index += 1) {
          const other = cell.rects[index];
          if (other !== undefined && overlap(rect, other)) return false;
        }
      }
    }
    return true;
  }

  #column(x: number): number {
    return cellAt(x, this.#columns);
  }

  #row(y: number): number {
    return cellAt(y, this.#rows);
  }
}

const cellAt = (position: number, count: number): number => Math.min(count - 1, Math.max(0, Math.floor(position / CELL)));

export function overlap(a: Readonly<Rect>, b: Readonly<Rect>): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
