/** One window as drawn: body, title bar, icon, texts. Laying it out only moves and stretches what is there. */
import type { Window } from "@compositord/client";
import { Container, NineSliceSprite, Sprite } from "pixi.js";
import type { Texture } from "pixi.js";
import { Box, snap } from "../view.ts";
import type { Label, Labels } from "./labels.ts";
import { Ring } from "./ring.ts";
import { RADIUS, SHADOW } from "./shapes.ts";
import type { Shapes } from "./shapes.ts";
import { appColours } from "./theme.ts";
import type { Theme } from "./theme.ts";
import { setTint } from "./tint.ts";

export const BAR_HEIGHT = 26;
/** A lower window has no room for a title bar; its title stands below it. */
const LOWEST_WITH_BAR = 30;
const NARROWEST_WITH_BAR = 64;
const ICON = 16;
const CLOSE = 24;
const PADDING = 6;

/** What a place in a window does when it is pressed. */
export type WindowPart = "body" | "bar" | "close";

function slice(texture: Texture, border: number): NineSliceSprite {
  return new NineSliceSprite({ texture, leftWidth: border, rightWidth: border, topHeight: border, bottomHeight: border });
}

function setBox(sprite: NineSliceSprite | Ring, x: number, y: number, width: number, height: number): void {
  sprite.position.set(x, y);
  if (sprite instanceof Ring || sprite.width !== width || sprite.height !== height) sprite.setSize(width, height);
}

export class WindowSprite {
  readonly container = new Container();
  /** Where the window lies on the map area, in CSS pixels. */
  readonly rect = new Box();
  /** The same to whole pixels. Not handed on as numbers, of which each would be an object in each frame. */
  readonly #snapped = new Box();
  window: Window;
  hovered = false;
  /** Set while it is laid out; a hidden title is shown as a caption if there is room for one. */
  onArea = false;
  hasBar = false;

  readonly #shapes: Shapes;
  readonly #labels: Labels;
  readonly #theme: Theme;
  readonly #shadow: Ring;
  readonly #body: NineSliceSprite;
  readonly #bar: NineSliceSprite;
  readonly #outline: Ring;
  readonly #icon: NineSliceSprite;
  readonly #fade: Sprite;
  readonly #cross: Sprite;
  #title!: Label;
  #app!: Label;
  #letter!: Label;
  #bigLetter!: Label;
  #caption: Label | null = null;
  #texts = "";
  #strong = 0;
  #iconSize = 0;

  constructor(window: Window, shapes: Shapes, labels: Labels, theme: Theme) {
    this.window = window;
    this.#shapes = shapes;
    this.#labels = labels;
    this.#theme = theme;
    // Its middle would be under the body.
    this.#shadow = new Ring(shapes.shadow, 1.5 * SHADOW);
    this.#body = slice(shapes.fill, RADIUS);
    this.#bar = slice(shapes.bar, RADIUS);
    this.#outline = new Ring(shapes.outline, RADIUS);
    this.#icon = slice(shapes.fill, RADIUS);
    this.#fade = new Sprite(shapes.fade);
    this.#cross = new Sprite(shapes.cross);
    this.#shadow.tint = 0;
    this.container.addChild(this.#shadow, this.#body, this.#bar, this.#icon);
    this.update(window);
  }

  /** The title as it stands below a window without a title bar; made when it is needed first. */
  get caption(): Label {
    if (this.#caption === null) {
      this.#caption = this.#labels.acquire("caption", this.#name);
      this.#caption.sprite.tint = this.#theme.caption;
      this.container.addChild(this.#caption.sprite);
    }
    return this.#caption;
  }

  hideCaption(): void {
    if (this.#caption !== null) this.#caption.sprite.visible = false;
  }

  get #name(): string {
    return this.window.title.trim() || this.window.appId || "untitled";
  }

  get focused(): boolean {
    return this.window.states.includes("activated");
  }

  get minimized(): boolean {
    return this.window.states.includes("minimized");
  }

  update(window: Window): void {
    this.window = window;
    const texts = JSON.stringify([window.title, window.appId]);
    if (texts !== this.#texts) {
      this.#texts = texts;
      this.#relabel();
    }
    this.#recolour();
  }

  /** Which part of the window is at a point of the map area, or null. */
  partAt(x: number, y: number): WindowPart | null {
    const { rect } = this;
    if (!this.onArea || x < rect.x || y < rect.y || x >= rect.x + rect.width || y >= rect.y + rect.height) return null;
    if (!this.hasBar || y >= rect.y + BAR_HEIGHT) return "body";
    return this.hovered && x >= rect.x + rect.width - CLOSE - 2 ? "close" : "bar";
  }

  /** Puts everything where `rect` says. */
  layout(): void {
    const { rect } = this;
    const snapped = this.#snapped;
    const { resolution } = this.#shapes;
    const x = snap(rect.x, resolution);
    const y = snap(rect.y, resolution);
    const width = Math.max(3, snap(rect.x + rect.width, resolution) - x);
    const height = Math.max(3, snap(rect.y + rect.height, resolution) - y);
    snapped.x = x;
    snapped.y = y;
    snapped.width = width;
    snapped.height = height;
    this.hasBar = rect.width >= NARROWEST_WITH_BAR && rect.height >= LOWEST_WITH_BAR;

    const reach = Math.min(1, Math.min(width, height) / 60);
    // Many small windows side by side must not add up to one dark patch.
    this.#shadow.visible = !this.minimized;
    this.#shadow.alpha = this.#theme.shadowAlpha * (this.focused ? 1.5 : 1) * reach;
    setBox(this.#shadow, x - SHADOW, y - SHADOW + 4 * reach, width + 2 * SHADOW, height + 2 * SHADOW);
    setBox(this.#body, x, y, width, height);
    setBox(this.#outline, x, y, width, height);
    this.#bar.visible = this.hasBar;
    this.#title.sprite.visible = this.hasBar;
    this.#app.sprite.visible = this.hasBar;
    this.#fade.visible = false;
    this.#cross.visible = this.hasBar && this.hovered;
    if (this.hasBar) {
      setBox(this.#bar, x, y, width, BAR_HEIGHT);
      this.#layoutBar();
    }
    this.#layoutIcon();
  }

  destroy(): void {
    this.#destroyLabels();
    this.container.destroy({ children: true });
  }

  #layoutBar(): void {
    const { x, y, width } = this.#snapped;
    const { resolution } = this.#shapes;
    const middle = y + BAR_HEIGHT / 2;
    const left = x + PADDING + ICON + PADDING;
    const end = x + width - PADDING - (this.hovered ? CLOSE - PADDING : 0);
    const shown = this.#title.fit(end - left);
    this.#title.place(left, middle - this.#title.height / 2, resolution);
    const appLeft = left + shown + 8;
    const app = this.#app.fit(shown < this.#title.width ? 0 : end - appLeft);
    this.#app.place(appLeft, middle - this.#app.height / 2, resolution);
    const cut = shown < this.#title.width || (app > 0 && app < this.#app.width);
    this.#fade.visible = cut;
    if (cut) {
      this.#fade.position.set(Math.max(left, end - this.#fade.texture.width), y + 1);
      this.#fade.scale.y = (BAR_HEIGHT - 2) / this.#fade.texture.height;
    }
    this.#cross.position.set(x + width - CLOSE / 2 - this.#cross.texture.width / 2 - 1, Math.round(middle - 6));
  }

  /** In the bar, or in the middle of a body that has room for it. */
  #layoutIcon(): void {
    const { x, y, width, height } = this.#snapped;
    const top = this.hasBar ? y + BAR_HEIGHT : y;
    const room = Math.min(width, y + height - top);
    this.#bigLetter.sprite.visible = room >= 120;
    // On the coloured bar of the focused window the icon is light.
    const light = this.hasBar && this.focused;
    setTint(this.#icon, light ? this.#theme.onStrong : this.#strong);
    setTint(this.#letter.sprite, light ? this.#strong : this.#theme.onStrong);
    const size = this.hasBar ? ICON : Math.min(ICON, Math.max(4, Math.min(width, height) * 0.55));
    const iconX = this.hasBar ? x + PADDING : x + (width - size) / 2;
    const iconY = this.hasBar ? y + (BAR_HEIGHT - ICON) / 2 : y + (height - size) / 2;
    this.#icon.position.set(iconX, iconY);
    if (size !== this.#iconSize) this.#icon.setSize(size);
    this.#iconSize = size;
    this.#letter.sprite.visible = size === ICON;
    if (size === ICON) this.#letter.place(iconX + (size - this.#letter.width) / 2, iconY + (size - this.#letter.height) / 2, this.#shapes.resolution);
    if (room >= 120) {
      const left = x + (width - this.#bigLetter.width) / 2;
      this.#bigLetter.place(left, (top + y + height - this.#bigLetter.height) / 2, this.#shapes.resolution);
    }
  }

  #recolour(): void {
    const theme = this.#theme;
    const colours = appColours(this.window.appId, theme.dark);
    const { focused } = this;
    const urgent = this.window.states.includes("urgent");
    const bar = focused ? colours.strong : colours.bar;
    this.container.alpha = this.minimized ? 0.4 : 1;
    this.#body.tint = colours.body;
    this.#bar.tint = bar;
    this.#fade.tint = bar;
    this.#strong = colours.strong;
    this.#outline.texture = focused || urgent ? this.#shapes.thickOutline : this.#shapes.outline;
    this.#outline.tint = urgent ? theme.urgent : focused ? colours.strong : colours.border;
    this.#title.sprite.tint = focused ? theme.onStrong : theme.title;
    this.#app.sprite.tint = focused ? theme.onStrong : theme.quiet;
    this.#app.sprite.alpha = focused ? 0.75 : 1;
    this.#bigLetter.sprite.tint = colours.strong;
    this.#bigLetter.sprite.alpha = 0.45;
    this.#cross.tint = focused ? theme.onStrong : theme.title;
  }

  #relabel(): void {
    const { appId } = this.window;
    const name = this.#name;
    if (this.#title as Label | undefined) this.#destroyLabels();
    const letter = Array.from((appId.split(".").at(-1) || name).trim())[0]?.toUpperCase() ?? "?";
    this.#title = this.#labels.acquire("title", name);
    this.#app = this.#labels.acquire("app", appId === name ? "" : appId);
    this.#letter = this.#labels.acquire("letter", letter);
    this.#bigLetter = this.#labels.acquire("bigLetter", letter);
    this.container.addChild(this.#letter.sprite, this.#bigLetter.sprite, this.#title.sprite, this.#app.sprite, this.#fade, this.#cross, this.#outline);
  }

  #destroyLabels(): void {
    for (const label of [this.#title, this.#app, this.#letter, this.#bigLetter]) label.destroy();
    this.#caption?.destroy();
    this.#caption = null;
  }
}
