/** Joins the store, the map and the page's controls. Draws a frame only when something changed. */
import { Cameras } from "@compositord/client";
import type { Connection, Outcome, Request, Store, World } from "@compositord/client";
import { PointerInput } from "./input/pointer.ts";
import { listenToKeys } from "./input/keys.ts";
import { expose } from "./inspect.ts";
import { MapHandling } from "./map_handling.ts";
import { MapView } from "./map_view.ts";
import type { Mode } from "./map_view.ts";
import type { Scene } from "./scene/scene.ts";
import { describeStatus } from "./status.ts";
import type { Status } from "./status.ts";
import { TileMode } from "./tiles/tile_mode.ts";
import { Notice } from "./ui/notice.ts";
import { Toolbar } from "./ui/toolbar.ts";
import { WindowList } from "./ui/window_list.ts";
import { bounds, toWorldX, toWorldY } from "./view.ts";
import type { Rect } from "./view.ts";
import { WindowDrag } from "./window_drag.ts";

/** Cells of the grid before the first compositor told its own. */
const DEFAULT_GRID = 100;
const CENTER_DURATION = 300;

export class Shell {
  readonly #store: Store;
  readonly #connection: Connection;
  readonly #scene: Scene;
  readonly #origin: string;
  readonly #cameras: Cameras;
  readonly #map: MapView;
  readonly #drag: WindowDrag;
  readonly #tiles: TileMode;
  readonly #toolbar: Toolbar;
  readonly #list: WindowList;
  readonly #notice = new Notice();
  #frameRequested = false;
  #frames = 0;
  #revision = -1;
  #status: Status;
  #statusTimer: ReturnType<typeof setTimeout> | undefined;

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
      close: (id) => this.#close(id),
    });
    this.#tiles = new TileMode({
      connection,
      layer: scene.tiles,
      tiles: () => store.world?.tiles,
      cellAt: (x, y) => ({ x: Math.floor(toWorldX(this.#map.view, scene.area, x) / this.#gridSize), y: Math.floor(toWorldY(this.#map.view, scene.area, y) / this.#gridSize) }),
      say: (text) => this.#notice.show(text),
      report: (what, outcome) => this.#report(what, outcome),
      wake,
    });
    const handling = new MapHandling({
      store,
      scene,
      map: this.#map,
      cameras: this.#cameras,
      drag: this.#drag,
      tiles: this.#tiles,
      moved: (possible) => this.#moved(possible),
      focus: (id) => this.#ask({ type: "Focus", window: id }, "focus the window"),
      center: (id) => this.#center(id),
      close: (id) => this.#close(id),
      wake,
    });
    new PointerInput(scene.canvas, handling);
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

  get #gridSize(): number {
    return this.#store.world?.compositor.gridSize ?? DEFAULT_GRID;
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
    this.#scene.tiles.update(world.tiles);
    if (world.compositor !== before?.compositor || world.windows.size !== before.windows.size) this.#updateStatus();
    this.invalidate();
  }

  readonly #frame = (now: number): void => {
    this.#frameRequested = false;
    const camerasMove = this.#cameras.tick();
    this.#drag.tick();
    const viewMoves = this.#map.update(Math.max(now, performance.now()));
    this.#scene.draw({
      view: this.#map.view,
      gridSize: this.#gridSize,
      cameras: this.#cameras.all,
      followed: this.#map.followed?.camera.name ?? null,
      dragged: this.#drag.position,
      cursor: this.#tiles.cursor,
    });
    this.#tiles.drawn();
    this.#toolbar.setZoom(this.#map.followed?.pose.zoom ?? this.#map.view.zoom);
    this.#frames += 1;
    this.#revision = this.#store.world?.revision ?? -1;
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
    void this.#connection.request(request).outcome.then((outcome) => this.#report(what, outcome));
  }

  #report(what: string, outcome: Outcome): void {
    if (!outcome.ok) this.#notice.show(`Could not ${what}: ${outcome.failure.message}`);
  }

  #close(id: number): void {
    this.#ask({ type: "Close", window: id }, "close the window");
  }

  #updateStatus(): void {
    clearTimeout(this.#statusTimer);
    this.#status = describeStatus(this.#connection.state, this.#store.world, Date.now());
    this.#toolbar.setStatus(this.#status);
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
      tiles: () => this.#scene.tiles.drawn().map((tile) => ({ ...tile, rect: onPage(tile.rect) })),
      status: () => ({ kind: this.#status.kind, text: [this.#status.text, this.#status.detail].filter((each) => each !== "").join(" · ") }),
      mode: () => this.#map.mode,
      revision: () => this.#revision,
      frames: () => this.#frames,
    });
  }
}
