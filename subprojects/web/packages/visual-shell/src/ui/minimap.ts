/**
 * The whole map in a corner: tiles, windows, and what the cameras and the page see. A click or a drag moves there. What
 * seldom changes is painted once and copied; a frame in which nothing of it changed paints nothing.
 */
import { CHUNK_SIDE, TileMap } from "@compositord/client";
import type { Window } from "@compositord/client";
import type { PosedCamera } from "../scene/camera_layer.ts";
import { appColours, cssColour } from "../scene/theme.ts";
import type { Theme } from "../scene/theme.ts";
import type { Rect, Size, View } from "../view.ts";
import { element } from "./dom.ts";

/** Empty room around everything, as a part of the minimap, when it is fitted anew. */
const MARGIN = 0.1;
/** It is fitted anew when it could be so much larger, or when something does not fit. In between it stands still. */
const TOO_SMALL = 1.6;
const SMALLEST_DOT = 2;
/** Nothing is drawn larger than this, in CSS pixels per world unit. */
const LARGEST_SCALE = 0.2;
/** More tiles are drawn by chunks. */
const MOST_SINGLE = 4096;

interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function clear(edges: Edges): void {
  edges.left = edges.top = Infinity;
  edges.right = edges.bottom = -Infinity;
}

function include(edges: Edges, left: number, top: number, right: number, bottom: number): void {
  edges.left = Math.min(edges.left, left);
  edges.top = Math.min(edges.top, top);
  edges.right = Math.max(edges.right, right);
  edges.bottom = Math.max(edges.bottom, bottom);
}

export interface MinimapPicture {
  readonly view: View;
  readonly area: Size;
  readonly cameras: ReadonlyMap<string, PosedCamera>;
  readonly gridSize: number;
}

export class Minimap {
  readonly #box = element("minimap", HTMLElement);
  readonly #canvas = element("minimap-canvas", HTMLCanvasElement);
  readonly #toggle = element("toggle-minimap", HTMLButtonElement);
  readonly #context = contextOf(this.#canvas);
  readonly #still = contextOf(document.createElement("canvas"));
  readonly #content: Edges = { left: 0, top: 0, right: 0, bottom: 0 };
  readonly #edges: Edges = { left: 0, top: 0, right: 0, bottom: 0 };
  #windows: ReadonlyMap<number, Window> = new Map();
  #tiles = TileMap.empty;
  #theme: Theme;
  #gridSize = 0;
  #stale = true;
  /** Pixels per world unit, and where the map's (0, 0) is. */
  #scale = 0;
  #originX = 0;
  #originY = 0;
  /** The numbers that what moves was drawn from last. */
  readonly #drawn: number[] = [];

  constructor(theme: Theme, moveTo: (x: number, y: number) => void, wake: () => void) {
    this.#theme = theme;
    const move = (event: PointerEvent): void => {
      const ratio = this.#canvas.width / Math.max(1, this.#canvas.clientWidth);
      moveTo((event.offsetX * ratio - this.#originX) / this.#scale, (event.offsetY * ratio - this.#originY) / this.#scale);
    };
    this.#canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.#scale === 0) return;
      this.#canvas.setPointerCapture(event.pointerId);
      move(event);
    });
    this.#canvas.addEventListener("pointermove", (event) => {
      if (this.#canvas.hasPointerCapture(event.pointerId)) move(event);
    });
    this.#toggle.addEventListener("click", () => {
      this.#canvas.hidden = !this.#canvas.hidden;
      this.#toggle.setAttribute("aria-expanded", String(!this.#canvas.hidden));
      this.#stale = true;
      wake();
    });
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#stale = true;
  }

  update(windows: ReadonlyMap<number, Window>, tiles: TileMap): void {
    if (windows === this.#windows && tiles === this.#tiles) return;
    this.#windows = windows;
    this.#tiles = tiles;
    this.#stale = true;
  }

  draw(picture: MinimapPicture): void {
    if (this.#canvas.hidden || this.#box.clientWidth === 0) return;
    const { view, area, cameras, gridSize } = picture;
    this.#resize();
    if (this.#stale || gridSize !== this.#gridSize) {
      this.#gridSize = gridSize;
      this.#measure();
    }
    const edges = this.#edges;
    clear(edges);
    include(edges, this.#content.left, this.#content.top, this.#content.right, this.#content.bottom);
    let changed = this.#see(0, view.x, view.y, area.width / view.zoom, area.height / view.zoom);
    let index = 4;
    for (const { camera, pose } of cameras.values()) {
      changed = this.#see(index, pose.x, pose.y, camera.viewport.width / pose.zoom, camera.viewport.height / pose.zoom) || changed;
      index += 4;
    }
    if (this.#drawn.length !== index) this.#drawn.length = index;
    else if (!this.#stale && !changed) return;
    this.#fit(edges);
    if (this.#stale) this.#paintStill();
    this.#stale = false;
    this.#paint(picture);
  }

  /** Takes in a rectangle around a point; returns whether it is another one than was drawn last. */
  #see(index: number, x: number, y: number, width: number, height: number): boolean {
    const drawn = this.#drawn;
    include(this.#edges, x - width / 2, y - height / 2, x + width / 2, y + height / 2);
    const same = drawn[index] === x && drawn[index + 1] === y && drawn[index + 2] === width && drawn[index + 3] === height;
    drawn[index] = x;
    drawn[index + 1] = y;
    drawn[index + 2] = width;
    drawn[index + 3] = height;
    return !same;
  }

  #resize(): void {
    const width = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    const height = Math.round(this.#canvas.clientHeight * devicePixelRatio);
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    for (const { canvas } of [this.#context, this.#still]) {
      canvas.width = width;
      canvas.height = height;
    }
    this.#stale = true;
  }

  /** How far windows and tiles reach. */
  #measure(): void {
    const content = this.#content;
    clear(content);
    for (const window of this.#windows.values()) {
      if (window.space !== "screen") include(content, window.x, window.y, window.x + window.width, window.y + window.height);
    }
    const side = this.#gridSize;
    if (this.#tiles.size <= MOST_SINGLE) {
      const cells = this.#tiles.bounds();
      if (cells !== null) include(content, cells.left * side, cells.top * side, (cells.right + 1) * side, (cells.bottom + 1) * side);
    } else {
      for (const { x, y } of this.#tiles.blocks()) include(content, x * side, y * side, (x + CHUNK_SIDE) * side, (y + CHUNK_SIDE) * side);
    }
  }

  #fit(edges: Edges): void {
    const { width, height } = this.#canvas;
    const across = Math.max(1, edges.right - edges.left);
    const down = Math.max(1, edges.bottom - edges.top);
    const scale = Math.min((width * (1 - 2 * MARGIN)) / across, (height * (1 - 2 * MARGIN)) / down, LARGEST_SCALE * devicePixelRatio);
    const fits =
      edges.left * this.#scale + this.#originX >= 0 &&
      edges.top * this.#scale + this.#originY >= 0 &&
      edges.right * this.#scale + this.#originX <= width &&
      edges.bottom * this.#scale + this.#originY <= height;
    if (this.#scale > 0 && fits && scale < this.#scale * TOO_SMALL) return;
    const originX = width / 2 - ((edges.left + edges.right) / 2) * scale;
    const originY = height / 2 - ((edges.top + edges.bottom) / 2) * scale;
    this.#scale = scale;
    this.#originX = originX;
    this.#originY = originY;
    this.#stale = true;
  }

  #paintStill(): void {
    const context = this.#still;
    const { width, height } = context.canvas;
    const scale = this.#scale;
    context.clearRect(0, 0, width, height);
    this.#paintTiles();
    for (const window of [...this.#windows.values()].sort((a, b) => a.stacking - b.stacking)) {
      if (window.space === "screen" || window.states.includes("minimized")) continue;
      const colours = appColours(window.appId, this.#theme.dark);
      context.fillStyle = cssColour(window.states.includes("activated") ? colours.strong : colours.border);
      context.fillRect(window.x * scale + this.#originX, window.y * scale + this.#originY, Math.max(SMALLEST_DOT, window.width * scale), Math.max(SMALLEST_DOT, window.height * scale));
    }
  }

  #paintTiles(): void {
    const context = this.#still;
    const cell = this.#gridSize * this.#scale;
    context.fillStyle = cssColour(this.#theme.axis);
    const box = (x: number, y: number, cells: number): void => {
      const side = Math.max(SMALLEST_DOT, cells * cell);
      context.fillRect(x * cell + this.#originX, y * cell + this.#originY, side, side);
    };
    context.globalAlpha = 0.5;
    if (this.#tiles.size <= MOST_SINGLE) {
      for (const [name] of this.#tiles.entries()) box(Number(name.slice(0, name.indexOf(","))), Number(name.slice(name.indexOf(",") + 1)), 1);
    } else {
      for (const { x, y, chunk } of this.#tiles.blocks()) {
        context.globalAlpha = 0.1 + (0.4 * chunk.size) / (CHUNK_SIDE * CHUNK_SIDE);
        box(x, y, CHUNK_SIDE);
      }
    }
    context.globalAlpha = 1;
  }

  #paint({ view, area, cameras }: MinimapPicture): void {
    const context = this.#context;
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.drawImage(this.#still.canvas, 0, 0);
    context.lineWidth = devicePixelRatio;
    context.strokeStyle = cssColour(this.#theme.quiet);
    this.#outline(view.x, view.y, area.width / view.zoom, area.height / view.zoom);
    context.lineWidth = 2 * devicePixelRatio;
    let index = 0;
    for (const { camera, pose } of cameras.values()) {
      context.strokeStyle = cssColour(this.#theme.cameras[index % this.#theme.cameras.length] ?? 0);
      this.#outline(pose.x, pose.y, camera.viewport.width / pose.zoom, camera.viewport.height / pose.zoom);
      index += 1;
    }
  }

  #outline(x: number, y: number, width: number, height: number): void {
    const scale = this.#scale;
    this.#context.strokeRect((x - width / 2) * scale + this.#originX, (y - height / 2) * scale + this.#originY, Math.max(3, width * scale), Math.max(3, height * scale));
  }

  /** Where a point of the world is on the minimap, in CSS pixels; for tests. */
  inspect(): Rect & { readonly scale: number } {
    const { left, top } = this.#canvas.getBoundingClientRect();
    const scale = this.#scale / devicePixelRatio;
    return { x: left + this.#originX / devicePixelRatio, y: top + this.#originY / devicePixelRatio, width: this.#canvas.clientWidth, height: this.#canvas.clientHeight, scale };
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("the browser cannot draw on a canvas");
  return context;
}
