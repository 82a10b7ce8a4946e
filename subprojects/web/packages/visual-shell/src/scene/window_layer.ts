/** All windows of the world as sprites: kept in step with the store, ordered, laid out for a view. */
import type { Window } from "@compositord/client";
import { Container } from "pixi.js";
import { Box, mapWindowRect, screenWindowRect } from "../view.ts";
import type { Rect, Size, View } from "../view.ts";
import type { Labels } from "./labels.ts";
import { Occupancy } from "./occupancy.ts";
import type { Shapes } from "./shapes.ts";
import type { Theme } from "./theme.ts";
import { WindowSprite } from "./window_sprite.ts";
import type { WindowPart } from "./window_sprite.ts";

/** Where to draw windows that are fixed to a viewport. */
export interface FrameOnPage {
  readonly rect: Rect;
  readonly viewport: Size;
}

/** Where the user is dragging a window to, ahead of the compositor. */
export interface Dragged {
  readonly window: number;
  readonly x: number;
  readonly y: number;
}

/** Shadows and captions reach beyond the window itself. */
const OVERHANG = 24;
const CAPTION_WIDTH = 132;
const CAPTION_GAP = 2;

function rank(window: Window): number {
  if (window.states.includes("minimized")) return 0;
  return window.space === "widget" ? 1 : window.space === "map" ? 2 : 3;
}

function belowFirst(a: Window, b: Window): number {
  return rank(a) - rank(b) || a.stacking - b.stacking || a.id - b.id;
}

export class WindowLayer {
  readonly container = new Container();
  readonly #sprites = new Map<number, WindowSprite>();
  readonly #shapes: Shapes;
  readonly #labels: Labels;
  readonly #theme: Theme;
  /** Bottom to top. */
  #order: WindowSprite[] = [];
  readonly #captions: Box[] = [];
  readonly #taken = new Occupancy();

  constructor(shapes: Shapes, labels: Labels, theme: Theme) {
    this.#shapes = shapes;
    this.#labels = labels;
    this.#theme = theme;
  }

  get order(): readonly WindowSprite[] {
    return this.#order;
  }

  update(windows: ReadonlyMap<number, Window>): void {
    for (const [id, sprite] of this.#sprites) {
      if (windows.has(id)) continue;
      sprite.destroy();
      this.#sprites.delete(id);
    }
    for (const window of windows.values()) {
      const sprite = this.#sprites.get(window.id);
      if (sprite === undefined) this.#sprites.set(window.id, new WindowSprite(window, this.#shapes, this.#labels, this.#theme));
      else if (sprite.window !== window) sprite.update(window);
    }
    this.#order = [...this.#sprites.values()].sort((a, b) => belowFirst(a.window, b.window));
    this.#order.forEach((sprite, index) => {
      if (this.container.children[index] !== sprite.container) this.container.addChildAt(sprite.container, index);
    });
  }

  layout(view: View, area: Size, frameOf: (camera: string | null) => FrameOnPage | null, dragged: Dragged | null): void {
    for (let index = 0; index < this.#order.length; index += 1) {
      const sprite = this.#order[index];
      if (sprite === undefined) continue;
      const { window, rect } = sprite;
      let known = true;
      if (window.space === "screen") {
        const frame = frameOf(window.screen?.camera ?? null);
        known = frame !== null;
        if (frame !== null) screenWindowRect(rect, window, frame.rect, frame.viewport);
      } else {
        const ahead = dragged?.window === window.id ? dragged : window;
        mapWindowRect(rect, window, ahead, view, area);
      }
      sprite.onArea =
        known &&
        rect.x < area.width + OVERHANG &&
        rect.y < area.height + OVERHANG &&
        rect.x + rect.width > -OVERHANG &&
        rect.y + rect.height > -OVERHANG;
      sprite.container.visible = sprite.onArea;
      if (sprite.onArea) sprite.layout();
    }
    this.#layoutCaptions(area);
  }

  /** The topmost window at a point of the map area, and which part of it. */
  at(x: number, y: number): { readonly sprite: WindowSprite; readonly part: WindowPart } | null {
    for (let index = this.#order.length - 1; index >= 0; index -= 1) {
      const sprite = this.#order[index];
      const part = sprite?.partAt(x, y) ?? null;
      if (sprite !== undefined && part !== null) return { sprite, part };
    }
    return null;
  }

  destroy(): void {
    for (const sprite of this.#sprites.values()) sprite.destroy();
    this.container.destroy();
  }

  /** Names of windows that are too small for a title bar stand below them, as on a map, where they do not cover each other. */
  #layoutCaptions(area: Size): void {
    this.#taken.reset(area);
    for (let index = 0; index < this.#order.length; index += 1) {
      const sprite = this.#order[index];
      if (sprite?.onArea === true && !sprite.minimized) this.#taken.add(sprite.rect);
    }
    let used = 0;
    for (let index = this.#order.length - 1; index >= 0; index -= 1) {
      const sprite = this.#order[index];
      if (sprite === undefined) continue;
      const { rect } = sprite;
      if (!sprite.onArea || sprite.hasBar || sprite.minimized) {
        sprite.hideCaption();
        continue;
      }
      const { caption } = sprite;
      let place = this.#captions[used];
      if (place === undefined) this.#captions.push((place = new Box()));
      place.width = Math.min(CAPTION_WIDTH, caption.width);
      place.height = caption.height;
      place.x = rect.x + (rect.width - place.width) / 2;
      place.y = rect.y + Math.max(3, rect.height) + CAPTION_GAP;
      // It stands below its own window, so that one is not in its way.
      if (this.#taken.isFree(place)) {
        this.#taken.add(place);
        caption.fill(place, this.#shapes.resolution);
        used += 1;
      } else {
        caption.sprite.visible = false;
      }
    }
  }
}
