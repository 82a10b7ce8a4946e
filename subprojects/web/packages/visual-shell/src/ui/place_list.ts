/** The places in the sidebar: go to one, remember where one is, forget one. */
import type { Place, Places } from "../find/places.ts";
import { element } from "./dom.ts";

export interface PlaceListActions {
  go(place: Place): void;
  /** Where the map is at present; null if nothing is shown yet. */
  here(): Omit<Place, "name"> | null;
}

export class PlaceList {
  readonly #places: Places;
  readonly #actions: PlaceListActions;
  readonly #list = element("places", HTMLUListElement);
  readonly #name = element("place-name", HTMLInputElement);

  constructor(places: Places, actions: PlaceListActions) {
    this.#places = places;
    this.#actions = actions;
    element("add-place", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const here = actions.here();
      if (here === null) return;
      places.add({ name: this.#name.value, ...here });
      this.#name.value = "";
    });
    places.onChange = () => this.#fill();
    addEventListener("storage", () => places.reload());
    this.#fill();
  }

  #fill(): void {
    this.#list.replaceChildren(...this.#places.all.map((place, index) => this.#row(place, index)));
  }

  #row(place: Place, index: number): HTMLLIElement {
    const item = document.createElement("li");
    item.className = "row place";
    const go = document.createElement("button");
    go.type = "button";
    go.className = "go";
    go.textContent = place.name;
    if (index < 9) {
      go.setAttribute("aria-keyshortcuts", String(index + 1));
      const key = document.createElement("kbd");
      key.textContent = String(index + 1);
      key.setAttribute("aria-hidden", "true");
      go.prepend(key);
    }
    go.addEventListener("click", () => this.#actions.go(place));
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "close";
    remove.textContent = "×";
    remove.title = `Forget ${place.name}`;
    remove.setAttribute("aria-label", `Forget ${place.name}`);
    remove.addEventListener("click", () => {
      this.#places.remove(place.name);
      this.#name.focus();
    });
    item.append(go, remove);
    return item;
  }
}
