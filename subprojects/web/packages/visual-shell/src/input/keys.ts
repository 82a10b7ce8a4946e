/** Keys for the map: arrows, + and −, 0, and 1 to 9 for places. They work wherever the focus does not need them itself. */
export interface KeyActions {
  step(dx: number, dy: number, factor: number): void;
  actualSize(): void;
  /** From 1. */
  place(number: number): void;
}

const STEP = 90;
const FACTOR = 1.25;

export function listenToKeys(actions: KeyActions): void {
  const does: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => actions.step(-STEP, 0, 1),
    ArrowRight: () => actions.step(STEP, 0, 1),
    ArrowUp: () => actions.step(0, -STEP, 1),
    ArrowDown: () => actions.step(0, STEP, 1),
    "+": () => actions.step(0, 0, FACTOR),
    "=": () => actions.step(0, 0, FACTOR),
    "-": () => actions.step(0, 0, 1 / FACTOR),
    "0": () => actions.actualSize(),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.closest("select, input, textarea, dialog") !== null) return;
    const action = does[event.key] ?? (/^[1-9]$/.test(event.key) ? () => actions.place(Number(event.key)) : undefined);
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
