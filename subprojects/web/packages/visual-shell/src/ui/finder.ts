/** The search: type a few letters, go there. Opened by Ctrl-K, or by its button. */
import { find } from "../find/find.ts";
import type { Findable, Hit } from "../find/find.ts";
import { element } from "./dom.ts";

export interface FinderActions {
  what(): Findable;
  go(hit: Hit): void;
}

export class Finder {
  readonly #actions: FinderActions;
  readonly #dialog = element("finder", HTMLDialogElement);
  readonly #input = element("find", HTMLInputElement);
  readonly #list = element("found", HTMLUListElement);
  readonly #none = element("found-none", HTMLElement);
  #hits: readonly Hit[] = [];
  #chosen = 0;

  constructor(actions: FinderActions) {
    this.#actions = actions;
    element("open-finder", HTMLButtonElement).addEventListener("click", () => this.open());
    this.#input.addEventListener("input", () => this.#search());
    this.#input.addEventListener("keydown", (event) => this.#onKey(event));
    this.#list.addEventListener("click", (event) => {
      const item = event.target instanceof Element ? event.target.closest("li") : null;
      if (item !== null) this.#go([...this.#list.children].indexOf(item));
    });
    this.#dialog.addEventListener("click", (event) => {
      // Beside the box: that is the dialog's own backdrop.
      if (event.target === this.#dialog) this.#dialog.close();
    });
    addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.defaultPrevented) return;
      event.preventDefault();
      this.open();
    });
  }

  open(): void {
    if (this.#dialog.open) return;
    this.#input.value = "";
    this.#search();
    this.#dialog.showModal();
  }

  #search(): void {
    this.#hits = find(this.#input.value, this.#actions.what());
    this.#list.replaceChildren(
      ...this.#hits.map((hit, index) => {
        const item = document.createElement("li");
        item.id = `found-${index}`;
        item.role = "option";
        const note = document.createElement("span");
        note.className = "note";
        note.textContent = hit.note;
        item.append(hit.name, note);
        return item;
      }),
    );
    this.#none.hidden = this.#hits.length > 0;
    this.#choose(0);
  }

  #choose(index: number): void {
    this.#chosen = this.#hits.length === 0 ? 0 : (index + this.#hits.length) % this.#hits.length;
    for (const [at, item] of [...this.#list.children].entries()) item.setAttribute("aria-selected", String(at === this.#chosen));
    const chosen = this.#list.children[this.#chosen];
    if (chosen === undefined) this.#input.removeAttribute("aria-activedescendant");
    else {
      this.#input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    }
  }

  #onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") this.#choose(this.#chosen + 1);
    else if (event.key === "ArrowUp") this.#choose(this.#chosen - 1);
    else if (event.key === "Enter") this.#go(this.#chosen);
    else return;
    event.preventDefault();
  }

  #go(index: number): void {
    const hit = this.#hits[index];
    if (hit === undefined) return;
    this.#dialog.close();
    this.#actions.go(hit);
  }
}
