/** The windows as an ordinary list of buttons, for keyboards, screen readers and everybody else. */
import type { Window } from "@compositord/client";
import { cssColour, appColours } from "../scene/theme.ts";
import { element, make, setText } from "./dom.ts";

export interface WindowListActions {
  select(id: number): void;
  close(id: number): void;
}

interface Row {
  readonly item: HTMLLIElement;
  readonly go: HTMLButtonElement;
  readonly icon: HTMLSpanElement;
  readonly title: HTMLSpanElement;
  readonly note: HTMLSpanElement;
  readonly close: HTMLButtonElement;
  window: Window | null;
}

const stateNotes = ["urgent", "minimized", "fullscreen", "maximized"] as const;

export class WindowList {
  readonly #list = element("windows", HTMLUListElement);
  readonly #empty = element("no-windows", HTMLElement);
  readonly #rows = new Map<number, Row>();
  readonly #actions: WindowListActions;
  #dark = false;

  constructor(actions: WindowListActions) {
    this.#actions = actions;
    this.#list.addEventListener("keydown", (event) => this.#onKey(event));
  }

  setDark(dark: boolean): void {
    this.#dark = dark;
    for (const row of this.#rows.values()) if (row.window !== null) this.#fill(row, row.window, true);
  }

  update(windows: ReadonlyMap<number, Window>): void {
    for (const [id, row] of this.#rows) {
      if (windows.has(id)) continue;
      // The keyboard's place in the list must not be lost with the window that was there.
      if (row.item.contains(document.activeElement)) (this.#neighbour(row, 1) ?? this.#neighbour(row, -1))?.focus();
      row.item.remove();
      this.#rows.delete(id);
    }
    for (const window of windows.values()) {
      let row = this.#rows.get(window.id);
      if (row === undefined) {
        row = this.#makeRow(window.id);
        this.#list.insertBefore(row.item, this.#rowAfter(window.id)?.item ?? null);
        this.#rows.set(window.id, row);
      }
      if (row.window !== window) this.#fill(row, window, false);
    }
    this.#empty.hidden = windows.size > 0;
  }

  /** Windows stay in the order in which they were opened, whatever the order in which they are told of. */
  #rowAfter(id: number): Row | undefined {
    const later = [...this.#rows.keys()].filter((other) => other > id);
    return later.length === 0 ? undefined : this.#rows.get(Math.min(...later));
  }

  #makeRow(id: number): Row {
    const row: Row = {
      item: make("li", "row"),
      go: make("button", "go"),
      icon: make("span", "icon"),
      title: make("span", "title"),
      note: make("span", "note"),
      close: make("button", "close"),
      window: null,
    };
    const texts = make("span", "texts");
    texts.append(row.title, row.note);
    row.icon.setAttribute("aria-hidden", "true");
    row.go.type = "button";
    row.go.append(row.icon, texts);
    row.go.addEventListener("click", () => this.#actions.select(id));
    row.close.type = "button";
    row.close.textContent = "×";
    row.close.addEventListener("click", () => this.#actions.close(id));
    row.item.append(row.go, row.close);
    return row;
  }

  #fill(row: Row, window: Window, recolour: boolean): void {
    const { appId, states } = window;
    const title = window.title.trim() || appId || "untitled";
    const note = [appId === title ? "" : appId, ...stateNotes.filter((state) => states.includes(state))].filter((each) => each !== "").join(" · ");
    setText(row.title, title);
    setText(row.note, note);
    if (row.window?.appId !== appId || recolour) {
      const last = appId.split(".").at(-1) ?? "";
      setText(row.icon, Array.from(last || title)[0]?.toUpperCase() ?? "?");
      row.icon.style.backgroundColor = cssColour(appColours(appId, this.#dark).strong);
    }
    row.close.title = `Close ${title}`;
    row.close.setAttribute("aria-label", `Close ${title}`);
    row.item.classList.toggle("minimized", states.includes("minimized"));
    row.item.classList.toggle("urgent", states.includes("urgent"));
    if (states.includes("activated")) row.go.setAttribute("aria-current", "true");
    else row.go.removeAttribute("aria-current");
    row.window = window;
  }

  #neighbour(row: Row, direction: 1 | -1): HTMLButtonElement | null {
    const item = direction === 1 ? row.item.nextElementSibling : row.item.previousElementSibling;
    return item?.querySelector<HTMLButtonElement>("button.go") ?? null;
  }

  #onKey(event: KeyboardEvent): void {
    const direction = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : null;
    if (direction === null) return;
    event.preventDefault();
    for (const row of this.#rows.values()) {
      if (row.item.contains(document.activeElement)) {
        this.#neighbour(row, direction)?.focus();
        return;
      }
    }
  }
}
