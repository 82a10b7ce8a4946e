/** Which parts of an area are taken: a grid of cells, so that asking costs about the same however many rectangles there are. */
import type { Rect, Size } from "../view.ts";

const CELL = 64;

interface Cell {
  /** A rectangle covers all of it, so that the others need not be known. */
  full: boolean;
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
    while (this.#cells.length < count) this.#cells.push({ full: false, rects: [] });
    this.#cells.length = count;
    for (const cell of this.#cells) {
      cell.full = false;
      cell.rects.length = 0;
    }
  }

  /** Takes a rectangle, which must stay as it is until the next reset. */
  add(rect: Readonly<Rect>): void {
    this.#visit(rect, (cell, x, y) => {
      if (cell.full) return true;
      cell.full = rect.x <= x && rect.y <= y && rect.x + rect.width >= x + CELL && rect.y + rect.height >= y + CELL;
      if (!cell.full) cell.rects.push(rect);
      return true;
    });
  }

  isFree(rect: Readonly<Rect>): boolean {
    return this.#visit(rect, (cell) => !cell.full && !cell.rects.some((other) => overlap(rect, other)));
  }

  /** Calls back for the cells that a rectangle touches and their corners, until one says no. */
  #visit(rect: Readonly<Rect>, each: (cell: Cell, x: number, y: number) => boolean): boolean {
    const index = (position: number, count: number): number => Math.min(count - 1, Math.max(0, Math.floor(position / CELL)));
    const [left, right] = [index(rect.x, this.#columns), index(rect.x + rect.width, this.#columns)];
    const [top, bottom] = [index(rect.y, this.#rows), index(rect.y + rect.height, this.#rows)];
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) {
        const cell = this.#cells[row * this.#columns + column];
        if (cell !== undefined && !each(cell, column * CELL, row * CELL)) return false;
      }
    }
    return true;
  }
}

export function overlap(a: Readonly<Rect>, b: Readonly<Rect>): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
