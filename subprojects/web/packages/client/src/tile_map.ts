/**
 * The tiles of the map as a value. They lie in chunks of which a change copies only its own, so that one tile of very
 * many costs little, and so that what changed between two maps is found by looking at the chunks that differ.
 */
import type { Tile } from "./protocol.generated.ts";

/** Cells along the side of a chunk. */
export const CHUNK_SIDE = 16;

export type TileChunk = ReadonlyMap<string, Tile>;

/** What became of cells, by their name `x,y`: a tile, or null for none. */
export type TileChanges = ReadonlyMap<string, Tile | null>;

function cellOf(name: string): { readonly x: number; readonly y: number } {
  const comma = name.indexOf(",");
  return { x: Number(name.slice(0, comma)), y: Number(name.slice(comma + 1)) };
}

const nameOf = (x: number, y: number): string => `${x},${y}`;
const chunkAt = (x: number, y: number): string => nameOf(Math.floor(x / CHUNK_SIDE), Math.floor(y / CHUNK_SIDE));

function chunkOf(name: string): string {
  const { x, y } = cellOf(name);
  return chunkAt(x, y);
}

const sameTile = (a: Tile | undefined, b: Tile | null): boolean => (b === null ? a === undefined : a?.brick === b.brick && a.timestamp === b.timestamp);

export class TileMap {
  static readonly empty = new TileMap(new Map(), 0);

  readonly chunks: ReadonlyMap<string, TileChunk>;
  readonly size: number;

  private constructor(chunks: ReadonlyMap<string, TileChunk>, size: number) {
    this.chunks = chunks;
    this.size = size;
  }

  static of(tiles: Readonly<Record<string, Tile>>): TileMap {
    return TileMap.empty.with(Object.entries(tiles));
  }

  at(x: number, y: number): Tile | undefined {
    return this.chunks.get(chunkAt(x, y))?.get(nameOf(x, y));
  }

  get(name: string): Tile | undefined {
    return this.chunks.get(chunkOf(name))?.get(name);
  }

  *entries(): IterableIterator<readonly [string, Tile]> {
    for (const chunk of this.chunks.values()) yield* chunk;
  }

  /** The chunks, each with the cell in its corner. */
  *blocks(): IterableIterator<{ readonly x: number; readonly y: number; readonly chunk: TileChunk }> {
    for (const [name, chunk] of this.chunks) {
      const { x, y } = cellOf(name);
      yield { x: x * CHUNK_SIDE, y: y * CHUNK_SIDE, chunk };
    }
  }

  /** The cells in the corners of all, both included; null if there is no tile. */
  bounds(): { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number } | null {
    if (this.size === 0) return null;
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [name] of this.entries()) {
      const { x, y } = cellOf(name);
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x);
      bottom = Math.max(bottom, y);
    }
    return { left, top, right, bottom };
  }

  /** The tiles of the cells from one corner to the other, both included. */
  *within(left: number, top: number, right: number, bottom: number): IterableIterator<readonly [string, Tile]> {
    const [firstX, lastX, firstY, lastY] = [left, right, top, bottom].map((each) => Math.floor(each / CHUNK_SIDE)) as [number, number, number, number];
    const inside = ({ x, y }: { x: number; y: number }): boolean => x >= left && x <= right && y >= top && y <= bottom;
    // A view that is larger than the map must not look at chunks that nobody has.
    const few = (lastX - firstX + 1) * (lastY - firstY + 1) <= this.chunks.size;
    if (few) {
      for (let y = firstY; y <= lastY; y += 1) {
        for (let x = firstX; x <= lastX; x += 1) {
          for (const entry of this.chunks.get(nameOf(x, y)) ?? []) if (inside(cellOf(entry[0]))) yield entry;
        }
      }
    } else {
      for (const entry of this.entries()) if (inside(cellOf(entry[0]))) yield entry;
    }
  }

  /** The map after some cells became something else; the same one if nothing really changed. */
  with(changes: Iterable<readonly [string, Tile | null]>): TileMap {
    const changed = new Map<string, Map<string, Tile>>();
    let { size } = this;
    for (const [name, tile] of changes) {
      const key = chunkOf(name);
      let chunk = changed.get(key);
      const old = (chunk ?? this.chunks.get(key))?.get(name);
      if (sameTile(old, tile)) continue;
      if (chunk === undefined) {
        chunk = new Map(this.chunks.get(key));
        changed.set(key, chunk);
      }
      if (tile === null) chunk.delete(name);
      else chunk.set(name, tile);
      size += (tile === null ? 0 : 1) - (old === undefined ? 0 : 1);
    }
    if (changed.size === 0) return this;
    const chunks = new Map(this.chunks);
    for (const [key, chunk] of changed) {
      if (chunk.size === 0) chunks.delete(key);
      else chunks.set(key, chunk);
    }
    return new TileMap(chunks, size);
  }

  /** This map with the content of another one; what is equal keeps its identity. */
  replacedBy(other: TileMap): TileMap {
    return this.with(other.changesSince(this));
  }

  /** How this map differs from an earlier one. */
  changesSince(before: TileMap): TileChanges {
    const changes = new Map<string, Tile | null>();
    for (const [key, chunk] of this.chunks) {
      const old = before.chunks.get(key);
      if (old === chunk) continue;
      for (const [name, tile] of chunk) if (!sameTile(old?.get(name), tile)) changes.set(name, tile);
      for (const name of old?.keys() ?? []) if (!chunk.has(name)) changes.set(name, null);
    }
    for (const [key, old] of before.chunks) {
      if (!this.chunks.has(key)) for (const name of old.keys()) changes.set(name, null);
    }
    return changes;
  }
}
