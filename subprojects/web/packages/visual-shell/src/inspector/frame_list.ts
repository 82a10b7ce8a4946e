/** The list of messages: any number of them, of which only those on the screen are elements. */
import { element, setText } from "../ui/dom.ts";
import type { Entry, FrameLog } from "./frame_log.ts";
import type { Frame } from "./traffic.ts";
import { bytes, clock } from "./words.ts";

const ROW = 24; // CSS pixels, as in style.css
const MARGIN = 4; // rows beyond the visible ones
const PREVIEW = 300; // characters of a message

/** What stands in the list: the beginning of a message, without the type that stands there already. */
function preview({ type, text }: Frame): string {
  const lead = `{"type":${JSON.stringify(type)},`;
  return text.startsWith(lead) ? text.slice(lead.length, lead.length + PREVIEW).replace(/\}$/, "") : text.slice(0, PREVIEW);
}

interface Row {
  readonly node: HTMLDivElement;
  readonly cells: readonly HTMLSpanElement[];
  entry: Entry | null;
}

export class FrameList {
  readonly #log: FrameLog;
  readonly #list = element("frames", HTMLDivElement);
  readonly #spacer = element("spacer", HTMLDivElement);
  readonly #newest = element("newest", HTMLButtonElement);
  readonly #rows: Row[] = [];
  readonly #onChoose: (entry: Entry) => void;
  #chosen: number | null = null;
  #following = true;
  #forgotten = 0;
  #requested = false;

  constructor(log: FrameLog, onChoose: (entry: Entry) => void) {
    this.#log = log;
    this.#onChoose = onChoose;
    this.#list.addEventListener("scroll", () => {
      const atEnd = this.#list.scrollTop + this.#list.clientHeight >= this.#list.scrollHeight - ROW;
      // While it grows below, the browser reports positions that are not the end any more.
      this.#following = atEnd || (this.#following && !this.#leaving);
      this.#leaving = false;
      this.invalidate();
    });
    for (const kind of ["wheel", "pointerdown", "touchmove", "keydown"]) {
      this.#list.addEventListener(kind, () => (this.#leaving = true), { passive: true });
    }
    this.#list.addEventListener("keydown", (event) => this.#onKey(event));
    this.#list.addEventListener("click", (event) => {
      const node = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      const entry = this.#rows.find((row) => row.node === node)?.entry;
      if (entry) this.#choose(entry);
    });
    this.#newest.addEventListener("click", () => {
      this.#following = true;
      this.#list.focus();
      this.invalidate();
    });
    new ResizeObserver(() => this.invalidate()).observe(this.#list);
  }

  /** Whether the user has touched the list since it was scrolled last. */
  #leaving = false;

  /** The log has changed in whatever way. */
  invalidate(): void {
    if (this.#requested) return;
    this.#requested = true;
    requestAnimationFrame(() => {
      this.#requested = false;
      this.#draw();
    });
  }

  /** The log has another filter, or was cleared. */
  reset(): void {
    this.#forgotten = this.#log.forgotten;
    const index = this.#chosen === null ? -1 : this.#log.indexOf(this.#chosen);
    const kept = index >= 0 && this.#log.at(index)?.number === this.#chosen;
    if (kept && !this.#following) this.#list.scrollTop = Math.max(0, index * ROW - this.#list.clientHeight / 2);
    else this.#following = true;
    this.invalidate();
  }

  #draw(): void {
    const length = this.#log.length;
    this.#spacer.style.height = `${length * ROW}px`;
    // What is looked at stays where it is while rows above it are forgotten.
    const gone = this.#log.forgotten - this.#forgotten;
    this.#forgotten = this.#log.forgotten;
    if (this.#following) this.#list.scrollTop = length * ROW;
    else if (gone > 0) this.#list.scrollTop -= gone * ROW;
    this.#newest.hidden = this.#following;

    const first = Math.max(0, Math.floor(this.#list.scrollTop / ROW) - MARGIN);
    const count = Math.min(length - first, Math.ceil(this.#list.clientHeight / ROW) + 2 * MARGIN);
    while (this.#rows.length < count) this.#rows.push(this.#makeRow());
    let active = "";
    this.#rows.forEach((row, place) => {
      const entry = place < count ? this.#log.at(first + place) : undefined;
      row.node.hidden = entry === undefined;
      if (entry === undefined) {
        row.entry = null;
        return;
      }
      row.node.style.transform = `translateY(${(first + place) * ROW}px)`;
      row.node.setAttribute("aria-posinset", String(first + place + 1));
      row.node.setAttribute("aria-setsize", String(length));
      const chosen = entry.number === this.#chosen;
      row.node.setAttribute("aria-selected", String(chosen));
      if (chosen) active = row.node.id;
      if (row.entry !== entry) this.#fill(row, entry);
    });
    if (active === "") this.#list.removeAttribute("aria-activedescendant");
    else this.#list.setAttribute("aria-activedescendant", active);
  }

  #makeRow(): Row {
    const node = document.createElement("div");
    node.id = `frame-${this.#rows.length}`;
    node.className = "frame";
    node.setAttribute("role", "option");
    const cells = Array.from({ length: 6 }, () => document.createElement("span"));
    node.append(...cells);
    this.#spacer.append(node);
    return { node, cells, entry: null };
  }

  #fill(row: Row, entry: Entry): void {
    row.entry = entry;
    const { frame } = entry;
    row.node.dataset["direction"] = frame.direction;
    row.node.classList.toggle("problem", frame.type === "Error" || frame.type === "");
    const texts = [clock(frame.time), String(frame.client), frame.direction === "sent" ? "to" : "from", frame.type === "" ? "unreadable" : frame.type, bytes(frame.bytes), preview(frame)];
    row.cells.forEach((cell, index) => setText(cell, texts[index] ?? ""));
  }

  #choose(entry: Entry): void {
    this.#chosen = entry.number;
    this.#onChoose(entry);
    this.invalidate();
  }

  #onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#list.clientHeight / ROW) - 1);
    const steps: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey || this.#log.length === 0) return;
    event.preventDefault();
    const last = this.#log.length - 1;
    const now = this.#chosen === null ? (step > 0 ? -1 : last + 1) : this.#log.indexOf(this.#chosen);
    const index = Math.min(last, Math.max(0, now + step));
    const entry = this.#log.at(index);
    if (entry === undefined) return;
    this.#choose(entry);
    this.#following = index === last;
    const top = index * ROW;
    if (top < this.#list.scrollTop) this.#list.scrollTop = top;
    else if (top + ROW > this.#list.scrollTop + this.#list.clientHeight) this.#list.scrollTop = top + ROW - this.#list.clientHeight;
  }
}
