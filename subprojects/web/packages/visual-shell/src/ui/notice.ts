/** A short message over the map that goes away by itself; one with a question stays until it is answered. */
import { element, make } from "./dom.ts";

const SHOWN = 5000;

export class Notice {
  readonly #node = element("notice", HTMLElement);
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(text: string): void {
    this.#node.textContent = text;
    this.#begin();
    this.#timer = setTimeout(() => this.#end(), SHOWN);
  }

  /** With a button that does it, and one that does not. */
  ask(text: string, label: string, act: () => void): void {
    const [yes, no] = [make("button", "link", label), make("button", "link", "Not now")];
    yes.addEventListener("click", act);
    no.addEventListener("click", () => this.#end());
    this.#node.replaceChildren(`${text} `, yes, " ", no);
    this.#begin();
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#node.hidden = false;
  }

  #end(): void {
    this.#node.hidden = true;
  }
}
