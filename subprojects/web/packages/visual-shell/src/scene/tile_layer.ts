/**
 * The tiles of the map. Their sprites lie in a group with a transformation of its own, in world units from a cell near
 * by: while the view moves only that changes, however many they are. Which tiles there are sprites for is worked out
 * anew when the view has left what was prepared for it. From far away a chunk of tiles is one faint block.
 */
import { CHUNK_SIDE, TileMap } from "@compositord/client";
import { Container, Sprite } from "pixi.js";
import type { Texture } from "pixi.js";
import { loadPicture, PictureLoader } from "../tiles/picture_loader.ts";
import type { PictureState, Wanted } from "../tiles/picture_loader.ts";
import { toPageX, toPageY } from "../view.ts";
import type { Rect, Size, View } from "../view.ts";
import { BRICK_SIDE, Bricks } from "./bricks.ts";
import type { Shapes } from "./shapes.ts";
import { setTint } from "./tint.ts";

type Level = "chunks" | "small" | "whole";

/** Cells smaller than this, in CSS pixels, are not drawn one by one. */
const SMALLEST = 4;
/** Cells larger than this, in CSS pixels, show the whole picture. */
const LARGEST_SMALL = 1.25 * BRICK_SIDE;
/** What is prepared reaches beyond the view by this part of it, to each side. */
const MARGIN = 0.5;
/** How much larger than needed the prepared part may be. */
const MOST_SPARE = 40;
const CHUNK_COLOUR = 0x8a93a3;

/** Cells from one corner to another, both included. */
interface Cells {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface TileSprite {
  readonly sprite: Sprite;
  name: string;
  brick: string;
}

const areaOf = ({ left, top, right, bottom }: Cells): number => (right - left + 1) * (bottom - top + 1);

export interface DrawnTile {
  readonly cell: string;
  readonly brick: string;
  readonly state: PictureState;
  readonly rect: Rect;
}

export class TileLayer {
  readonly container = new Container({ isRenderGroup: true });
  /** Called when a picture came or could not be had. */
  onPicture: () => void = () => undefined;
  readonly #bricks = new Bricks();
  readonly #loader = new PictureLoader(loadPicture, (brick, picture) => this.#onPicture(brick, picture));
  readonly #sprites: TileSprite[] = [];
  readonly #cells: Cells = { left: 0, top: 0, right: -1, bottom: -1 };
  readonly #needed: Cells = { left: 0, top: 0, right: -1, bottom: -1 };
  #used = 0;
  #tiles = TileMap.empty;
  #shapes: Shapes;
  #gridSize = 0;
  #level: Level = "small";
  #stale = true;
  #failed = 0;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  /** How many tiles near by have a brick without a picture. */
  get failed(): number {
    return this.#failed;
  }

  /** After a change of the theme or of the screen's density. */
  setShapes(shapes: Shapes): void {
    this.#shapes = shapes;
    this.#stale = true;
  }

  update(tiles: TileMap): void {
    if (tiles === this.#tiles) return;
    // Who puts a brick again may have changed its picture.
    if (this.#tiles.size > 0) for (const tile of tiles.changesSince(this.#tiles).values()) if (tile !== null) this.#loader.renew(tile.brick);
    this.#tiles = tiles;
    this.#stale = true;
  }

  /** Whether the picture of this brick could not be had. */
  isMissing(brick: string): boolean {
    return this.#loader.state(brick) === "failed";
  }

  /** Tries again to get the pictures that could not be had. */
  retry(): void {
    this.#loader.retry();
    this.#stale = true;
  }

  layout(view: View, area: Size, gridSize: number): void {
    const side = gridSize * view.zoom;
    const level = side < SMALLEST ? "chunks" : side * this.#shapes.resolution > LARGEST_SMALL ? "whole" : "small";
    this.#see(view, area, gridSize);
    if (this.#stale || level !== this.#level || gridSize !== this.#gridSize || !this.#isPrepared()) {
      this.#level = level;
      this.#gridSize = gridSize;
      this.#prepare();
    }
    const { left, top } = this.#cells;
    this.container.position.set(toPageX(view, area, left * gridSize), toPageY(view, area, top * gridSize));
    this.container.scale.set(view.zoom);
    this.#bricks.flush();
  }

  /** What is drawn at present, for tests. */
  drawn(): DrawnTile[] {
    const { position, scale } = this.container;
    return this.#sprites.slice(0, this.#used).map(({ sprite, name, brick }) => ({
      cell: name,
      brick,
      state: this.#loader.state(brick),
      rect: { x: position.x + sprite.x * scale.x, y: position.y + sprite.y * scale.y, width: sprite.width * scale.x, height: sprite.height * scale.y },
    }));
  }

  #see(view: View, area: Size, gridSize: number): void {
    const acrossX = area.width / 2 / view.zoom;
    const acrossY = area.height / 2 / view.zoom;
    this.#needed.left = Math.floor((view.x - acrossX) / gridSize);
    this.#needed.top = Math.floor((view.y - acrossY) / gridSize);
    this.#needed.right = Math.floor((view.x + acrossX) / gridSize);
    this.#needed.bottom = Math.floor((view.y + acrossY) / gridSize);
  }

  #isPrepared(): boolean {
    const cells = this.#cells;
    const needed = this.#needed;
    const inside = needed.left >= cells.left && needed.top >= cells.top && needed.right <= cells.right && needed.bottom <= cells.bottom;
    return inside && areaOf(cells) <= areaOf(needed) * MOST_SPARE;
  }

  #prepare(): void {
    const [cells, needed] = [this.#cells, this.#needed];
    const [spareX, spareY] = [Math.ceil((needed.right - needed.left) * MARGIN), Math.ceil((needed.bottom - needed.top) * MARGIN)];
    cells.left = needed.left - spareX;
    cells.right = needed.right + spareX;
    cells.top = needed.top - spareY;
    cells.bottom = needed.bottom + spareY;
    this.#stale = false;
    this.#failed = 0;
    const before = this.#used;
    this.#used = 0;
    if (this.#level === "chunks") this.#placeChunks();
    else this.#placeTiles();
    for (let index = this.#used; index < before; index += 1) {
      const spare = this.#sprites[index];
      if (spare !== undefined) spare.sprite.visible = false;
    }
  }

  #placeChunks(): void {
    const { left, top, right, bottom } = this.#cells;
    for (const { x, y, chunk } of this.#tiles.blocks()) {
      if (x > right || y > bottom || x + CHUNK_SIDE <= left || y + CHUNK_SIDE <= top) continue;
      this.#place(`${x},${y}`, "", this.#shapes.white, x, y, CHUNK_SIDE, 0.25 + (0.5 * chunk.size) / (CHUNK_SIDE * CHUNK_SIDE));
    }
  }

  #placeTiles(): void {
    const { left, top, right, bottom } = this.#cells;
    const whole = this.#level === "whole";
    const versions = new Map<string, number>();
    for (const [name, { brick, timestamp }] of this.#tiles.within(left, top, right, bottom)) {
      const comma = name.indexOf(",");
      versions.set(brick, Math.max(timestamp, versions.get(brick) ?? 0));
      const texture = this.#bricks.get(brick, whole);
      const failed = texture === undefined && this.#loader.state(brick) === "failed";
      if (failed) this.#failed += 1;
      const shown = texture ?? (failed ? this.#bricks.failed : this.#bricks.waiting);
      this.#place(name, brick, shown, Number(name.slice(0, comma)), Number(name.slice(comma + 1)), 1, 1);
    }
    for (const dropped of this.#bricks.keep(new Set(versions.keys()), whole)) this.#loader.renew(dropped);
    const wanted: Wanted[] = [];
    for (const [brick, version] of versions) wanted.push({ brick, version });
    this.#loader.want(wanted);
  }

  #place(name: string, brick: string, texture: Texture, x: number, y: number, cells: number, alpha: number): void {
    let tile = this.#sprites[this.#used];
    if (tile === undefined) {
      tile = { sprite: new Sprite(), name, brick };
      this.#sprites.push(tile);
      this.container.addChild(tile.sprite);
    }
    this.#used += 1;
    tile.name = name;
    tile.brick = brick;
    const { sprite } = tile;
    sprite.texture = texture;
    setTint(sprite, brick === "" ? CHUNK_COLOUR : 0xffffff);
    sprite.alpha = alpha;
    sprite.visible = true;
    sprite.position.set((x - this.#cells.left) * this.#gridSize, (y - this.#cells.top) * this.#gridSize);
    sprite.setSize(cells * this.#gridSize);
  }

  #onPicture(brick: string, picture: HTMLImageElement | null): void {
    if (picture !== null) this.#bricks.set(brick, picture);
    this.#stale = true;
    this.onPicture();
  }
}
