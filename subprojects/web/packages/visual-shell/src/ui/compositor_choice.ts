/** Which compositor is shown, where there are several: all of them or one. It is part of the page's address. */
import type { World } from "@compositord/client";
import { element } from "./dom.ts";

const PARAMETER = "compositor";

/** Undefined: all that there are. */
export function chosenCompositor(address = location.href): string | undefined {
  const name = new URL(address).searchParams.get(PARAMETER);
  return name === null || name === "" ? undefined : name;
}

/** The address of this page with another choice. */
export function addressOf(compositor: string | undefined, address = location.href): string {
  const url = new URL(address);
  if (compositor === undefined) url.searchParams.delete(PARAMETER);
  else url.searchParams.set(PARAMETER, compositor);
  return url.href;
}

/** What the choice offers, and how each stands. */
export function choices(compositors: World["compositors"]): { name: string; text: string }[] {
  const connected = compositors.filter((each) => each.connected).length;
  const all = connected === compositors.length ? "All compositors" : `All compositors (${connected} of ${compositors.length})`;
  return [{ name: "", text: all }, ...compositors.map(({ name, connected: there }) => ({ name, text: there ? name : `${name} (gone)` }))];
}

export class CompositorChoice {
  readonly #select = element("compositor", HTMLSelectElement);
  #shown = "";

  constructor(go: (address: string) => void = (address) => location.assign(address)) {
    this.#select.addEventListener("change", () => go(addressOf(this.#select.value === "" ? undefined : this.#select.value)));
  }

  update(compositors: World["compositors"]): void {
    const chosen = chosenCompositor();
    const offered = choices(compositors);
    // Some of several, as an address may say, are a choice of their own.
    if (chosen?.includes(",") === true) offered.push({ name: chosen, text: chosen.replaceAll(",", ", ") });
    const text = JSON.stringify(offered);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#select.replaceChildren(...offered.map((each) => new Option(each.text, each.name)));
    this.#select.value = chosen ?? "";
    this.#select.hidden = compositors.length < 2;
  }
}
