/**
 * The few pictures that everything but text is drawn with: white shapes in one texture, made for
 * the screen's pixel density, tinted and stretched by the sprites that use them.
 */
import { CanvasSource, Rectangle, Texture } from "pixi.js";
import type { Paint } from "./atlas.ts";

export const RADIUS = 6;
/** How far a shadow reaches beyond its window. */
export const SHADOW = 18;

const BOX = 4 * RADIUS;
const SHADE = 4 * SHADOW;
const FADE = 24;
const CROSS = 12;

function box(context: CanvasRenderingContext2D, inset: number, radii: number | number[]): void {
  context.beginPath();
  context.roundRect(inset, inset, BOX - 2 * inset, BOX - 2 * inset, radii);
}

function outline(width: number): Paint {
  return (context) => {
    context.lineWidth = width;
    box(context, width / 2, RADIUS - width / 2);
    context.stroke();
  };
}

function solid(radii: number | number[]): Paint {
  return (context) => {
    box(context, 0, radii);
    context.fill();
  };
}

function shade(resolution: number): Paint {
  return (context) => {
    // Only the blurred shadow is wanted, so what throws it stands far outside the picture.
    context.shadowColor = "#fff";
    context.shadowBlur = SHADOW * resolution;
    context.shadowOffsetX = 1000 * resolution;
    context.beginPath();
    context.roundRect(SHADOW - 1000, SHADOW, 2 * SHADOW, 2 * SHADOW, RADIUS);
    context.fill();
  };
}

const cross: Paint = (context) => {
  context.lineWidth = 1.6;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(2, 2);
  context.lineTo(10, 10);
  context.moveTo(10, 2);
  context.lineTo(2, 10);
  context.stroke();
};

const fade: Paint = (context) => {
  const gradient = context.createLinearGradient(0, 0, FADE, 0);
  gradient.addColorStop(0, "rgba(255,255,255,0)");
  gradient.addColorStop(1, "#fff");
  context.fillStyle = gradient;
  context.fillRect(0, -1, FADE + 1, 4);
};

export class Shapes {
  readonly resolution: number;
  readonly white: Texture;
  readonly fill: Texture;
  /** Rounded only at the top. */
  readonly bar: Texture;
  readonly outline: Texture;
  readonly thickOutline: Texture;
  readonly shadow: Texture;
  readonly cross: Texture;
  /** Transparent at the left, white at the right, two pixels high to be stretched. */
  readonly fade: Texture;
  readonly #source: CanvasSource;

  constructor(resolution: number) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(512 * resolution);
    canvas.height = Math.ceil((SHADE + 4) * resolution);
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("the browser cannot draw on a canvas");
    this.resolution = resolution;
    this.#source = new CanvasSource({ resource: canvas, resolution });
    let left = 2;
    const add = (width: number, height: number, paint: Paint): Texture => {
      context.save();
      context.scale(resolution, resolution);
      context.beginPath();
      context.rect(left - 1, 0, width + 2, SHADE + 4);
      context.clip();
      context.translate(left, 2);
      context.fillStyle = context.strokeStyle = "#fff";
      paint(context);
      context.restore();
      const frame = new Rectangle(left, 2, width, height);
      left += width + 4;
      return new Texture({ source: this.#source, frame });
    };
    // What is stretched to its edges is painted a pixel beyond them, or the filter would fade it out there.
    this.white = add(2, 2, (each) => each.fillRect(-1, -1, 4, 4));
    this.fade = add(FADE, 2, fade);
    this.fill = add(BOX, BOX, solid(RADIUS));
    this.bar = add(BOX, BOX, solid([RADIUS, RADIUS, 0, 0]));
    this.outline = add(BOX, BOX, outline(1));
    this.thickOutline = add(BOX, BOX, outline(2));
    this.cross = add(CROSS, CROSS, cross);
    this.shadow = add(SHADE, SHADE, shade(resolution));
  }

  destroy(): void {
    this.#source.destroy();
  }
}
