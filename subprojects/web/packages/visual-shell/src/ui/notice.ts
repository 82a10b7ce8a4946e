/** A short message over the map that goes away by itself. */
import { element } from "./dom.ts";

const SHOWN = 5000;

export class Notice {
  readonly #node = element("notice", HTMLElement);
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(text: string): void {
    clearTimeout(this.#timer);
    this.#node.textContent = text;
    this.#node.hidden = false;
    this.#timer = setTimeout(() => (this.#node.hidden = true), SHOWN);
  }
}
