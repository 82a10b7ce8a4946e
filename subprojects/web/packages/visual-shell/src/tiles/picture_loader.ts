/** Loads the pictures of bricks that are in sight, a few at a time. Knows nothing of how they are drawn. */

export type PictureState = "waiting" | "loading" | "ready" | "failed";

export interface Wanted {
  readonly brick: string;
  /** Newest time at which it was put anywhere in sight: part of the address, so that a newer picture is really fetched. */
  readonly version: number;
}

interface Entry {
  state: PictureState;
}

/** Browsers have six connections to a host; one stays free for other things. */
const AT_ONCE = 5;

export class PictureLoader<P> {
  readonly #load: (brick: string, version: number) => Promise<P>;
  readonly #onEnd: (brick: string, picture: P | null) => void;
  readonly #entries = new Map<string, Entry>();
  #queue: Wanted[] = [];
  #underWay = 0;

  /** `onEnd` is called with each picture, or with null if there is none. */
  constructor(load: (brick: string, version: number) => Promise<P>, onEnd: (brick: string, picture: P | null) => void) {
    this.#load = load;
    this.#onEnd = onEnd;
  }

  state(brick: string): PictureState {
    return this.#entries.get(brick)?.state ?? "waiting";
  }

  /**
   * These are in sight, the most important first. What was asked for before and has not begun is forgotten, and so is
   * what failed and is out of sight: it is tried again when it comes back.
   */
  want(wanted: readonly Wanted[]): void {
    const inSight = new Set(wanted.map(({ brick }) => brick));
    for (const [brick, { state }] of this.#entries) if (state === "failed" && !inSight.has(brick)) this.#entries.delete(brick);
    this.#queue = wanted.filter(({ brick }) => this.state(brick) === "waiting");
    this.#pump();
  }

  /** Its picture may be another one now, or is no longer kept: it is fetched when it is in sight next. */
  renew(brick: string): void {
    this.#entries.delete(brick);
  }

  /** Forgets what failed, so that it is tried again when it is in sight. */
  retry(): void {
    for (const [brick, { state }] of this.#entries) if (state === "failed") this.#entries.delete(brick);
  }

  #pump(): void {
    while (this.#underWay < AT_ONCE) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      if (this.state(next.brick) === "waiting") void this.#begin(next);
    }
  }

  async #begin({ brick, version }: Wanted): Promise<void> {
    const entry: Entry = { state: "loading" };
    this.#entries.set(brick, entry);
    this.#underWay += 1;
    const picture = await this.#load(brick, version).catch(() => null);
    this.#underWay -= 1;
    // If it was renewed meanwhile, this one is out of date already.
    if (this.#entries.get(brick) === entry) {
      entry.state = picture === null ? "failed" : "ready";
      this.#onEnd(brick, picture);
    }
    this.#pump();
  }
}

const FOLDERS = ["queue", "processed"];

/** A brick's picture from the server: new ones lie in one folder, older ones in another. */
export async function loadPicture(brick: string, version: number): Promise<HTMLImageElement> {
  for (const folder of FOLDERS) {
    const image = new Image();
    image.src = `/builder/${folder}/${encodeURIComponent(brick)}?t=${version}`;
    try {
      await image.decode();
      if (image.naturalWidth > 0 && image.naturalHeight > 0) return image;
    } catch {
      // Not there, or no picture: the other folder may have it.
    }
  }
  throw new Error(`there is no picture of ${brick}`);
}
