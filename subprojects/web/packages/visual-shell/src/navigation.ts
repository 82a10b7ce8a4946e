/** Where the map can go: to windows, places, cells, or where everything is seen. */
import type { Cameras, Store } from "@compositord/client";
import type { Asking } from "./asking.ts";
import type { Hit } from "./find/find.ts";
import type { Place } from "./find/places.ts";
import type { MapView } from "./map_view.ts";
import { bounds } from "./view.ts";
import type { Rect } from "./view.ts";

/** Cells of the grid before the first compositor told its own. */
const DEFAULT_GRID = 100;
const CENTER_DURATION = 300;

export interface NavigationOptions {
  readonly store: Store;
  readonly cameras: Cameras;
  readonly map: MapView;
  readonly asking: Asking;
  readonly origin: string;
  readonly chooseCamera: (name: string) => void;
  readonly wake: () => void;
}

export class Navigation {
  readonly #options: NavigationOptions;

  constructor(options: NavigationOptions) {
    this.#options = options;
  }

  get gridSize(): number {
    return this.#options.store.world?.compositor.gridSize ?? DEFAULT_GRID;
  }

  focus(id: number): void {
    this.#options.asking.ask({ type: "Focus", window: id }, "focus the window");
  }

  close(id: number): void {
    this.#options.asking.ask({ type: "Close", window: id }, "close the window");
  }

  /** Lets the compositor bring a window to the middle of the chosen camera. */
  center(id: number): void {
    const { map, asking, origin } = this.#options;
    const camera = map.camera?.camera.name;
    asking.ask({ type: "Center", window: id, duration: CENTER_DURATION, origin, ...(camera === undefined ? {} : { camera }) }, "show the window");
  }

  /** Shows a window and gives it the focus. */
  jump(id: number): void {
    const { map, store } = this.#options;
    const window = store.world?.windows.get(id);
    this.focus(id);
    if (map.mode === "follow" || window === undefined || window.space === "screen") this.center(id);
    else this.moved(map.show(window));
  }

  go(hit: Hit): void {
    if (hit.kind === "window") this.jump(hit.id);
    else if (hit.kind === "place") this.goToPlace(hit.place);
    else if (hit.kind === "camera") this.#options.chooseCamera(hit.name);
    else this.moved(this.#options.map.goTo({ ...this.#options.map.target, x: (hit.x + 0.5) * this.gridSize, y: (hit.y + 0.5) * this.gridSize }));
  }

  goToPlace({ x, y, zoom }: Place): void {
    this.moved(this.#options.map.goTo({ x, y, zoom }));
  }

  /** All windows and tiles, and in the overview what the cameras see. */
  fitAll(): void {
    const { store, map, cameras } = this.#options;
    const rects: Rect[] = [];
    for (const window of store.world?.windows.values() ?? []) {
      if (window.space !== "screen" && !window.states.includes("minimized")) rects.push(window);
    }
    const tiles = store.world?.tiles.bounds() ?? null;
    if (tiles !== null) {
      const { left, top, right, bottom } = tiles;
      const side = this.gridSize;
      rects.push({ x: left * side, y: top * side, width: (right - left + 1) * side, height: (bottom - top + 1) * side });
    }
    if (map.mode === "overview") {
      for (const { camera } of cameras.all.values()) {
        const { x, y, zoom } = camera.target;
        const width = camera.viewport.width / zoom;
        const height = camera.viewport.height / zoom;
        rects.push({ x: x - width / 2, y: y - height / 2, width, height });
      }
    }
    const all = bounds(rects);
    if (all !== null) this.moved(map.show(all));
  }

  /** The map was to be moved; if that was not possible the user is told why. */
  moved(possible: boolean): void {
    const { map, asking, wake } = this.#options;
    const camera = map.camera?.camera;
    if (!possible && camera?.locked === true) asking.say(`The camera of ${camera.name} is locked at the moment.`);
    else if (!possible && camera !== undefined) asking.say("The camera cannot be moved: there is no connection to compositord.");
    wake();
  }
}
