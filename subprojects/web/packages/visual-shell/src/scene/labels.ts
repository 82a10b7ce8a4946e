/**
 * Text as white pictures in the browser's own shaping, so that every script and emoji comes out
 * right. A text is painted once however many show it, never again when the map is zoomed, and a
 * label that has too little room is cut by its texture's frame.
 */
import { Sprite } from "pixi.js";
import type { Texture } from "pixi.js";
import { Atlas } from "./atlas.ts";
import type { Place } from "./atlas.ts";
import { snap } from "../view.ts";
import type { Rect } from "../view.ts";

export type Font = "title" | "app" | "caption" | "letter" | "bigLetter";

const family = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
const fonts: Readonly<Record<Font, { readonly css: string; readonly height: number }>> = {
  title: { css: `600 12px ${family}`, height: 18 },
  app: { css: `400 12px ${family}`, height: 18 },
  caption: { css: `500 11px ${family}`, height: 18 },
  letter: { css: `700 10px ${family}`, height: 18 },
  bigLetter: { css: `600 26px ${family}`, height: 40 },
};

/** Wider texts are cut while painting: no title bar has room for more. */
const WIDEST = 640;
/** And longer ones are not even measured. */
const LONGEST = 200;

interface Entry {
  readonly place: Place;
  readonly width: number;
  users: number;
}

export class Labels {
  readonly #atlas: Atlas;
  readonly #entries = new Map<string, Entry>();
  readonly #measure: CanvasRenderingContext2D;

  constructor(resolution: number) {
    this.#atlas = new Atlas(resolution);
    const context = document.createElement("canvas").getContext("2d");
    if (context === null) throw new Error("the browser cannot draw on a canvas");
    this.#measure = context;
  }

  acquire(font: Font, text: string): Label {
    const key = `${font} ${text}`;
    const entry = this.#entries.get(key) ?? this.#paint(font, text.slice(0, LONGEST));
    this.#entries.set(key, entry);
    entry.users += 1;
    return new Label(this.#atlas.texture(entry.place, entry.width), entry.width, fonts[font].height, () => {
      entry.users -= 1;
      if (entry.users > 0) return;
      this.#entries.delete(key);
      this.#atlas.release(entry.place);
    });
  }

  flush(): void {
    this.#atlas.flush();
  }

  destroy(): void {
    this.#atlas.destroy();
  }

  #paint(font: Font, text: string): Entry {
    const { css, height } = fonts[font];
    this.#measure.font = css;
    const width = Math.min(WIDEST, Math.ceil(this.#measure.measureText(text).width) + 1);
    const place = this.#atlas.paint(width, height, (context) => {
      context.font = css;
      context.fillStyle = "#fff";
      context.textBaseline = "middle";
      context.fillText(text, 0, height / 2 + 0.5);
    });
    return { place, width, users: 0 };
  }
}

export class Label {
  readonly sprite: Sprite;
  readonly width: number;
  readonly height: number;
  readonly #texture: Texture;
  readonly #release: () => void;

  constructor(texture: Texture, width: number, height: number, release: () => void) {
    this.width = width;
    this.height = height;
    this.#release = release;
    this.#texture = texture;
    this.sprite = new Sprite(texture);
  }

  /** Shows no more than `room` of the text. Returns how much is shown. */
  fit(room: number): number {
    const width = Math.max(0, Math.min(this.width, Math.floor(room)));
    this.sprite.visible = width > 0;
    if (width > 0 && this.#texture.frame.width !== width) {
      this.#texture.frame.width = width;
      this.#texture.update();
    }
    return width;
  }

  /** Puts the label where its pixels meet the screen's. */
  place(x: number, y: number, resolution: number): void {
    this.sprite.position.set(snap(x, resolution), snap(y, resolution));
  }

  /** Shows what there is room for, at the corner of a place. */
  fill(place: Readonly<Rect>, resolution: number): void {
    this.fit(place.width);
    this.sprite.position.set(snap(place.x, resolution), snap(place.y, resolution));
  }

  destroy(): void {
    this.sprite.destroy();
    this.#texture.destroy(false);
    this.#release();
  }
}
