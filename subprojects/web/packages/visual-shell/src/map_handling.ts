/** What a person does to the map area by pointer, done to the map, its windows, its cameras and its tiles. */
import type { Cameras, Store } from "@compositord/client";
import type { PointerActions, Target } from "./input/pointer.ts";
import type { MapView } from "./map_view.ts";
import type { Navigation } from "./navigation.ts";
import type { Scene } from "./scene/scene.ts";
import type { WindowPart } from "./scene/window_sprite.ts";
import type { TileMode } from "./tiles/tile_mode.ts";
import type { WindowDrag } from "./window_drag.ts";

export interface MapHandlingOptions {
  readonly store: Store;
  readonly scene: Scene;
  readonly map: MapView;
  readonly cameras: Cameras;
  readonly drag: WindowDrag;
  readonly tiles: TileMode;
  readonly go: Navigation;
  readonly wake: () => void;
}

export class MapHandling implements PointerActions {
  readonly #options: MapHandlingOptions;
  #hovered: number | null = null;

  constructor(options: MapHandlingOptions) {
    this.#options = options;
  }

  targetAt(x: number, y: number): Target {
    const { scene, map, tiles } = this.#options;
    if (tiles.active) return { kind: "cell" };
    const grip = map.mode === "overview" ? scene.cameras.gripAt(x, y) : null;
    if (grip !== null) return { kind: "camera", name: grip };
    const hit = scene.windows.at(x, y);
    if (hit === null) return { kind: "map" };
    const { id, space } = hit.sprite.window;
    return { kind: "window", id, part: hit.part, movable: space === "map" };
  }

  hover(target: Target | null, x: number, y: number): void {
    const { scene, tiles } = this.#options;
    const id = target?.kind === "window" ? target.id : null;
    const overBar = target?.kind === "window" && target.part === "bar" && target.movable;
    const cursor = target?.kind === "camera" || overBar ? "move" : target?.kind === "window" ? "pointer" : target?.kind === "cell" ? "cell" : "grab";
    scene.canvas.dataset["cursor"] = cursor;
    if (target?.kind === "cell") tiles.hover(x, y);
    else tiles.hover(null, null);
    if (id === this.#hovered) return;
    this.#hovered = id;
    for (const sprite of scene.windows.order) sprite.hovered = sprite.window.id === id;
    this.#options.wake();
  }

  pan(dx: number, dy: number): void {
    this.#options.go.moved(this.#options.map.pan(dx, dy));
  }

  zoom(factor: number, x: number, y: number): void {
    this.#options.go.moved(this.#options.map.zoom(factor, x, y));
  }

  clickMap(x: number, y: number): void {
    this.#options.tiles.click(x, y);
  }

  stroke(x: number, y: number): void {
    this.#options.tiles.stroke(x, y);
  }

  endStroke(): void {
    this.#options.tiles.lift();
  }

  clickWindow(id: number, part: WindowPart): void {
    if (part === "close") this.#options.go.close(id);
    else this.#options.go.focus(id);
  }

  doubleClickWindow(id: number): void {
    this.#options.go.center(id);
  }

  startWindowDrag(id: number): void {
    const window = this.#options.store.world?.windows.get(id);
    if (window !== undefined) this.#options.drag.start(window);
  }

  dragWindow(dx: number, dy: number): void {
    const { zoom } = this.#options.map.view;
    this.#options.drag.moveBy(dx / zoom, dy / zoom);
  }

  endWindowDrag(): void {
    this.#options.drag.release();
  }

  dragCamera(name: string, dx: number, dy: number): void {
    const { zoom } = this.#options.map.view;
    this.#options.go.moved(this.#options.cameras.all.get(name)?.panBy(dx / zoom, dy / zoom) ?? false);
  }
}
