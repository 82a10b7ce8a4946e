/**
 * What the map area shows, and what moving it means: in `follow` the view is the chosen camera's
 * and moving it moves the real camera; in `overview` the page has a view of its own.
 */
import type { Cameras, CameraSync } from "@compositord/client";
import { blend, clamp, FREE_ZOOM, followView, FRAME_MARGIN, poseAround, toWorldX, toWorldY } from "./view.ts";
import type { Rect, Size, View } from "./view.ts";

export type Mode = "follow" | "overview";

/** Time in which the page's own view glides, and that is asked of the compositor for its camera. */
const GLIDE = 180;
const FIT_MARGIN = 56;

const ease = (part: number): number => 1 - (1 - part) ** 3;

export class MapView {
  readonly view: View = { x: 0, y: 0, zoom: 1 };
  readonly #cameras: Cameras;
  readonly #area: Size;
  readonly #wake: () => void;
  readonly #from: View = { x: 0, y: 0, zoom: 1 };
  readonly #to: View = { x: 0, y: 0, zoom: 1 };
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #mode: Mode = "follow";
  #chosen: string | null = null;
  /** When the present glide of the page's own view began, or null. */
  #glideStart: number | null = null;

  constructor(cameras: Cameras, area: Size, wake: () => void) {
    this.#cameras = cameras;
    this.#area = area;
    this.#wake = wake;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** The camera that requests are about; null when there is none. */
  get camera(): CameraSync | null {
    const chosen = this.#chosen === null ? undefined : this.#cameras.get(this.#chosen);
    return chosen ?? this.#cameras.get() ?? null;
  }

  get followed(): CameraSync | null {
    return this.#mode === "follow" ? this.camera : null;
  }

  setMode(mode: Mode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    if (mode === "follow") this.#glideFromHere();
  }

  choose(name: string): void {
    if (this.camera?.camera.name === name) return;
    this.#chosen = name;
    if (this.#mode === "follow") this.#glideFromHere();
  }

  /** Brings `view` up to date. Returns whether the next frame will differ. */
  update(now: number): boolean {
    const { followed } = this;
    const part = this.#glideStart === null ? 1 : clamp((now - this.#glideStart) / GLIDE, 0, 1);
    if (followed !== null) followView(this.#to, followed.camera, followed.pose, this.#area);
    else if (this.#glideStart === null) return false;
    if (part < 1) {
      blend(this.view, this.#from, this.#to, ease(part));
      return true;
    }
    this.#glideStart = null;
    this.#set(this.#to);
    return false;
  }

  /** Drags the map along with the pointer. Returns false if the camera is locked. */
  pan(dx: number, dy: number): boolean {
    const { followed, view } = this;
    this.#catchUp();
    this.#wake();
    if (followed !== null) return followed.panBy(-dx / view.zoom, -dy / view.zoom);
    this.#glideStart = null;
    view.x -= dx / view.zoom;
    view.y -= dy / view.zoom;
    return true;
  }

  /** Zooms so that what is at a point of the map area stays there. */
  zoom(factor: number, x: number, y: number): boolean {
    const { followed, view } = this;
    this.#catchUp();
    const worldX = toWorldX(view, this.#area, x);
    const worldY = toWorldY(view, this.#area, y);
    this.#wake();
    if (followed !== null) return followed.zoomBy(factor, worldX, worldY);
    this.#glideStart = null;
    view.zoom = clamp(view.zoom * factor, FREE_ZOOM.min, FREE_ZOOM.max);
    view.x = worldX - (x - this.#area.width / 2) / view.zoom;
    view.y = worldY - (y - this.#area.height / 2) / view.zoom;
    return true;
  }

  /** A step of the view by CSS pixels and a factor, smoothly; steps add up while it is under way. */
  step(dx: number, dy: number, factor: number): boolean {
    const { followed, view } = this;
    if (followed !== null) {
      const { x, y, zoom } = followed.target;
      const scale = view.zoom / followed.pose.zoom;
      return followed.glideTo({ x: x + dx / (zoom * scale), y: y + dy / (zoom * scale), zoom: zoom * factor }, this.#duration());
    }
    const { x, y, zoom } = this.target;
    return this.goTo({ x: x + dx / zoom, y: y + dy / zoom, zoom: zoom * factor });
  }

  /** Where the followed camera rests or will rest, or the page's own view does. */
  get target(): View {
    if (this.followed !== null) return this.followed.target;
    return this.#glideStart === null ? this.view : this.#to;
  }

  /** Moves to a point, and to a zoom of the followed camera or of the page's own view, smoothly. */
  goTo(pose: Readonly<View>): boolean {
    const { followed } = this;
    if (followed !== null) return followed.glideTo(pose, this.#duration());
    this.#glide({ ...pose, zoom: clamp(pose.zoom, FREE_ZOOM.min, FREE_ZOOM.max) });
    return true;
  }

  /** Moves the middle to a point at once, as a drag does. */
  centre(x: number, y: number): boolean {
    const { followed, view } = this;
    this.#wake();
    if (followed !== null) return followed.panBy(x - followed.pose.x, y - followed.pose.y);
    this.#glideStart = null;
    view.x = x;
    view.y = y;
    return true;
  }

  /** Zoom 1: a world unit is an output pixel, or in the overview a CSS pixel. */
  actualSize(): boolean {
    return this.goTo({ ...this.target, zoom: 1 });
  }

  /** Shows a whole rectangle of the world. */
  show(rect: Rect): boolean {
    const { followed } = this;
    return this.goTo(followed === null ? poseAround(rect, this.#area, FIT_MARGIN) : poseAround(rect, followed.camera.viewport, FRAME_MARGIN));
  }

  /** Several movements may come within one frame, as those of two fingers; each must begin where the one before it ended. */
  #catchUp(): void {
    const { followed } = this;
    if (followed !== null && this.#glideStart === null) followView(this.view, followed.camera, followed.pose, this.#area);
  }

  #duration(): number {
    return this.#calm.matches ? 0 : GLIDE;
  }

  #glide(to: View): void {
    this.#set(to, this.#to);
    this.#glideFromHere();
  }

  #glideFromHere(): void {
    this.#set(this.view, this.#from);
    this.#glideStart = this.#calm.matches ? -Infinity : performance.now();
    this.#wake();
  }

  #set(from: View, to = this.view): void {
    to.x = from.x;
    to.y = from.y;
    to.zoom = from.zoom;
  }
}
