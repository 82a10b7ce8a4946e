/** Tiles as a person handles them: the panel, the tool, the cell below the pointer, and pictures that are missing. */
import type { Connection, TileMap } from "@compositord/client";
import type { Asking } from "../asking.ts";
import type { Cell } from "../scene/cell_cursor.ts";
import type { TileLayer } from "../scene/tile_layer.ts";
import { TilePanel } from "../ui/tile_panel.ts";
import { TileTool } from "./tile_tool.ts";

/** For so long a change waits for a connection that is lost at the moment. */
const KEPT_FOR = 10_000;

export interface TileModeOptions {
  readonly connection: Connection;
  readonly layer: TileLayer;
  /** What is known of tiles now. */
  readonly tiles: () => TileMap | undefined;
  readonly toWorld: (x: number, y: number) => { readonly x: number; readonly y: number };
  readonly gridSize: () => number;
  readonly asking: Asking;
  readonly wake: () => void;
}

export class TileMode {
  readonly #options: TileModeOptions;
  readonly #tool: TileTool;
  readonly #panel: TilePanel;
  #cursor: Cell | null = null;

  constructor(options: TileModeOptions) {
    this.#options = options;
    const { connection, layer, asking } = options;
    this.#tool = new TileTool((request) => connection.request(request, { keepFor: KEPT_FOR }), (what, outcome) => asking.report(what, outcome));
    this.#panel = new TilePanel({
      setActive: (active) => this.#setActive(active),
      setAction: (action) => void (this.#tool.action = action),
      setBrick: (brick) => void (this.#tool.brick = brick),
      apply: (cell) => {
        if (this.#ready()) this.#tool.apply(cell);
      },
      retryPictures: () => this.#retry(),
    });
    layer.onPicture = options.wake;
  }

  /** Whether the pointer changes tiles instead of moving the map. */
  get active(): boolean {
    return this.#panel.active;
  }

  get cursor(): Cell | null {
    return this.#cursor;
  }

  /** The pointer is at a point of the map area, or has left it. */
  hover(x: number | null, y: number | null): void {
    const cell = x === null || y === null ? null : this.#cellAt(x, y);
    if (cell?.x === this.#cursor?.x && cell?.y === this.#cursor?.y) return;
    this.#cursor = cell;
    if (cell !== null) this.#panel.showCell(cell);
    this.#options.wake();
  }

  stroke(x: number, y: number): void {
    this.hover(x, y);
    if (this.#cursor !== null && this.#ready()) this.#tool.stroke(this.#cursor);
  }

  lift(): void {
    this.#tool.lift();
  }

  /** A click on the map where no tool is at work: a picture that is missing there is asked for again. */
  click(x: number, y: number): void {
    const cell = this.#cellAt(x, y);
    const tile = this.#options.tiles()?.at(cell.x, cell.y);
    if (tile !== undefined && this.#options.layer.isMissing(tile.brick)) this.#retry();
  }

  /** After each frame. */
  drawn(): void {
    this.#panel.setMissing(this.#options.layer.failed);
  }

  /** The server is there again: what could not be had may have been its absence. */
  reconnected(): void {
    if (this.#options.layer.failed > 0) this.#retry();
  }

  setPossible(possible: boolean): void {
    this.#panel.setPossible(possible);
  }

  #cellAt(x: number, y: number): Cell {
    const world = this.#options.toWorld(x, y);
    const side = this.#options.gridSize();
    return { x: Math.floor(world.x / side), y: Math.floor(world.y / side) };
  }

  #ready(): boolean {
    const { problem } = this.#tool;
    if (problem !== null) this.#options.asking.say(problem);
    return problem === null;
  }

  #retry(): void {
    this.#options.layer.retry();
    this.#options.wake();
  }

  #setActive(active: boolean): void {
    this.#cursor = null;
    if (active) this.#panel.suggest(this.#bricks());
    this.#options.wake();
  }

  *#bricks(): Iterable<string> {
    for (const [, { brick }] of this.#options.tiles()?.entries() ?? []) yield brick;
  }
}
