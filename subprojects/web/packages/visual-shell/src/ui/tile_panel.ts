/** The panel of the tile tool: which brick, place or remove, and a cell by its numbers for who uses no pointer. */
import type { Cell } from "../scene/cell_cursor.ts";
import type { TileAction } from "../tiles/tile_tool.ts";
import { element } from "./dom.ts";

export interface TilePanelActions {
  setActive(active: boolean): void;
  setAction(action: TileAction): void;
  setBrick(brick: string): void;
  apply(cell: Cell): void;
  retryPictures(): void;
}

/** A browser's list of suggestions is of no use beyond that. */
const MOST_SUGGESTIONS = 500;

export class TilePanel {
  readonly #toggle = element("tiles", HTMLButtonElement);
  readonly #panel = element("tile-panel", HTMLFormElement);
  readonly #brick = element("brick", HTMLInputElement);
  readonly #bricks = element("bricks", HTMLDataListElement);
  readonly #put = element("tile-put", HTMLButtonElement);
  readonly #remove = element("tile-remove", HTMLButtonElement);
  readonly #x = element("cell-x", HTMLInputElement);
  readonly #y = element("cell-y", HTMLInputElement);
  readonly #missing = element("missing", HTMLElement);
  readonly #missingText = element("missing-text", HTMLElement);
  readonly #actions: TilePanelActions;
  #active = false;

  constructor(actions: TilePanelActions) {
    this.#actions = actions;
    this.#toggle.addEventListener("click", () => this.#setActive(!this.#active));
    element("tile-close", HTMLButtonElement).addEventListener("click", () => this.#setActive(false));
    this.#put.addEventListener("click", () => this.#setAction("put"));
    this.#remove.addEventListener("click", () => this.#setAction("remove"));
    this.#brick.addEventListener("input", () => actions.setBrick(this.#brick.value.trim()));
    this.#panel.addEventListener("submit", (event) => {
      event.preventDefault();
      actions.apply({ x: this.#x.valueAsNumber, y: this.#y.valueAsNumber });
    });
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#setActive(false);
    });
    element("retry-pictures", HTMLButtonElement).addEventListener("click", () => actions.retryPictures());
  }

  get active(): boolean {
    return this.#active;
  }

  setPossible(possible: boolean): void {
    this.#toggle.disabled = !possible;
    if (!possible && this.#active) this.#setActive(false);
  }

  /** Names to choose from. */
  suggest(bricks: Iterable<string>): void {
    const names = [...new Set(bricks)].sort().slice(0, MOST_SUGGESTIONS);
    this.#bricks.replaceChildren(...names.map((name) => new Option(name, name)));
  }

  setMissing(count: number): void {
    this.#missing.hidden = count === 0;
    const text = count === 1 ? "1 tile has no picture" : `${count} tiles have no picture`;
    if (count > 0 && this.#missingText.textContent !== text) this.#missingText.textContent = text;
  }

  showCell({ x, y }: Cell): void {
    this.#x.valueAsNumber = x;
    this.#y.valueAsNumber = y;
  }

  #setActive(active: boolean): void {
    this.#active = active;
    this.#panel.hidden = !active;
    this.#toggle.setAttribute("aria-expanded", String(active));
    this.#actions.setActive(active);
    if (active) this.#brick.focus();
    else this.#toggle.focus();
  }

  #setAction(action: TileAction): void {
    this.#put.setAttribute("aria-pressed", String(action === "put"));
    this.#remove.setAttribute("aria-pressed", String(action === "remove"));
    this.#actions.setAction(action);
  }
}
