/** The latest frames, and which of them a filter lets through, kept up to date as they come. */
import type { Direction, Frame } from "./traffic.ts";

export interface Filter {
  readonly client: number | null;
  readonly direction: Direction | null;
  /** Only types that begin with this, in any case; empty for all. */
  readonly type: string;
  /** Only texts that hold this, in any case; empty for all. */
  readonly text: string;
}

export const everything: Filter = { client: null, direction: null, type: "", text: "" };

export interface Entry {
  /** Counts up from 0 while the page is open. */
  readonly number: number;
  readonly frame: Frame;
}

export function passes({ client, direction, type, text }: Filter, frame: Frame): boolean {
  if (client !== null && frame.client !== client) return false;
  if (direction !== null && frame.direction !== direction) return false;
  if (type !== "" && !frame.type.toLowerCase().startsWith(type.toLowerCase())) return false;
  return text === "" || frame.text.toLowerCase().includes(text.toLowerCase());
}

export interface Limits {
  readonly frames: number;
  /** Of all texts together, in characters. */
  readonly text: number;
}

/** A list that grows at the end and shrinks at the front, both in constant time on average. */
class Queue<T> {
  #items: T[] = [];
  #start = 0;

  get length(): number {
    return this.#items.length - this.#start;
  }

  at(index: number): T | undefined {
    return this.#items[this.#start + index];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#start];
    this.#start += 1;
    if (this.#start > 1024 && this.#start * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
    return item;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#start; i < this.#items.length; i += 1) yield this.#items[i] as T;
  }
}

export class FrameLog {
  readonly #limits: Limits;
  #filter = everything;
  #next = 0;
  #text = 0;
  #all = new Queue<Entry>();
  #shown = new Queue<Entry>();
  /** Of the filtered list: how many of its first entries were forgotten since the filter was set. */
  #forgotten = 0;

  constructor(limits: Limits = { frames: 100_000, text: 64_000_000 }) {
    this.#limits = limits;
  }

  get filter(): Filter {
    return this.#filter;
  }

  /** How many are kept. */
  get size(): number {
    return this.#all.length;
  }

  /** How many the filter lets through. */
  get length(): number {
    return this.#shown.length;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  /** The entry at a place of the filtered list. */
  at(index: number): Entry | undefined {
    return this.#shown.at(index);
  }

  /** The place of an entry in the filtered list, or of the next one after it. */
  indexOf(number: number): number {
    let [low, high] = [0, this.#shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#shown.at(middle)?.number ?? Infinity) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(frame: Frame): void {
    const entry = { number: this.#next, frame };
    this.#next += 1;
    this.#all.push(entry);
    this.#text += frame.text.length;
    if (passes(this.#filter, frame)) this.#shown.push(entry);
    while (this.#all.length > this.#limits.frames || (this.#text > this.#limits.text && this.#all.length > 1)) this.#forgetFirst();
  }

  setFilter(filter: Filter): void {
    this.#filter = filter;
    this.#shown = new Queue();
    this.#forgotten = 0;
    for (const entry of this.#all) if (passes(filter, entry.frame)) this.#shown.push(entry);
  }

  clear(): void {
    this.#all = new Queue();
    this.#shown = new Queue();
    this.#text = 0;
    this.#forgotten = 0;
  }

  #forgetFirst(): void {
    const first = this.#all.shift();
    if (first === undefined) return;
    this.#text -= first.frame.text.length;
    if (this.#shown.at(0)?.number === first.number) {
      this.#shown.shift();
      this.#forgotten += 1;
    }
  }
}
