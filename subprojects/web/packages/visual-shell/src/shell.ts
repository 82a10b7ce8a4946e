/** Joins the store, the map and the page's controls. Draws a frame only when something changed. */
import type { Connection, Outcome, Request, Store, World } from "@compositord/client";
import { Cameras } from "./cameras.ts";
import { PointerInput } from "./input/pointer.ts";
import type { PointerActions, Target } from "./input/pointer.ts";
import { listenToKeys } from "./input/keys.ts";
import { expose } from "./inspect.ts";
import { MapView } from "./map_view.ts";
import type { Mode } from "./map_view.ts";
import type { Scene } from "./scene/scene.ts";
import type { WindowPart } from "./scene/window_sprite.ts";
import { describeStatus } from "./status.ts";
import type { Status } from "./status.ts";
import { Notice } from "./ui/notice.ts";
import { TokenForm } from "./ui/token_form.ts";
import { Toolbar } from "./ui/toolbar.ts";
import { WindowList } from "./ui/window_list.ts";
import { bounds } from "./view.ts";
import type { Rect } from "./view.ts";
import { WindowDrag } from "./window_drag.ts";

/** Cells of the grid before the first compositor told its own. */
const DEFAULT_GRID = 100;
const CENTER_DURATION = 300;

export class Shell implements PointerActions {
  readonly #store: Store;
  readonly #connection: Connection;
  readonly #scene: Scene;
  readonly #origin: string;
  readonly #cameras: Cameras;
  readonly #map: MapView;
  readonly #drag: WindowDrag;
  readonly #toolbar: Toolbar;
  readonly #list: WindowList;
  readonly #notice = new Notice();
  readonly #tokenForm = new TokenForm();
  #frameRequested = false;
  #frames = 0;
  #revision = -1;
  #status: Status;
  #statusTimer: ReturnType<typeof setTimeout> | undefined;
  #hovered: number | null = null;

  constructor(store: Store, connection: Connection, scene: Scene, origin: string) {
    this.#store = store;
    this.#connection = connection;
    this.#scene = scene;
    this.#origin = origin;
    const wake = (): void => this.invalidate();
    const send = (request: Request) => connection.request(request);
    this.#cameras = new Cameras({ origin, send, wake, ready: () => connection.state.kind === "open" });
    this.#map = new MapView(this.#cameras, scene.area, wake);
    this.#drag = new WindowDrag(send, wake);
    this.#toolbar = new Toolbar({
      setMode: (mode) => this.#setMode(mode),
      chooseCamera: (name) => this.#map.choose(name),
      fitAll: () => this.#fitAll(),
      zoomStep: (factor) => this.#moved(this.#map.step(0, 0, factor)),
      actualSize: () => this.#moved(this.#map.actualSize()),
      retry: () => connection.retry(),
    });
    this.#list = new WindowList({
      select: (id) => {
        this.#ask({ type: "Focus", window: id }, "focus the window");
        this.#center(id);
      },
      close: (id) => this.#ask({ type: "Close", window: id }, "close the window"),
    });
    new PointerInput(scene.canvas, this);
    listenToKeys({
      step: (dx, dy, factor) => this.#moved(this.#map.step(dx, dy, factor)),
      actualSize: () => this.#moved(this.#map.actualSize()),
    });
    this.#status = describeStatus(connection.state, null, Date.now());
    store.subscribe((world, before) => this.#onWorld(world, before));
    connection.subscribe(() => this.#updateStatus());
    this.#updateStatus();
    this.#expose();
    this.invalidate();
  }

  /** Sees to it that a frame is drawn soon. */
  invalidate(): void {
    if (this.#frameRequested) return;
    this.#frameRequested = true;
    requestAnimationFrame(this.#frame);
  }

  setDark(dark: boolean): void {
    this.#list.setDark(dark);
    this.invalidate();
  }

  targetAt(x: number, y: number): Target {
    const grip = this.#map.mode === "overview" ? this.#scene.cameras.gripAt(x, y) : null;
    if (grip !== null) return { kind: "camera", name: grip };
    const hit = this.#scene.windows.at(x, y);
    if (hit === null) return { kind: "map" };
    const { id, space } = hit.sprite.window;
    return { kind: "window", id, part: hit.part, movable: space === "map" };
  }

  hover(target: Target | null): void {
    const id = target?.kind === "window" ? target.id : null;
    const overBar = target?.kind === "window" && target.part === "bar" && target.movable;
    this.#scene.canvas.dataset["cursor"] = target?.kind === "camera" || overBar ? "move" : target?.kind === "window" ? "pointer" : "grab";
    if (id === this.#hovered) return;
    this.#hovered = id;
    for (const sprite of this.#scene.windows.order) sprite.hovered = sprite.window.id === id;
    this.invalidate();
  }

  pan(dx: number, dy: number): void {
    this.#moved(this.#map.pan(dx, dy));
  }

  zoom(factor: number, x: number, y: number): void {
    this.#moved(this.#map.zoom(factor, x, y));
  }

  clickWindow(id: number, part: WindowPart): void {
    if (part === "close") this.#ask({ type: "Close", window: id }, "close the window");
    else this.#ask({ type: "Focus", window: id }, "focus the window");
  }

  doubleClickWindow(id: number): void {
    this.#center(id);
  }

  startWindowDrag(id: number): void {
    const window = this.#store.world?.windows.get(id);
    if (window !== undefined) this.#drag.start(window);
  }

  dragWindow(dx: number, dy: number): void {
    const { zoom } = this.#map.view;
    this.#drag.moveBy(dx / zoom, dy / zoom);
  }

  endWindowDrag(): void {
    this.#drag.release();
  }

  dragCamera(name: string, dx: number, dy: number): void {
    const { zoom } = this.#map.view;
    this.#moved(this.#cameras.all.get(name)?.panBy(dx / zoom, dy / zoom) ?? false);
  }

  #onWorld(world: World, before: World | null): void {
    if (world.cameras !== before?.cameras) {
      this.#cameras.update(world);
      this.#toolbar.setCameras(this.#cameras.all, this.#map.camera?.camera.name ?? null);
    }
    if (world.windows !== before?.windows) {
      this.#scene.setWindows(world.windows);
      this.#list.update(world.windows);
      this.#toolbar.setWindowCount(world.windows.size);
      const dragged = this.#drag.position;
      if (dragged !== null) this.#drag.follow(world.windows.get(dragged.window));
    }
    if (world.compositor !== before?.compositor || world.windows.size !== before.windows.size) this.#updateStatus();
    this.invalidate();
  }

  readonly #frame = (now: number): void => {
    this.#frameRequested = false;
    const camerasMove = this.#cameras.tick();
    this.#drag.tick();
    const viewMoves = this.#map.update(Math.max(now, performance.now()));
    const world = this.#store.world;
    this.#scene.draw({
      view: this.#map.view,
      gridSize: world?.compositor.gridSize ?? DEFAULT_GRID,
      cameras: this.#cameras.all,
      followed: this.#map.followed?.camera.name ?? null,
      dragged: this.#drag.position,
    });
    this.#toolbar.setZoom(this.#map.followed?.pose.zoom ?? this.#map.view.zoom);
    this.#frames += 1;
    this.#revision = world?.revision ?? -1;
    if (camerasMove || viewMoves) this.invalidate();
  };

  #setMode(mode: Mode): void {
    this.#map.setMode(mode);
    this.#toolbar.setMode(mode);
    if (mode === "overview") this.#fitAll();
  }

  #fitAll(): void {
    const rects: Rect[] = [];
    for (const window of this.#store.world?.windows.values() ?? []) {
      if (window.space !== "screen" && !window.states.includes("minimized")) rects.push(window);
    }
    if (this.#map.mode === "overview") {
      for (const { camera } of this.#cameras.all.values()) {
        const { x, y, zoom } = camera.target;
        const width = camera.viewport.width / zoom;
        const height = camera.viewport.height / zoom;
        rects.push({ x: x - width / 2, y: y - height / 2, width, height });
      }
    }
    const all = bounds(rects);
    if (all !== null) this.#moved(this.#map.show(all));
  }

  #center(id: number): void {
    const camera = this.#map.camera?.camera.name;
    this.#ask({ type: "Center", window: id, duration: CENTER_DURATION, origin: this.#origin, ...(camera === undefined ? {} : { camera }) }, "show the window");
  }

  #moved(possible: boolean): void {
    const camera = this.#map.camera?.camera;
    if (!possible && camera?.locked === true) this.#notice.show(`The camera of ${camera.name} is locked at the moment.`);
    else if (!possible && camera !== undefined) this.#notice.show("The camera cannot be moved: there is no connection to compositord.");
    this.invalidate();
  }

  #ask(request: Request, what: string): void {
    void this.#connection.request(request).outcome.then((outcome: Outcome) => {
      if (!outcome.ok) this.#notice.show(`Could not ${what}: ${outcome.failure.message}`);
    });
  }

  #updateStatus(): void {
    clearTimeout(this.#statusTimer);
    this.#status = describeStatus(this.#connection.state, this.#store.world, Date.now());
    this.#toolbar.setStatus(this.#status);
    this.#tokenForm.show(this.#status.kind === "unauthorized");
    const { changesIn } = this.#status;
    if (changesIn !== null) this.#statusTimer = setTimeout(() => this.#updateStatus(), changesIn);
  }

  #expose(): void {
    const onPage = (rect: Rect): Rect => {
      const { left, top } = this.#scene.canvas.getBoundingClientRect();
      return { x: rect.x + left, y: rect.y + top, width: rect.width, height: rect.height };
    };
    expose({
      view: () => ({ ...this.#map.view }),
      area: () => onPage({ x: 0, y: 0, ...this.#scene.area }),
      windows: () =>
        this.#scene.windows.order.map(({ window, rect, focused, onArea }) => {
          return { id: window.id, title: window.title, appId: window.appId, focused, rect: onPage(rect), onArea };
        }),
      cameras: () =>
        [...this.#cameras.all.values()].map(({ camera, pose }) => {
          const rect = this.#scene.cameras.frame(camera.name)?.rect ?? { x: 0, y: 0, width: 0, height: 0 };
          return { name: camera.name, ...pose, followed: this.#map.followed?.camera === camera, rect: onPage(rect) };
        }),
      status: () => ({ kind: this.#status.kind, text: [this.#status.text, this.#status.detail].filter((each) => each !== "").join(" · ") }),
      mode: () => this.#map.mode,
      revision: () => this.#revision,
      frames: () => this.#frames,
    });
  }
}
