/** The switch of the input mode, its bar, and the listeners that catch what belongs to the windows meanwhile. */
import type { RemoteInput } from "../input/remote.ts";
import { element } from "./dom.ts";

/** The one thing that is not passed on: no key of the page would end the mode otherwise. */
const isEnd = (event: KeyboardEvent): boolean => event.ctrlKey && event.shiftKey && event.code === "Period";

export class InputMode {
  readonly #remote: RemoteInput;
  readonly #canvas: HTMLCanvasElement;
  readonly #toggle = element("input-mode", HTMLButtonElement);
  readonly #bar = element("input-bar", HTMLFormElement);
  readonly #text = element("input-text", HTMLInputElement);
  #active = false;

  constructor(remote: RemoteInput, canvas: HTMLCanvasElement) {
    this.#remote = remote;
    this.#canvas = canvas;
    this.#toggle.addEventListener("click", () => this.#setActive(!this.#active));
    element("input-end", HTMLButtonElement).addEventListener("click", () => this.#setActive(false));
    this.#bar.addEventListener("submit", (event) => {
      event.preventDefault();
      remote.text(this.#text.value);
      this.#text.value = "";
    });
    this.#listen();
  }

  get active(): boolean {
    return this.#active;
  }

  setPossible(possible: boolean): void {
    this.#toggle.disabled = !possible;
    this.#toggle.title = possible ? "Type and click into windows" : "compositord does not let this page type into windows (--allow-input)";
    if (!possible && this.#active) this.#setActive(false);
  }

  #setActive(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    this.#bar.hidden = !active;
    this.#toggle.setAttribute("aria-pressed", String(active));
    if (active) {
      this.#canvas.dataset["cursor"] = "input";
      this.#canvas.focus();
    } else {
      delete this.#canvas.dataset["cursor"];
      this.#remote.releaseAll();
      this.#toggle.focus();
    }
  }

  /** Before anybody else's listeners: what is caught here does not reach the map. */
  #listen(): void {
    const caught = (event: Event): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    const onMap = <K extends keyof HTMLElementEventMap>(name: K, handle: (event: HTMLElementEventMap[K]) => void): void => {
      const map = this.#canvas.parentElement ?? this.#canvas;
      map.addEventListener(
        name,
        (event: HTMLElementEventMap[K]) => {
          if (!this.#active || event.target !== this.#canvas) return;
          handle(event);
          caught(event);
        },
        { capture: true, passive: false },
      );
    };
    const pointer = ({ offsetX, offsetY, buttons }: PointerEvent): void => {
      this.#remote.motion(offsetX, offsetY);
      this.#remote.buttons(buttons);
    };
    onMap("pointermove", pointer);
    onMap("pointerup", pointer);
    onMap("pointerdown", (event) => {
      this.#canvas.focus();
      this.#canvas.setPointerCapture(event.pointerId);
      pointer(event);
    });
    onMap("pointercancel", () => this.#remote.releaseAll());
    onMap("wheel", (event) => this.#remote.wheel(event));
    onMap("dblclick", () => undefined);
    onMap("contextmenu", () => undefined);
    for (const name of ["keydown", "keyup"] as const) {
      addEventListener(
        name,
        (event) => {
          if (!this.#active || document.activeElement !== this.#canvas) return;
          caught(event);
          if (name === "keydown" && isEnd(event)) this.#setActive(false);
          else if (!event.repeat) this.#remote.key(event.code, name === "keydown");
        },
        { capture: true },
      );
    }
    addEventListener("blur", () => this.#remote.releaseAll());
    this.#canvas.addEventListener("blur", () => this.#remote.releaseAll());
  }
}
