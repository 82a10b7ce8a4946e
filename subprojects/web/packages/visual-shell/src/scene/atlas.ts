/**
 * Pictures packed into a few large textures. The fewer textures a frame needs, the fewer draw calls
 * it takes, and the cheaper is each pixel where there is no GPU: see TEXTURES_PER_BATCH.
 */
import { CanvasSource, Rectangle, Texture } from "pixi.js";

/**
 * Pixi's shader samples every texture of a batch for every pixel. A software renderer really does
 * that, which with the usual 16 took four times as long. Three: the shapes and two pages of texts.
 */
export const TEXTURES_PER_BATCH = 3;

/** Edge of a page in CSS pixels. */
const PAGE = 1024;
const LARGEST_PAGE = 4096;
/** Between two pictures, so that the filter does not mix them. */
const GAP = 1;
/** Widths are rounded up to this, so that a freed place suits another picture. */
const STEP = 64;

export type Paint = (context: CanvasRenderingContext2D) => void;

interface Page {
  readonly context: CanvasRenderingContext2D;
  readonly source: CanvasSource;
  dirty: boolean;
  /** Where the next row begins, and where the open row of each height goes on. */
  bottom: number;
  readonly rows: Map<number, { x: number; readonly y: number }>;
}

/** A place in a page, in CSS pixels. */
export interface Place {
  readonly page: Page;
  readonly x: number;
  readonly y: number;
  readonly room: number;
  readonly height: number;
}

export class Atlas {
  readonly #resolution: number;
  readonly #size: number;
  readonly #pages: Page[] = [];
  readonly #free = new Map<string, Place[]>();

  constructor(resolution: number) {
    this.#resolution = resolution;
    this.#size = Math.min(PAGE, Math.floor(LARGEST_PAGE / resolution));
  }

  paint(width: number, height: number, paint: Paint): Place {
    const room = Math.min(this.#size, Math.ceil(width / STEP) * STEP);
    const place = this.#free.get(`${room} ${height}`)?.pop() ?? this.#allocate(room, height);
    const { context } = place.page;
    context.save();
    context.beginPath();
    context.rect(place.x, place.y, room, height);
    context.clip();
    context.clearRect(place.x, place.y, room, height);
    context.translate(place.x, place.y);
    paint(context);
    context.restore();
    place.page.dirty = true;
    return place;
  }

  texture(place: Place, width: number): Texture {
    return new Texture({ source: place.page.source, frame: new Rectangle(place.x, place.y, width, place.height), dynamic: true });
  }

  release(place: Place): void {
    const key = `${place.room} ${place.height}`;
    const free = this.#free.get(key);
    if (free === undefined) this.#free.set(key, [place]);
    else free.push(place);
  }

  /** Hands what was painted to the renderer: once per frame, however much it was. */
  flush(): void {
    // By number, as all that is done in each frame: `for … of` makes an object for each of them until it is compiled.
    for (let index = 0; index < this.#pages.length; index += 1) {
      const page = this.#pages[index];
      if (page?.dirty !== true) continue;
      page.dirty = false;
      page.source.update();
    }
  }

  destroy(): void {
    for (const page of this.#pages) page.source.destroy();
  }

  #allocate(room: number, height: number): Place {
    for (const page of this.#pages) {
      const place = this.#allocateIn(page, room, height);
      if (place !== null) return place;
    }
    const page = this.#addPage();
    const place = this.#allocateIn(page, room, height);
    if (place === null) throw new Error(`a picture of ${room} × ${height} does not fit into a page`);
    return place;
  }

  #allocateIn(page: Page, room: number, height: number): Place | null {
    let row = page.rows.get(height);
    if (row === undefined || row.x + room > this.#size) {
      if (page.bottom + height > this.#size) return null;
      row = { x: 0, y: page.bottom };
      page.rows.set(height, row);
      page.bottom += height + GAP;
    }
    const place = { page, x: row.x, y: row.y, room, height };
    row.x += room + GAP;
    return place;
  }

  #addPage(): Page {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.ceil(this.#size * this.#resolution);
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("the browser cannot draw on a canvas");
    context.scale(this.#resolution, this.#resolution);
    const source = new CanvasSource({ resource: canvas, resolution: this.#resolution });
    const page: Page = { context, source, dirty: true, bottom: 0, rows: new Map() };
    this.#pages.push(page);
    return page;
  }
}
