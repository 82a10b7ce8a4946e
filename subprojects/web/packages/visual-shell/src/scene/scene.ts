/** The drawn map: owns the renderer and the layers, draws what it is given, knows nothing of where it comes from. */
import "pixi.js/unsafe-eval";
import { Container, Ticker, WebGLRenderer } from "pixi.js";
import type { Window } from "@compositord/client";
import type { Size, View } from "../view.ts";
import { TEXTURES_PER_BATCH } from "./atlas.ts";
import { CameraLayer } from "./camera_layer.ts";
import type { PosedCamera } from "./camera_layer.ts";
import { CellCursor } from "./cell_cursor.ts";
import type { Cell } from "./cell_cursor.ts";
import { Grid } from "./grid.ts";
import { Labels } from "./labels.ts";
import { Shapes } from "./shapes.ts";
import type { Theme } from "./theme.ts";
import { TileLayer } from "./tile_layer.ts";
import { WindowLayer } from "./window_layer.ts";
import type { Dragged } from "./window_layer.ts";

export interface Picture {
  readonly view: View;
  readonly gridSize: number;
  readonly cameras: ReadonlyMap<string, PosedCamera>;
  /** The camera that is followed, or null in the overview. */
  readonly followed: string | null;
  readonly dragged: Dragged | null;
  /** The cell that a tool would change. */
  readonly cursor: Cell | null;
}

// Pixi's housekeeping would keep a frame loop of its own running for ever; it is called when a frame is drawn.
Ticker.system.autoStart = false;
Ticker.system.stop();

interface Layers {
  readonly shapes: Shapes;
  readonly labels: Labels;
  readonly root: Container;
  readonly grid: Grid;
  readonly windows: WindowLayer;
  readonly cameras: CameraLayer;
  readonly cursor: CellCursor;
}

export class Scene {
  readonly canvas: HTMLCanvasElement;
  readonly area: Size = { width: 1, height: 1 };
  /** Stays when the other layers are made anew: its pictures had to be fetched. */
  readonly tiles: TileLayer;
  readonly #renderer: WebGLRenderer;
  #theme: Theme;
  #layers: Layers;
  #windows: ReadonlyMap<number, Window> = new Map();

  private constructor(canvas: HTMLCanvasElement, renderer: WebGLRenderer, theme: Theme) {
    this.canvas = canvas;
    this.#renderer = renderer;
    this.#theme = theme;
    const shapes = new Shapes(renderer.resolution);
    this.tiles = new TileLayer(shapes);
    this.#layers = this.#makeLayers(shapes);
  }

  static async make(canvas: HTMLCanvasElement, theme: Theme): Promise<Scene> {
    const renderer = new WebGLRenderer();
    await renderer.init({
      canvas,
      width: 1,
      height: 1,
      antialias: false,
      autoDensity: true,
      resolution: devicePixelRatio,
      backgroundColor: theme.background,
    });
    renderer.limits.maxBatchableTextures = TEXTURES_PER_BATCH;
    return new Scene(canvas, renderer, theme);
  }

  get windows(): WindowLayer {
    return this.#layers.windows;
  }

  get cameras(): CameraLayer {
    return this.#layers.cameras;
  }

  resize(width: number, height: number): void {
    this.area.width = Math.max(1, width);
    this.area.height = Math.max(1, height);
    const density = this.#renderer.resolution !== devicePixelRatio;
    this.#renderer.resize(this.area.width, this.area.height, devicePixelRatio);
    if (density) this.#rebuild();
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#renderer.background.color = theme.background;
    this.#rebuild();
  }

  setWindows(windows: ReadonlyMap<number, Window>): void {
    this.#windows = windows;
    this.#layers.windows.update(windows);
  }

  draw(picture: Picture): void {
    const { view, cameras, gridSize } = picture;
    const layers = this.#layers;
    layers.grid.draw(view, this.area, gridSize, this.#theme);
    this.tiles.layout(view, this.area, gridSize);
    layers.cursor.layout(picture.cursor, view, this.area, gridSize);
    layers.cameras.layout(cameras, picture.followed, view, this.area);
    layers.windows.layout(view, this.area, this.#frameOf, picture.dragged);
    layers.labels.flush();
    this.#renderer.render(layers.root);
    Ticker.system.update();
  }

  readonly #frameOf = (camera: string | null) => this.#layers.cameras.frame(camera);

  #makeLayers(shapes: Shapes): Layers {
    const labels = new Labels(shapes.resolution);
    const grid = new Grid(shapes);
    const windows = new WindowLayer(shapes, labels, this.#theme);
    const cameras = new CameraLayer(shapes, labels, this.#theme);
    const cursor = new CellCursor(shapes, this.#theme);
    const root = new Container();
    root.addChild(cameras.below, grid.container, this.tiles.container, windows.container, cameras.above, cursor.sprite);
    return { shapes, labels, root, grid, windows, cameras, cursor };
  }

  #rebuild(): void {
    const old = this.#layers;
    const shapes = new Shapes(this.#renderer.resolution);
    this.tiles.setShapes(shapes);
    this.#layers = this.#makeLayers(shapes);
    this.#layers.windows.update(this.#windows);
    old.windows.destroy();
    old.cameras.destroy();
    old.root.destroy({ children: true });
    old.labels.destroy();
    old.shapes.destroy();
  }
}
