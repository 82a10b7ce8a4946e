/** Dark or light: as the system has it, or as chosen here; kept by the browser. */
import { darkTheme, lightTheme } from "../scene/theme.ts";
import type { Theme } from "../scene/theme.ts";
import { browserStorage } from "../storage.ts";
import { element } from "./dom.ts";

const KEY = "compositord colours";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export class ThemeChoice {
  readonly #select = element("colours", HTMLSelectElement);
  /** Called when the theme is another one. */
  onChange: (theme: Theme) => void = () => undefined;

  constructor() {
    const kept = browserStorage.getItem(KEY);
    if (kept === "light" || kept === "dark") this.#select.value = kept;
    this.#apply();
    this.#select.addEventListener("change", () => {
      browserStorage.setItem(KEY, this.#select.value);
      this.#apply();
      this.onChange(this.theme);
    });
    prefersDark.addEventListener("change", () => this.onChange(this.theme));
  }

  get theme(): Theme {
    const { value } = this.#select;
    return value === "dark" || (value === "system" && prefersDark.matches) ? darkTheme : lightTheme;
  }

  #apply(): void {
    document.documentElement.dataset["colours"] = this.#select.value;
  }
}
