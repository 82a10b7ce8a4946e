/** Renders with the real React into jsdom, in StrictMode, and takes everything down after each test. */
import { act, StrictMode } from "react";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import type { Root } from "react-dom/client";
import { afterEach } from "vitest";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const roots: Root[] = [];

/** Does something that makes React work, and lets it finish. */
export function acting(what: () => unknown): Promise<void> {
  return act(async () => {
    await what();
  });
}

export async function render(node: ReactNode): Promise<{ readonly element: HTMLElement; readonly unmount: () => Promise<void> }> {
  const element = document.createElement("div");
  const root = createRoot(element);
  roots.push(root);
  await acting(() => root.render(<StrictMode>{node}</StrictMode>));
  return { element, unmount: () => acting(() => root.unmount()) };
}

/** Waits until something holds, letting React work; test timeouts are the deadline. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await acting(() => new Promise((resolve) => setTimeout(resolve, 5)));
}

afterEach(async () => {
  for (const root of roots.splice(0)) await acting(() => root.unmount());
});
