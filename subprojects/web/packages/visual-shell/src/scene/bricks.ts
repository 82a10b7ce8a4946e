/**
 * Bricks as textures. Small pictures lie together in a few large textures, so that very many tiles take few draw calls;
 * who looks closely gets the whole picture, of the few that are in sight then.
 */
import { ImageSource, Rectangle, Texture } from "pixi.js";
import { Atlas } from "./atlas.ts";
import type { Paint, Place } from "./atlas.ts";

/** Pixels along the side of a small picture. */
export const BRICK_SIDE = 128;
/** So many pictures are kept, beyond those in sight. */
const KEPT = 384;

interface Brick {
  readonly image: HTMLImageElement;
  readonly place: Place;
  readonly small: Texture;
  whole: Texture | null;
}

const waiting: Paint = (context) => {
  context.fillStyle = "rgb(128 136 150 / 0.16)";
  context.fillRect(2, 2, BRICK_SIDE - 4, BRICK_SIDE - 4);
};

const failed: Paint = (context) => {
  context.fillStyle = "rgb(194 87 12 / 0.14)";
  context.fillRect(2, 2, BRICK_SIDE - 4, BRICK_SIDE - 4);
  context.strokeStyle = context.fillStyle = "#c2570c";
  context.lineWidth = 3;
  context.setLineDash([8, 6]);
  context.strokeRect(5, 5, BRICK_SIDE - 10, BRICK_SIDE - 10);
  context.font = "700 56px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText("!", BRICK_SIDE / 2, BRICK_SIDE / 2 + 4);
};

export class Bricks {
  readonly #atlas = new Atlas(1);
  /** What was used longest ago comes first. */
  readonly #bricks = new Map<string, Brick>();
  readonly waiting = this.#texture(this.#paint(waiting));
  readonly failed = this.#texture(this.#paint(failed));

  /** Keeps a picture, instead of an older one of this brick. */
  set(name: string, image: HTMLImageElement): void {
    this.#remove(name);
    const place = this.#paint((context) => {
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, BRICK_SIDE, BRICK_SIDE);
    });
    this.#bricks.set(name, { image, place, small: this.#texture(place), whole: null });
  }

  /** Undefined if there is no picture of it. */
  get(name: string, whole: boolean): Texture | undefined {
    const brick = this.#bricks.get(name);
    if (brick === undefined || !whole) return brick?.small;
    return (brick.whole ??= new Texture({ source: new ImageSource({ resource: brick.image }) }));
  }

  /** Of what is not in use only some is kept; returns what is not any more. */
  keep(inUse: ReadonlySet<string>, whole: boolean): string[] {
    for (const name of inUse) {
      const brick = this.#bricks.get(name);
      if (brick === undefined) continue;
      this.#bricks.delete(name);
      this.#bricks.set(name, brick);
    }
    const dropped: string[] = [];
    let spare = this.#bricks.size - inUse.size - KEPT;
    for (const [name, brick] of this.#bricks) {
      const used = inUse.has(name);
      if (!used || !whole) this.#dropWhole(brick);
      if (used || spare <= 0) continue;
      spare -= 1;
      this.#remove(name);
      dropped.push(name);
    }
    return dropped;
  }

  /** Hands what was painted to the renderer. */
  flush(): void {
    this.#atlas.flush();
  }

  #paint(paint: Paint): Place {
    return this.#atlas.paint(BRICK_SIDE, BRICK_SIDE, paint);
  }

  /** Half a pixel inside its place, or the filter would mix in what lies beside it. */
  #texture({ page, x, y }: Place): Texture {
    return new Texture({ source: page.source, frame: new Rectangle(x + 0.5, y + 0.5, BRICK_SIDE - 1, BRICK_SIDE - 1) });
  }

  #remove(name: string): void {
    const brick = this.#bricks.get(name);
    if (brick === undefined) return;
    this.#bricks.delete(name);
    this.#dropWhole(brick);
    brick.small.destroy(false);
    this.#atlas.release(brick.place);
  }

  #dropWhole(brick: Brick): void {
    brick.whole?.destroy(true);
    brick.whole = null;
  }
}
