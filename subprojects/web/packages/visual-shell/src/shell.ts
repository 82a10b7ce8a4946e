/** Joins the store, the map and the page's controls. Draws a frame only when something changed. */
import { Cameras } from "@compositord/client";
import type { Capability, Connection, Grant, Request, Store, World } from "@compositord/client";
import { Asking } from "./asking.ts";
import { pageParts, reload } from "./reloading.ts";
import { Places } from "./find/places.ts";
import { PointerInput } from "./input/pointer.ts";
import { RemoteInput } from "./input/remote.ts";
import { listenToKeys } from "./input/keys.ts";
import { expose } from "./inspect.ts";
import { MapHandling } from "./map_handling.ts";
import { MapView } from "./map_view.ts";
import type { Mode } from "./map_view.ts";
import { Navigation } from "./navigation.ts";
import type { Picture, Scene } from "./scene/scene.ts";
import type { Theme } from "./scene/theme.ts";
import { describeStatus } from "./status.ts";
import type { Status } from "./status.ts";
import { TileMode } from "./tiles/tile_mode.ts";
import { CompositorChoice } from "./ui/compositor_choice.ts";
import { DashboardToggle } from "./ui/dashboard_toggle.ts";
import { Finder } from "./ui/finder.ts";
import { InputMode } from "./ui/input_mode.ts";
import { Minimap } from "./ui/minimap.ts";
import type { MinimapPicture } from "./ui/minimap.ts";
import { Notice } from "./ui/notice.ts";
import { PlaceList } from "./ui/place_list.ts";
import { TokenForm } from "./ui/token_form.ts";
import { Toolbar } from "./ui/toolbar.ts";
import { WindowList } from "./ui/window_list.ts";
import { toWorldX, toWorldY } from "./view.ts";
import type { Rect } from "./view.ts";
import { WindowDrag } from "./window_drag.ts";

export class Shell {
  readonly #store: Store;
  readonly #connection: Connection;
  readonly #scene: Scene;
  readonly #cameras: Cameras;
  readonly #map: MapView;
  readonly #navigation: Navigation;
  readonly #drag: WindowDrag;
  readonly #tiles: TileMode;
  readonly #toolbar: Toolbar;
  readonly #list: WindowList;
  readonly #compositors = new CompositorChoice();
  readonly #tokenForm = new TokenForm();
  readonly #minimap: Minimap;
  readonly #input: InputMode;
  /** What is drawn: the same object in each frame. */
  readonly #picture: { -readonly [K in keyof (Picture & MinimapPicture)]: (Picture & MinimapPicture)[K] };
  #frameRequested = false;
  #frames = 0;
  #revision = -1;
  #status: Status;
  #statusTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, connection: Connection, scene: Scene, origin: string, theme: Theme) {
    this.#store = store;
    this.#connection = connection;
    this.#scene = scene;
    const wake = (): void => this.invalidate();
    const send = (request: Request) => connection.request(request);
    const notice = new Notice();
    const asking = new Asking(connection, notice);
    connection.subscribeCodegen((news) => {
      if (news.type === "ReloadUpdate") reload(news, { ...pageParts, ask: (what) => notice.ask(`${what} has changed.`, "Load the page again", () => location.reload()) });
    });
    new DashboardToggle(connection, (text) => asking.say(text));
    this.#cameras = new Cameras({ origin, send, wake, ready: () => connection.state.kind === "open" });
    const map = (this.#map = new MapView(this.#cameras, scene.area, wake));
    this.#picture = { view: map.view, area: scene.area, gridSize: 1, cameras: this.#cameras.all, followed: null, dragged: null, cursor: null };
    const go = (this.#navigation = new Navigation({ store, cameras: this.#cameras, map, asking, origin, chooseCamera: (name) => this.#chooseCamera(name), wake }));
    this.#drag = new WindowDrag(send, wake);
    this.#toolbar = new Toolbar({
      setMode: (mode) => this.#setMode(mode),
      chooseCamera: (name) => this.#chooseCamera(name),
      fitAll: () => go.fitAll(),
      zoomStep: (factor) => go.moved(map.step(0, 0, factor)),
      actualSize: () => go.moved(map.actualSize()),
      retry: () => connection.retry(),
    });
    this.#list = new WindowList({ select: (id) => go.jump(id), close: (id) => go.close(id) });
    const places = new Places();
    new PlaceList(places, { go: (place) => go.goToPlace(place), here: () => (store.world === null ? null : { ...map.target }) });
    new Finder({
      what: () => ({ windows: store.world?.windows.values() ?? [], places: places.all, cameras: this.#cameras.all.keys() }),
      go: (hit) => go.go(hit),
    });
    this.#minimap = new Minimap(theme, (x, y) => go.moved(map.centre(x, y)), wake);
    const toWorld = (x: number, y: number) => ({ x: toWorldX(map.view, scene.area, x), y: toWorldY(map.view, scene.area, y) });
    this.#tiles = new TileMode({ connection, layer: scene.tiles, tiles: () => store.world?.tiles, toWorld, gridSize: () => go.gridSize, asking, wake });
    this.#input = new InputMode(new RemoteInput({ send, toWorld, report: (outcome) => asking.report("pass that on to the windows", outcome) }), scene.canvas);
    new PointerInput(scene.canvas, new MapHandling({ store, scene, map, cameras: this.#cameras, drag: this.#drag, tiles: this.#tiles, go, wake }));
    listenToKeys({
      step: (dx, dy, factor) => go.moved(map.step(dx, dy, factor)),
      actualSize: () => go.moved(map.actualSize()),
      place: (number) => {
        const place = places.all[number - 1];
        if (place !== undefined) go.goToPlace(place);
      },
    });
    this.#status = describeStatus(connection.state, null, Date.now());
    store.subscribe((world, before) => this.#onWorld(world, before));
    connection.subscribe(() => this.#onConnection());
    this.#onConnection();
    this.#expose();
    this.#list.setDark(theme.dark);
    this.invalidate();
  }

  /** Sees to it that a frame is drawn soon. */
  invalidate(): void {
    if (this.#frameRequested) return;
    this.#frameRequested = true;
    requestAnimationFrame(this.#frame);
  }

  setTheme(theme: Theme): void {
    this.#scene.setTheme(theme);
    this.#list.setDark(theme.dark);
    this.#minimap.setTheme(theme);
    this.invalidate();
  }

  #onWorld(world: World, before: World | null): void {
    if (world.cameras !== before?.cameras) {
      this.#cameras.update(world);
      this.#toolbar.setCameras(this.#cameras.all, this.#map.camera?.camera.name ?? null);
    }
    if (world.windows !== before?.windows) {
      this.#scene.setWindows(world.windows);
      this.#list.update(world.windows);
      const dragged = this.#drag.position;
      if (dragged !== null) this.#drag.follow(world.windows.get(dragged.window));
    }
    this.#scene.tiles.update(world.tiles);
    this.#minimap.update(world.windows, world.tiles);
    this.#toolbar.setFit(world.windows.size + world.tiles.size > 0);
    if (world.compositors !== before?.compositors) this.#compositors.update(world.compositors);
    // Where no camera says what is looked at, it is all that there is.
    if (world.cameras.size === 0 && world.windows.size > 0 && (before?.windows.size ?? 0) === 0) this.#navigation.fitAll();
    if (world.compositor !== before?.compositor) this.#updatePossible();
    if (world.compositor !== before?.compositor || world.windows.size !== before.windows.size) this.#updateStatus();
    this.invalidate();
  }

  #onConnection(): void {
    this.#updateStatus();
    this.#updatePossible();
    if (this.#connection.state.kind === "open") this.#tiles.reconnected();
  }

  /** What the compositor can be asked for, and this page may ask. */
  #updatePossible(): void {
    const { state } = this.#connection;
    const { world } = this.#store;
    // While there is no connection nobody knows; what was possible stays so for that time.
    if (state.kind !== "open" || world === null) return;
    const possible = (what: Capability & Grant): boolean => world.compositor.capabilities.includes(what) && state.hello.grants.includes(what);
    this.#tiles.setPossible(possible("tiles"));
    this.#input.setPossible(possible("input"));
  }

  readonly #frame = (now: number): void => {
    this.#frameRequested = false;
    const camerasMove = this.#cameras.tick();
    this.#drag.tick();
    const viewMoves = this.#map.update(Math.max(now, performance.now()));
    const { view, followed } = this.#map;
    const picture = this.#picture;
    picture.gridSize = this.#navigation.gridSize;
    picture.followed = followed?.camera.name ?? null;
    picture.dragged = this.#drag.position;
    picture.cursor = this.#tiles.cursor;
    this.#scene.draw(picture);
    this.#minimap.draw(picture);
    this.#tiles.drawn();
    this.#toolbar.setZoom(followed?.pose.zoom ?? view.zoom);
    this.#frames += 1;
    this.#revision = this.#store.world?.revision ?? -1;
    if (camerasMove || viewMoves) this.invalidate();
  };

  #setMode(mode: Mode): void {
    this.#map.setMode(mode);
    this.#toolbar.setMode(mode);
    if (mode === "overview") this.#navigation.fitAll();
  }

  #chooseCamera(name: string): void {
    this.#map.choose(name);
    this.#toolbar.setCameras(this.#cameras.all, name);
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
      tiles: () => this.#scene.tiles.drawn().map((tile) => ({ ...tile, rect: onPage(tile.rect) })),
      minimap: () => this.#minimap.inspect(),
      status: () => ({ kind: this.#status.kind, text: [this.#status.text, this.#status.detail].filter((each) => each !== "").join(" · ") }),
      mode: () => this.#map.mode,
      revision: () => this.#revision,
      frames: () => this.#frames,
    });
  }
}
