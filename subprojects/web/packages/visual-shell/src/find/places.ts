/** Places on the map that the user wants to come back to; kept by the browser. */
import { browserStorage } from "../storage.ts";
import type { KeyValues } from "../storage.ts";

export interface Place {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

const KEY = "compositord places";
const MOST = 100;
const LONGEST_NAME = 80;

function isPlace(value: unknown): value is Place {
  if (typeof value !== "object" || value === null) return false;
  const { name, x, y, zoom } = value as Partial<Record<keyof Place, unknown>>;
  return typeof name === "string" && Number.isFinite(x) && Number.isFinite(y) && typeof zoom === "number" && zoom > 0 && Number.isFinite(zoom);
}

function parse(text: string | null): readonly Place[] {
  try {
    const value: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(value) ? value.filter(isPlace).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export class Places {
  readonly #storage: KeyValues;
  #places: readonly Place[];
  /** Called after a change, also by another tab. */
  onChange: () => void = () => undefined;

  constructor(storage: KeyValues = browserStorage) {
    this.#storage = storage;
    this.#places = parse(storage.getItem(KEY));
  }

  get all(): readonly Place[] {
    return this.#places;
  }

  /** A place of the same name is moved. */
  add({ name, x, y, zoom }: Place): void {
    const place = { name: name.trim().slice(0, LONGEST_NAME) || `Place ${this.#places.length + 1}`, x, y, zoom };
    const at = this.#places.findIndex((each) => each.name === place.name);
    this.#become(at >= 0 ? this.#places.with(at, place) : [...this.#places, place].slice(-MOST));
  }

  remove(name: string): void {
    this.#become(this.#places.filter((each) => each.name !== name));
  }

  /** Another tab changed them. */
  reload(): void {
    this.#places = parse(this.#storage.getItem(KEY));
    this.onChange();
  }

  #become(places: readonly Place[]): void {
    this.#places = places;
    try {
      this.#storage.setItem(KEY, JSON.stringify(places));
    } catch {
      // It is full: they last as long as the page.
    }
    this.onChange();
  }
}
