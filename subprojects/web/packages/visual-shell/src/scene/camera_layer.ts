/** The cameras' viewports on the map: a tinted area below the windows, outline and name above them. */
import type { Camera, CameraPose } from "@compositord/client";
import { Container, NineSliceSprite, Sprite } from "pixi.js";
import { Box, contains, frameRect, snap } from "../view.ts";
import type { Size, View } from "../view.ts";
import type { FrameOnPage } from "./window_layer.ts";
import type { Label, Labels } from "./labels.ts";
import { Outside } from "./outside.ts";
import { Ring } from "./ring.ts";
import { RADIUS } from "./shapes.ts";
import type { Shapes } from "./shapes.ts";
import type { Theme } from "./theme.ts";

const CHIP_HEIGHT = 20;
const CHIP_PADDING = 8;
const GRIP = 6;

class CameraSprite implements FrameOnPage {
  readonly below: Sprite;
  readonly above = new Container();
  readonly rect = new Box();
  readonly name: string;
  viewport: Size;
  readonly #chipRect = new Box();
  readonly #outline: Ring;
  readonly #chip: NineSliceSprite;
  readonly #label: Label;
  readonly #resolution: number;

  constructor(camera: Camera, colour: number, shapes: Shapes, labels: Labels, theme: Theme) {
    this.name = camera.name;
    this.viewport = camera.viewport;
    this.#resolution = shapes.resolution;
    this.below = new Sprite(shapes.white);
    this.below.tint = colour;
    this.below.alpha = theme.dark ? 0.07 : 0.05;
    this.#outline = new Ring(shapes.thickOutline, RADIUS);
    this.#outline.tint = colour;
    this.#chip = new NineSliceSprite({ texture: shapes.fill, leftWidth: RADIUS, rightWidth: RADIUS, topHeight: RADIUS, bottomHeight: RADIUS });
    this.#chip.tint = colour;
    this.#label = labels.acquire("caption", camera.name);
    this.#label.sprite.tint = theme.dark ? 0x10131a : 0xffffff;
    this.above.addChild(this.#outline, this.#chip, this.#label.sprite);
  }

  layout(camera: Camera, pose: CameraPose, view: View, area: Size): void {
    this.viewport = camera.viewport;
    const resolution = this.#resolution;
    const { x, y, width, height } = frameRect(this.rect, camera, pose, view, area);
    this.below.position.set(x, y);
    this.below.setSize(width, height);
    this.#outline.position.set(snap(x, resolution) - 2, snap(y, resolution) - 2);
    this.#outline.setSize(Math.max(4, snap(width, resolution)) + 4, Math.max(4, snap(height, resolution)) + 4);
    const chip = this.#chipRect;
    chip.width = this.#label.width + 2 * CHIP_PADDING;
    chip.height = CHIP_HEIGHT;
    // The name stays in sight while any of the frame is.
    chip.x = snap(Math.min(Math.max(x - 2, 6), Math.max(x - 2, x + width + 2 - chip.width)), resolution);
    chip.y = snap(y - CHIP_HEIGHT - 4 >= 2 || y + height < 0 ? y - CHIP_HEIGHT - 5 : Math.max(y + 4, 6), resolution);
    this.#chip.position.set(chip.x, chip.y);
    this.#chip.setSize(chip.width, chip.height);
    this.#label.place(chip.x + CHIP_PADDING, chip.y + (CHIP_HEIGHT - this.#label.height) / 2, this.#resolution);
  }

  /** Whether a point is on the outline or on the name: there the frame can be dragged. */
  gripAt(x: number, y: number): boolean {
    const { rect } = this;
    if (contains(this.#chipRect, x, y)) return true;
    if (!contains(rect, x, y, GRIP)) return false;
    return x < rect.x + GRIP || y < rect.y + GRIP || x >= rect.x + rect.width - GRIP || y >= rect.y + rect.height - GRIP;
  }

  destroy(): void {
    this.below.destroy();
    this.#label.destroy();
    this.above.destroy({ children: true });
  }
}

export interface PosedCamera {
  readonly camera: Camera;
  readonly pose: CameraPose;
}

export class CameraLayer {
  readonly below = new Container();
  readonly above = new Container();
  readonly #sprites = new Map<string, CameraSprite>();
  readonly #outside: Outside;
  #view: View = { x: 0, y: 0, zoom: 1 };
  #area: Size = { width: 1, height: 1 };
  #chosen: string | null = null;
  readonly #shapes: Shapes;
  readonly #labels: Labels;
  readonly #theme: Theme;

  constructor(shapes: Shapes, labels: Labels, theme: Theme) {
    this.#shapes = shapes;
    this.#labels = labels;
    this.#theme = theme;
    this.#outside = new Outside(theme.outside, 0.62);
    this.above.addChild(this.#outside);
  }

  /** `chosen` is the camera that is followed: what it does not see is dimmed. */
  layout(cameras: ReadonlyMap<string, PosedCamera>, chosen: string | null, view: View, area: Size): void {
    this.#view = view;
    this.#area = area;
    this.#chosen = chosen;
    cameras.forEach(this.#layoutCamera);
    if (this.#sprites.size > cameras.size) this.#removeOthers(cameras);
    const seen = chosen === null ? undefined : this.#sprites.get(chosen)?.rect;
    this.#outside.visible = seen !== undefined;
    if (seen !== undefined) this.#outside.layout(seen, area);
  }

  /** Made once: what is made for each camera in each frame adds up. */
  readonly #layoutCamera = ({ camera, pose }: PosedCamera, name: string): void => {
    const sprite = this.#sprite(name, camera);
    sprite.layout(camera, pose, this.#view, this.#area);
    sprite.below.visible = name !== this.#chosen;
  };

  #removeOthers(cameras: ReadonlyMap<string, PosedCamera>): void {
    for (const [name, sprite] of this.#sprites) {
      if (cameras.has(name)) continue;
      sprite.destroy();
      this.#sprites.delete(name);
    }
  }

  /** The frame of a camera; without a name, that of the only camera. */
  frame(name: string | null): FrameOnPage | null {
    if (name !== null) return this.#sprites.get(name) ?? null;
    for (const sprite of this.#sprites.values()) return this.#sprites.size === 1 ? sprite : null;
    return null;
  }

  gripAt(x: number, y: number): string | null {
    for (const sprite of this.#sprites.values()) if (sprite.gripAt(x, y)) return sprite.name;
    return null;
  }

  destroy(): void {
    for (const sprite of this.#sprites.values()) sprite.destroy();
    this.below.destroy({ children: true });
    this.above.destroy({ children: true });
  }

  #sprite(name: string, camera: Camera): CameraSprite {
    let sprite = this.#sprites.get(name);
    if (sprite === undefined) {
      const colours = this.#theme.cameras;
      sprite = new CameraSprite(camera, colours[this.#sprites.size % colours.length] ?? 0, this.#shapes, this.#labels, this.#theme);
      this.#sprites.set(name, sprite);
      this.below.addChild(sprite.below);
      this.above.addChild(sprite.above);
    }
    return sprite;
  }
}
