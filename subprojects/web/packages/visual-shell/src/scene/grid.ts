/** The map's grid: cells while they are large enough, then ever coarser lines, cross-faded. */
import { Container, Sprite } from "pixi.js";
import type { Size, View } from "../view.ts";
import type { Shapes } from "./shapes.ts";
import type { Theme } from "./theme.ts";
import { setTint } from "./tint.ts";

/** Each level's lines are this many of the finer level's apart. */
const FACTOR = 5;
/** Lines closer than this (CSS pixels) are not drawn; at FACTOR times this they have their full strength. */
const CLOSEST = 14;
/** Where lines wait that are not needed now. Were they hidden, everything would have to be put in order anew. */
const PARKED = -100_000;

export class Grid {
  readonly container = new Container();
  readonly #shapes: Shapes;
  readonly #lines: Sprite[] = [];
  #used = 0;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  draw(view: View, area: Size, gridSize: number, theme: Theme): void {
    this.#used = 0;
    let step = gridSize;
    while (step * view.zoom < CLOSEST) step *= FACTOR;
    const strength = Math.min(1, (step * view.zoom - CLOSEST) / (CLOSEST * (FACTOR - 1)));
    // The finer lines fade away as they come close, while the coarser ones, drawn over them, stay.
    this.#level(view, area, step, 0.55 * strength, theme.gridLine);
    this.#level(view, area, step * FACTOR, 0.55 + 0.35 * strength, theme.gridLine);
    this.#line(view, area, "x", 0, 0.9, theme.axis);
    this.#line(view, area, "y", 0, 0.9, theme.axis);
    for (let index = this.#used; index < this.#lines.length; index += 1) this.#lines[index]?.position.set(PARKED, PARKED);
  }

  #level(view: View, area: Size, step: number, alpha: number, tint: number): void {
    const acrossX = area.width / 2 / view.zoom;
    const acrossY = area.height / 2 / view.zoom;
    const lastX = Math.floor((view.x + acrossX) / step);
    const lastY = Math.floor((view.y + acrossY) / step);
    for (let n = Math.ceil((view.x - acrossX) / step); n <= lastX; n += 1) this.#line(view, area, "x", n * step, alpha, tint);
    for (let n = Math.ceil((view.y - acrossY) / step); n <= lastY; n += 1) this.#line(view, area, "y", n * step, alpha, tint);
  }

  #line(view: View, area: Size, axis: "x" | "y", at: number, alpha: number, tint: number): void {
    const length = axis === "x" ? area.width : area.height;
    const place = (at - view[axis]) * view.zoom + length / 2;
    if (place < -1 || place > length + 1) return;
    let line = this.#lines[this.#used];
    if (line === undefined) {
      line = new Sprite(this.#shapes.white);
      this.#lines.push(line);
      this.container.addChild(line);
    }
    this.#used += 1;
    const { resolution, white } = this.#shapes;
    const crisp = Math.round(place * resolution) / resolution;
    line.alpha = alpha;
    setTint(line, tint);
    const across = axis === "x";
    line.position.set(across ? crisp : 0, across ? 0 : crisp);
    const scaleX = (across ? 1 : area.width) / white.width;
    const scaleY = (across ? area.height : 1) / white.height;
    if (line.scale.x !== scaleX || line.scale.y !== scaleY) line.scale.set(scaleX, scaleY);
  }
}
