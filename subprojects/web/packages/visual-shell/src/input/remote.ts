/**
 * Input mode: pointer and keys go to the compositor's windows instead of moving the map. Events are sent in order, one
 * message under way at a time; what would only pile up meanwhile, motions and turns of the wheel, becomes one.
 */
import type { InputEvent, Outcome, Request, Sent } from "@compositord/client";

/** As many as a message may have. */
const MOST_EVENTS = 64;
/** Bytes of UTF-8 that all texts of a message may have; a UTF-16 unit has three at most. */
const MOST_TEXT = 4096;
/** More waiting ones are of no use to anybody. */
const MOST_WAITING = 512;
const WHEEL_LIMIT = 10_000;
/** A wheel with clicks turns by about so many pixels for each; a touchpad by less. */
const CLICK = 100;
const LINE = 40;
/** PointerEvent.button, and its bit in PointerEvent.buttons. */
const BUTTON_BITS = [
  [0, 1],
  [2, 2],
  [1, 4],
  [3, 8],
  [4, 16],
] as const;

export interface RemoteInputOptions {
  readonly send: (request: Request) => Sent;
  readonly toWorld: (x: number, y: number) => { readonly x: number; readonly y: number };
  readonly report: (outcome: Outcome) => void;
}

const limited = (value: number): number => Math.max(-WHEEL_LIMIT, Math.min(WHEEL_LIMIT, value));

export function wheelEvent({ deltaX, deltaY, deltaMode }: Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode">): InputEvent | null {
  const unit = deltaMode === 0 ? 1 : LINE;
  const [x, y] = [limited(deltaX * unit), limited(deltaY * unit)];
  if (x === 0 && y === 0) return null;
  const clicks = (delta: number): number => Math.sign(delta) * Math.max(1, Math.round(Math.abs(delta) / 120));
  return {
    kind: "wheel",
    ...(x === 0 ? {} : { deltaX: x, ...(Math.abs(x) >= CLICK ? { clicksX: clicks(x) } : {}) }),
    ...(y === 0 ? {} : { deltaY: y, ...(Math.abs(y) >= CLICK ? { clicksY: clicks(y) } : {}) }),
  };
}

export class RemoteInput {
  readonly #options: RemoteInputOptions;
  readonly #keys = new Set<string>();
  readonly #buttons = new Set<number>();
  #waiting: InputEvent[] = [];
  #underWay = false;

  constructor(options: RemoteInputOptions) {
    this.#options = options;
  }

  motion(x: number, y: number): void {
    const event: InputEvent = { kind: "motion", ...this.#options.toWorld(x, y) };
    if (this.#waiting.at(-1)?.kind === "motion") this.#waiting.pop();
    this.#add(event);
  }

  /** Those that are pressed now, as PointerEvent.buttons says it. */
  buttons(mask: number): void {
    for (const [button, bit] of BUTTON_BITS) {
      const pressed = (mask & bit) !== 0;
      if (this.#buttons.has(button) === pressed) continue;
      if (pressed) this.#buttons.add(button);
      else this.#buttons.delete(button);
      this.#add({ kind: "button", button, pressed });
    }
  }

  wheel(event: Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode">): void {
    const turned = wheelEvent(event);
    if (turned !== null) this.#add(turned);
  }

  key(code: string, pressed: boolean): void {
    if (code === "" || this.#keys.has(code) === pressed) return;
    if (pressed) this.#keys.add(code);
    else this.#keys.delete(code);
    this.#add({ kind: "key", code, pressed });
  }

  text(text: string): void {
    if (text !== "") this.#add({ kind: "text", text });
  }

  /** Nothing stays pressed when nobody is there to release it. */
  releaseAll(): void {
    for (const code of [...this.#keys]) this.key(code, false);
    this.buttons(0);
  }

  #add(event: InputEvent): void {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(event);
    this.#flush();
  }

  #flush(): void {
    if (this.#underWay || this.#waiting.length === 0) return;
    let count = 0;
    let text = 0;
    for (const event of this.#waiting.slice(0, MOST_EVENTS)) {
      if (event.kind === "text") text += event.text.length * 3;
      if (count > 0 && text > MOST_TEXT) break;
      count += 1;
    }
    const events = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#underWay = true;
    void this.#options.send({ type: "Input", events }).outcome.then((outcome) => {
      this.#underWay = false;
      // What waited behind something that failed would come too late, and out of its order.
      if (!outcome.ok) {
        this.#waiting = [];
        this.#keys.clear();
        this.#buttons.clear();
        this.#options.report(outcome);
      }
      this.#flush();
    });
  }
}
