/** The outline around the cell that a tool would change. */
import { toPageX, toPageY } from "../view.ts";
import type { Size, View } from "../view.ts";
import { Ring } from "./ring.ts";
import { RADIUS } from "./shapes.ts";
import type { Shapes } from "./shapes.ts";
import type { Theme } from "./theme.ts";

export interface Cell {
  readonly x: number;
  readonly y: number;
}

export class CellCursor {
  readonly sprite: Ring;

  constructor(shapes: Shapes, theme: Theme) {
    this.sprite = new Ring(shapes.thickOutline, RADIUS);
    this.sprite.tint = theme.cameras[0] ?? 0;
    this.sprite.visible = false;
  }

  layout(cell: Cell | null, view: View, area: Size, gridSize: number): void {
    this.sprite.visible = cell !== null;
    if (cell === null) return;
    const side = Math.max(2 * RADIUS, gridSize * view.zoom);
    this.sprite.position.set(toPageX(view, area, cell.x * gridSize), toPageY(view, area, cell.y * gridSize));
    this.sprite.setSize(side, side);
  }
}
