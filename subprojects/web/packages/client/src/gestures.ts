/**
 * Drives a camera by what a person does to an element: drag with inertia, wheel and pinch zoom at the pointer, keys.
 * The element shows the camera's viewport, scaled to fit; what is drawn in it is up to the page.
 */
import type { CameraSync } from "./camera_sync.ts";
import type { Dispose } from "./store.ts";

const WHEEL_LINE = 32;
const WHEEL_PAGE = 400;
const KEY_STEP = 90;
const KEY_FACTOR = 1.25;
const KEY_GLIDE = 180;
/** The part of a drag from which its speed is taken, in milliseconds. */
const SPEED_WINDOW = 80;
/** CSS pixels per millisecond; a slower drag ends where it is let go. */
const SLOWEST_FLING = 0.05;
/** Fingers that are closer than this say nothing about a factor. */
const CLOSEST_PINCH = 8;

/** How much a turn of the wheel zooms. Browsers report a pinch on a touchpad as a wheel with Ctrl and small steps. */
export function wheelFactor({ deltaY, deltaMode, ctrlKey }: Pick<WheelEvent, "deltaY" | "deltaMode" | "ctrlKey">): number {
  const unit = deltaMode === 1 ? WHEEL_LINE : deltaMode === 2 ? WHEEL_PAGE : 1;
  return Math.exp(-Math.max(-400, Math.min(400, deltaY * unit)) * (ctrlKey ? 0.01 : 0.0016));
}

/** The speed of a drag when it is let go, from where it was lately. */
export class DragSpeed {
  #samples: { readonly time: number; readonly x: number; readonly y: number }[] = [];

  add(time: number, x: number, y: number): void {
    this.#samples = [...this.#samples.filter((each) => time - each.time <= SPEED_WINDOW), { time, x, y }];
  }

  /** Per millisecond; 0 if it rested before it was let go. */
  at(time: number): { readonly x: number; readonly y: number } {
    const recent = this.#samples.filter((each) => time - each.time <= SPEED_WINDOW);
    const [first, last] = [recent[0], recent.at(-1)];
    if (first === undefined || last === undefined || last.time - first.time < 1) return { x: 0, y: 0 };
    const passed = time - first.time;
    return { x: (last.x - first.x) / passed, y: (last.y - first.y) / passed };
  }
}

interface Point {
  x: number;
  y: number;
}

class Gestures {
  readonly #element: HTMLElement;
  readonly #camera: () => CameraSync | undefined;
  readonly #pointers = new Map<number, Point>();
  #speed = new DragSpeed();

  constructor(element: HTMLElement, camera: () => CameraSync | undefined) {
    this.#element = element;
    this.#camera = camera;
  }

  /** CSS pixels of the element per world unit. */
  #scale({ camera, pose }: CameraSync): number {
    const { width, height } = camera.viewport;
    const fit = Math.min(this.#element.clientWidth / width, this.#element.clientHeight / height);
    return pose.zoom * (Number.isFinite(fit) && fit > 0 ? fit : 1);
  }

  #zoom(camera: CameraSync, factor: number, x: number, y: number): void {
    const scale = this.#scale(camera);
    const { pose } = camera;
    camera.zoomBy(factor, pose.x + (x - this.#element.clientWidth / 2) / scale, pose.y + (y - this.#element.clientHeight / 2) / scale);
  }

  readonly handlers = {
    pointerdown: (event: PointerEvent): void => {
      if (event.button > 1) return;
      this.#element.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
      this.#speed = new DragSpeed();
      this.#camera()?.stop();
    },
    pointermove: (event: PointerEvent): void => {
      const point = this.#pointers.get(event.pointerId);
      const camera = this.#camera();
      if (point === undefined || camera === undefined) return;
      const { offsetX: x, offsetY: y } = event;
      const scale = this.#scale(camera);
      const [first, second] = this.#pointers.values();
      const other = point === first ? second : point === second ? first : undefined;
      if (this.#pointers.size === 1) {
        camera.panBy((point.x - x) / scale, (point.y - y) / scale);
        this.#speed.add(event.timeStamp, x, y);
      } else if (other !== undefined) {
        // Two fingers: the map follows their middle and their distance. More fingers do nothing.
        camera.panBy((point.x - x) / 2 / scale, (point.y - y) / 2 / scale);
        const before = Math.hypot(point.x - other.x, point.y - other.y);
        const after = Math.hypot(x - other.x, y - other.y);
        if (before > CLOSEST_PINCH && after > CLOSEST_PINCH) this.#zoom(camera, after / before, (x + other.x) / 2, (y + other.y) / 2);
      }
      point.x = x;
      point.y = y;
    },
    pointerup: (event: PointerEvent): void => {
      const camera = this.#camera();
      if (!this.#pointers.delete(event.pointerId) || this.#pointers.size > 0 || camera === undefined) return;
      const { x, y } = this.#speed.at(event.timeStamp);
      const scale = this.#scale(camera);
      if (Math.hypot(x, y) > SLOWEST_FLING) camera.fling(-x / scale, -y / scale);
    },
    pointercancel: (event: PointerEvent): void => void this.#pointers.delete(event.pointerId),
    wheel: (event: WheelEvent): void => {
      event.preventDefault();
      const camera = this.#camera();
      const factor = wheelFactor(event);
      if (camera !== undefined && factor !== 1) this.#zoom(camera, factor, event.offsetX, event.offsetY);
    },
    keydown: (event: KeyboardEvent): void => {
      const camera = this.#camera();
      if (camera === undefined || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      const step = keySteps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const { target } = camera;
      const scale = (this.#scale(camera) / camera.pose.zoom) * target.zoom;
      const zoom = step.zoom ?? target.zoom * (step.factor ?? 1);
      camera.glideTo({ x: target.x + ((step.x ?? 0) * KEY_STEP) / scale, y: target.y + ((step.y ?? 0) * KEY_STEP) / scale, zoom }, KEY_GLIDE);
    },
  };
}

const keySteps: Readonly<Record<string, { readonly x?: number; readonly y?: number; readonly factor?: number; readonly zoom?: number }>> = {
  ArrowLeft: { x: -1 },
  ArrowRight: { x: 1 },
  ArrowUp: { y: -1 },
  ArrowDown: { y: 1 },
  "+": { factor: KEY_FACTOR },
  "=": { factor: KEY_FACTOR },
  "-": { factor: 1 / KEY_FACTOR },
  "0": { zoom: 1 },
};

/** Lets the element drive the camera that `camera` gives at the time; for keys the element must be able to have the focus. */
export function attachGestures(element: HTMLElement, camera: () => CameraSync | undefined): Dispose {
  const { handlers } = new Gestures(element, camera);
  const stop = new AbortController();
  for (const [name, handler] of Object.entries(handlers)) {
    element.addEventListener(name, handler as EventListener, { signal: stop.signal, passive: name !== "wheel" && name !== "keydown" });
  }
  const { touchAction } = element.style;
  element.style.touchAction = "none";
  return () => {
    stop.abort();
    element.style.touchAction = touchAction;
  };
}
