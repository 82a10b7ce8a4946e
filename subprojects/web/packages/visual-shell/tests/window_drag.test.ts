import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Outcome, Request } from "@compositord/client";
import { window } from "../../client/tests/samples.ts";
import { WindowDrag } from "../src/window_drag.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function bench() {
  const requests: { request: Request; answer: (outcome: Outcome) => void }[] = [];
  const drag = new WindowDrag(
    (request) => ({ id: requests.length + 1, outcome: new Promise((answer) => requests.push({ request, answer })) }),
    () => undefined,
  );
  return { drag, requests };
}

test("a window that is taken up again goes on from where it is seen, not from where it was", () => {
  const { drag, requests } = bench();
  drag.start(window);
  drag.moveBy(100, 50);
  drag.tick();
  drag.release();
  drag.start(window);
  drag.moveBy(1, 1);
  drag.tick();
  expect(requests.at(-1)?.request).toEqual({ type: "Move", window: window.id, x: window.x + 101, y: window.y + 51 });
});

test("after the last answer the compositor's word holds, and no timer is left", async () => {
  const { drag, requests } = bench();
  drag.start(window);
  drag.moveBy(5, 0);
  drag.tick();
  drag.moveBy(5, 0);
  drag.release();
  requests[0]?.answer({ ok: true });
  await vi.advanceTimersByTimeAsync(0);
  drag.tick();
  requests[1]?.answer({ ok: false, failure: { code: "offline", member: null, message: "gone" } });
  await vi.advanceTimersByTimeAsync(0);
  expect(drag.position).toMatchObject({ x: window.x + 10 });
  await vi.advanceTimersByTimeAsync(250);
  expect(drag.position).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});
