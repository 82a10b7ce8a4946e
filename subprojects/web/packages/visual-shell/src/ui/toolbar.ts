/** The bar at the top: status, choice of camera, mode, fit, zoom. */
import type { CameraSync } from "@compositord/client";
import type { Mode } from "../map_view.ts";
import type { Status } from "../status.ts";
import { element, setText } from "./dom.ts";

export interface ToolbarActions {
  setMode(mode: Mode): void;
  chooseCamera(name: string): void;
  fitAll(): void;
  zoomStep(factor: number): void;
  actualSize(): void;
  retry(): void;
}

const STEP = 1.25;

export class Toolbar {
  readonly #status = element("status", HTMLElement);
  readonly #text = element("status-text", HTMLElement);
  readonly #detail = element("status-detail", HTMLElement);
  readonly #retry = element("retry", HTMLButtonElement);
  readonly #camera = element("camera", HTMLSelectElement);
  readonly #follow = element("follow", HTMLButtonElement);
  readonly #overview = element("overview", HTMLButtonElement);
  readonly #fit = element("fit", HTMLButtonElement);
  readonly #zoom = element("zoom", HTMLElement);
  #cameraNames = "";

  constructor(actions: ToolbarActions) {
    this.#retry.addEventListener("click", () => actions.retry());
    this.#camera.addEventListener("change", () => actions.chooseCamera(this.#camera.value));
    this.#follow.addEventListener("click", () => actions.setMode("follow"));
    this.#overview.addEventListener("click", () => actions.setMode("overview"));
    this.#fit.addEventListener("click", () => actions.fitAll());
    element("zoom-in", HTMLButtonElement).addEventListener("click", () => actions.zoomStep(STEP));
    element("zoom-out", HTMLButtonElement).addEventListener("click", () => actions.zoomStep(1 / STEP));
    element("zoom-reset", HTMLButtonElement).addEventListener("click", () => actions.actualSize());
  }

  setStatus(status: Status): void {
    this.#status.dataset["kind"] = status.kind;
    document.body.classList.toggle("stale", status.kind !== "connected");
    setText(this.#text, status.text);
    setText(this.#detail, status.detail);
    this.#retry.hidden = status.kind !== "waiting";
  }

  setMode(mode: Mode): void {
    this.#follow.setAttribute("aria-pressed", String(mode === "follow"));
    this.#overview.setAttribute("aria-pressed", String(mode === "overview"));
  }

  setCameras(cameras: ReadonlyMap<string, CameraSync>, chosen: string | null): void {
    const names = JSON.stringify([...cameras.keys()]);
    if (names !== this.#cameraNames) {
      this.#cameraNames = names;
      this.#camera.replaceChildren(...[...cameras.keys()].map((name) => new Option(name, name)));
      this.#camera.hidden = cameras.size < 2;
    }
    if (chosen !== null) this.#camera.value = chosen;
  }

  /** Whether there is anything to be shown at once. */
  setFit(possible: boolean): void {
    this.#fit.disabled = !possible;
  }

  setZoom(zoom: number): void {
    const percent = zoom * 100;
    setText(this.#zoom, `${percent >= 10 ? Math.round(percent) : percent.toPrecision(2)} %`);
  }
}
