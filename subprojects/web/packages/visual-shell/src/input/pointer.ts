/** Pointers, wheel and pinch on the map area, told as what the user wants: pan, zoom, click, drag a window or a camera. */
import { wheelFactor } from "@compositord/client";
import type { WindowPart } from "../scene/window_sprite.ts";

/** What is under a point of the map area. */
export type Target =
  | { readonly kind: "map" }
  /** The tool at work changes cells. */
  | { readonly kind: "cell" }
  | { readonly kind: "window"; readonly id: number; readonly part: WindowPart; readonly movable: boolean }
  | { readonly kind: "camera"; readonly name: string };

export interface PointerActions {
  targetAt(x: number, y: number): Target;
  hover(target: Target | null, x: number, y: number): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number, x: number, y: number): void;
  clickMap(x: number, y: number): void;
  /** The tool passes over a point; a stroke ends when the pointer is lifted. */
  stroke(x: number, y: number): void;
  endStroke(): void;
  clickWindow(id: number, part: WindowPart): void;
  doubleClickWindow(id: number): void;
  startWindowDrag(id: number): void;
  dragWindow(dx: number, dy: number): void;
  endWindowDrag(): void;
  dragCamera(name: string, dx: number, dy: number): void;
}

/** A press that moves less than this is a click. */
const SLACK = 4;
/** A finger is not as steady as a mouse. */
const TOUCH_SLACK = 10;

interface Point {
  x: number;
  y: number;
}

interface Press {
  readonly target: Target;
  readonly startX: number;
  readonly startY: number;
  moved: boolean;
}

const map: Target = { kind: "map" };

export class PointerInput {
  readonly #element: HTMLElement;
  readonly #actions: PointerActions;
  readonly #pointers = new Map<number, Point>();
  #press: Press | null = null;

  constructor(element: HTMLElement, actions: PointerActions) {
    this.#element = element;
    this.#actions = actions;
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("pointermove", (event) => this.#move(event));
    element.addEventListener("pointerup", (event) => this.#up(event, true));
    element.addEventListener("pointercancel", (event) => this.#up(event, false));
    element.addEventListener("pointerleave", () => {
      if (this.#pointers.size === 0) actions.hover(null, 0, 0);
    });
    element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    element.addEventListener("dblclick", (event) => {
      const target = actions.targetAt(event.offsetX, event.offsetY);
      if (target.kind === "window" && target.part !== "close") actions.doubleClickWindow(target.id);
    });
  }

  #down(event: PointerEvent): void {
    if (event.button > 1) return;
    if (event.button === 1) event.preventDefault();
    this.#element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    if (this.#pointers.size > 1) {
      // A second finger makes it a pinch, whatever the first one was about to do.
      this.#finish();
      return;
    }
    const target = event.button === 1 ? map : this.#actions.targetAt(event.offsetX, event.offsetY);
    this.#press = { target, startX: event.offsetX, startY: event.offsetY, moved: false };
  }

  #move(event: PointerEvent): void {
    const point = this.#pointers.get(event.pointerId);
    const { offsetX, offsetY } = event;
    if (point === undefined) {
      if (this.#pointers.size === 0) this.#actions.hover(this.#actions.targetAt(offsetX, offsetY), offsetX, offsetY);
      return;
    }
    if (this.#pointers.size > 1) {
      this.#pinch(point, offsetX, offsetY);
    } else {
      const press = this.#press;
      const slack = event.pointerType === "touch" ? TOUCH_SLACK : SLACK;
      if (press !== null && !press.moved && Math.hypot(offsetX - press.startX, offsetY - press.startY) < slack) return;
      this.#drag(press, point, offsetX, offsetY);
    }
    point.x = offsetX;
    point.y = offsetY;
  }

  #drag(press: Press | null, from: Point, x: number, y: number): void {
    const [dx, dy] = [x - from.x, y - from.y];
    const first = press !== null && !press.moved;
    if (press !== null) press.moved = true;
    const target = press?.target ?? map;
    if (target.kind === "camera") {
      this.#actions.dragCamera(target.name, dx, dy);
    } else if (target.kind === "window" && target.part === "bar" && target.movable) {
      if (first) this.#actions.startWindowDrag(target.id);
      this.#actions.dragWindow(dx, dy);
    } else if (target.kind === "cell") {
      if (first) this.#actions.stroke(press.startX, press.startY);
      this.#actions.stroke(x, y);
    } else {
      this.#actions.pan(dx, dy);
    }
  }

  /** One of the first two fingers moved: the map follows their middle and their distance. More fingers do nothing. */
  #pinch(moved: Point, x: number, y: number): void {
    const [first, second] = this.#pointers.values();
    const other = moved === first ? second : moved === second ? first : undefined;
    if (other === undefined) return;
    const before = Math.hypot(moved.x - other.x, moved.y - other.y);
    const after = Math.hypot(x - other.x, y - other.y);
    this.#actions.pan((x - moved.x) / 2, (y - moved.y) / 2);
    if (before > 8 && after > 8) this.#actions.zoom(after / before, (x + other.x) / 2, (y + other.y) / 2);
  }

  #up(event: PointerEvent, meant: boolean): void {
    if (!this.#pointers.delete(event.pointerId)) return;
    const press = this.#press;
    if (this.#pointers.size === 0) this.#finish();
    if (!meant || press === null || press.moved) return;
    const { offsetX: x, offsetY: y } = event;
    const { target } = press;
    if (target.kind === "cell") {
      this.#actions.stroke(x, y);
      this.#actions.endStroke();
    } else if (target.kind === "map" && event.button === 0) this.#actions.clickMap(x, y);
    if (target.kind !== "window") return;
    const { id, part } = target;
    const now = this.#actions.targetAt(x, y);
    if (now.kind === "window" && now.id === id && (part !== "close" || now.part === "close")) this.#actions.clickWindow(id, part);
  }

  #finish(): void {
    const { moved = false, target = map } = this.#press ?? {};
    if (moved && target.kind === "window") this.#actions.endWindowDrag();
    if (moved && target.kind === "cell") this.#actions.endStroke();
    this.#press = null;
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const factor = wheelFactor(event);
    if (factor !== 1) this.#actions.zoom(factor, event.offsetX, event.offsetY);
  }
}
