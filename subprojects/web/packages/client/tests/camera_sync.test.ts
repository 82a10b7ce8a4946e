/** The camera as a page shows it, on a clock that the test moves, with the compositor's side spelled out. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CameraSync } from "../src/index.ts";
import type { Camera, CameraPose, Outcome, Request } from "../src/index.ts";
import { camera } from "./samples.ts";

const FRAME = 1000 / 60;
const origin = "this page";

type SetCamera = Extract<Request, { type: "SetCamera" }>;

class Bench {
  readonly requests: { readonly id: number; readonly request: SetCamera; readonly answer: (outcome: Outcome) => void }[] = [];
  readonly sync: CameraSync;

  ready = true;
  refuseNaN = false;
  wakes = 0;

  constructor(start: Camera = camera) {
    this.sync = new CameraSync(start, {
      origin,
      ready: () => this.ready,
      wake: () => (this.wakes += 1),
      send: (request) => {
        if (this.refuseNaN && Number.isNaN((request as SetCamera).x)) throw new Error("NaN");
        const id = this.requests.length + 1;
        const outcome = new Promise<Outcome>((answer) => this.requests.push({ id, request: request as SetCamera, answer }));
        return { id, outcome };
      },
    });
  }

  get pose(): CameraPose {
    return { ...this.sync.pose };
  }

  async frame(): Promise<boolean> {
    await vi.advanceTimersByTimeAsync(FRAME);
    return this.sync.tick();
  }

  async ack(id: number): Promise<void> {
    this.requests[id - 1]?.answer({ ok: true });
    await vi.advanceTimersByTimeAsync(0);
  }

  /** The compositor's camera is somewhere, because of our request `id`, or of somebody else. */
  update(pose: Partial<CameraPose>, id: number | null, target: Partial<CameraPose> = pose): void {
    const { x, y, zoom } = { ...camera, ...pose };
    this.sync.follow({ ...camera, x, y, zoom, target: { x, y, zoom, ...target }, cause: id === null ? null : { origin, id } });
  }
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("driving", () => {
  test("shows at once what the user does and sends it with the next frame", async () => {
    const bench = new Bench();
    expect(bench.sync.panBy(10, -5)).toBe(true);
    expect(bench.pose).toEqual({ x: 10, y: -5, zoom: 1 });
    expect(bench.requests).toHaveLength(0);
    await bench.frame();
    expect(bench.requests[0]?.request).toEqual({ type: "SetCamera", camera: "HEADLESS-1", x: 10, y: -5, zoom: 1, duration: 0, origin });
  });

  test("has one request under way, and then sends only the newest", async () => {
    const bench = new Bench();
    for (let step = 0; step < 5; step += 1) {
      bench.sync.panBy(1, 0);
      bench.sync.panBy(1, 0);
      await bench.frame();
    }
    expect(bench.requests).toHaveLength(1);
    await bench.ack(1);
    await bench.frame();
    expect(bench.requests).toHaveLength(2);
    expect(bench.requests[1]?.request.x).toBe(10);
  });

  test("does not follow its own echo, nor what was on its way before", async () => {
    const bench = new Bench();
    bench.sync.panBy(1, 0);
    await bench.frame();
    bench.update({ x: -500 }, null);
    await bench.ack(1);
    bench.sync.panBy(1, 0);
    bench.update({ x: 1 }, 1);
    await bench.frame();
    expect(bench.pose.x).toBe(2);
    bench.update({ x: 1 }, 1);
    await bench.frame();
    expect(bench.pose.x).toBe(2);
    await bench.ack(2);
    bench.update({ x: 2 }, 2);
    expect(bench.sync.driving).toBe(false);
    await bench.frame();
    expect(bench.pose.x).toBe(2);
  });

  test("takes the compositor's answer to the newest request, also when it was clamped", async () => {
    const bench = new Bench();
    bench.sync.panBy(1e6, 0);
    await bench.frame();
    await bench.ack(1);
    bench.update({ x: 1000 }, 1);
    while (await bench.frame());
    expect(bench.pose.x).toBe(1000);
  });

  test("an update that overtakes its Ack is not lost", async () => {
    const bench = new Bench();
    bench.sync.panBy(50, 0);
    await bench.frame();
    bench.update({ x: 40 }, 1);
    await bench.ack(1);
    while (await bench.frame());
    expect(bench.pose.x).toBe(40);
  });

  test("a refused request gives the compositor's camera back", async () => {
    const bench = new Bench();
    bench.sync.panBy(50, 0);
    await bench.frame();
    bench.requests[0]?.answer({ ok: false, failure: { code: "unsupported", member: null, message: "no" } });
    while (await bench.frame());
    expect(bench.pose).toEqual({ x: 0, y: 0, zoom: 1 });
  });

  test("when somebody else has the last word, it holds a moment later", async () => {
    const bench = new Bench();
    bench.sync.panBy(50, 0);
    await bench.frame();
    await bench.ack(1);
    bench.update({ x: 300 }, null);
    expect(bench.pose.x).toBe(50);
    await vi.advanceTimersByTimeAsync(300);
    while (await bench.frame());
    expect(bench.pose.x).toBe(300);
  });

  test("a locked camera is not driven", () => {
    const bench = new Bench({ ...camera, locked: true });
    expect(bench.sync.panBy(1, 1)).toBe(false);
    expect(bench.sync.glideTo({ x: 1, y: 1, zoom: 1 }, 100)).toBe(false);
    expect(bench.pose).toEqual({ x: 0, y: 0, zoom: 1 });
  });

  test("while nothing reaches the compositor, the view does not run ahead only to be pulled back", async () => {
    const bench = new Bench();
    bench.ready = false;
    expect(bench.sync.panBy(1, 1)).toBe(false);
    expect(bench.sync.zoomBy(2)).toBe(false);
    expect(bench.sync.glideTo({ x: 1, y: 1, zoom: 1 }, 100)).toBe(false);
    await bench.frame();
    expect(bench.requests).toHaveLength(0);
    expect(bench.pose).toEqual({ x: 0, y: 0, zoom: 1 });
    bench.ready = true;
    expect(bench.sync.panBy(1, 1)).toBe(true);
  });

  test("nothing goes on after dispose, whatever is still answered", async () => {
    const bench = new Bench();
    bench.sync.panBy(1, 0);
    await bench.frame();
    bench.sync.panBy(1, 0);
    bench.sync.dispose();
    const { wakes } = bench;
    await bench.ack(1);
    await bench.frame();
    expect(vi.getTimerCount()).toBe(0);
    expect(bench.wakes).toBe(wakes);
    expect(bench.requests).toHaveLength(1);
  });

  test("a request that could not even be sent does not stop the next one", async () => {
    const bench = new Bench();
    bench.sync.panBy(NaN, 0);
    bench.refuseNaN = true;
    await expect(bench.frame()).rejects.toThrow("NaN");
    bench.sync.glideTo({ x: 7, y: 0, zoom: 1 }, 0);
    await bench.frame();
    expect(bench.requests).toHaveLength(1);
    expect(bench.requests[0]?.request.x).toBe(7);
  });

  test("zooming keeps the point under the pointer, within the camera's range", () => {
    const zooms = fc.array(fc.record({ factor: fc.double({ min: 0.2, max: 5, noNaN: true }), x: fc.integer({ min: -600, max: 600 }) }), { maxLength: 20 });
    fc.assert(
      fc.property(zooms, (steps) => {
        const { sync } = new Bench();
        for (const { factor, x } of steps) {
          const world = sync.pose.x + x / sync.pose.zoom;
          sync.zoomBy(factor, world, 0);
          expect((world - sync.pose.x) * sync.pose.zoom).toBeCloseTo(x, 6);
          expect(sync.pose.zoom).toBeGreaterThanOrEqual(0.05);
          expect(sync.pose.zoom).toBeLessThanOrEqual(8);
        }
      }),
    );
  });

  test("steps of a glide add up, and the compositor's frames are followed", async () => {
    const bench = new Bench();
    bench.sync.glideTo({ ...bench.sync.target, x: bench.sync.target.x + 100 }, 150);
    bench.sync.glideTo({ ...bench.sync.target, x: bench.sync.target.x + 100 }, 150);
    await bench.frame();
    expect(bench.requests[0]?.request).toMatchObject({ x: 200, duration: 150 });
    await bench.ack(1);
    bench.update({ x: 60 }, 1, { x: 200 });
    expect(bench.sync.target.x).toBe(200);
    await bench.frame();
    bench.update({ x: 200 }, 1);
    while (await bench.frame());
    expect(bench.pose.x).toBe(200);
  });
});

describe("a fling", () => {
  test("goes on for its speed times the decay, at any pace of frames, and comes to rest", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), fc.double({ min: -5, max: 5, noNaN: true }), (frames, speed) => {
        let now = 0;
        const sync = new CameraSync(camera, { origin, wake: () => undefined, now: () => now, send: () => ({ id: 1, outcome: new Promise(() => undefined) }) });
        sync.fling(speed, 0);
        let shown = 0;
        for (let index = 0; now < 10_000; index += 1) {
          now += frames[index % frames.length] ?? 1;
          const more = sync.tick();
          expect(Math.abs(sync.pose.x)).toBeGreaterThanOrEqual(shown);
          shown = Math.abs(sync.pose.x);
          if (!more) break;
        }
        expect(Math.abs(sync.pose.x - speed * 325)).toBeLessThanOrEqual(0.5 + 1e-9);
        expect(sync.tick()).toBe(false);
        sync.dispose();
      }),
    );
  });

  test.each<[string, (bench: Bench) => void]>([
    ["the user touches the map", (bench) => bench.sync.stop()],
    ["the user zooms", (bench) => void bench.sync.zoomBy(2)],
    ["somebody else moves the camera", (bench) => bench.update({ x: 900 }, null)],
    ["the camera is locked", (bench) => bench.sync.follow({ ...camera, locked: true, cause: { origin, id: 1 } })],
    ["the connection is lost", (bench) => void (bench.ready = false)],
  ])("ends when %s", async (_, happen) => {
    const bench = new Bench();
    bench.sync.fling(1, 0);
    await bench.frame();
    expect(bench.pose.x).toBeGreaterThan(0);
    happen(bench);
    const { x } = bench.pose;
    await bench.frame();
    await bench.frame();
    expect(bench.pose.x).toBe(x);
  });

  test("is not ended by its own echo", async () => {
    const bench = new Bench();
    bench.sync.fling(1, 0);
    await bench.frame();
    await bench.ack(1);
    bench.update({ x: 16 }, 1);
    const { x } = bench.pose;
    await bench.frame();
    expect(bench.pose.x).toBeGreaterThan(x);
  });
});

describe("following", () => {
  test("a jump is shown at once", async () => {
    const bench = new Bench();
    bench.update({ x: 5000, zoom: 2 }, null);
    await bench.frame();
    expect(bench.pose).toEqual({ x: 5000, y: 0, zoom: 2 });
  });

  test("updates that come as often as frames are drawn are shown in the next frame", async () => {
    const bench = new Bench();
    for (let index = 1; index <= 30; index += 1) {
      bench.update({ x: 10 * index }, null);
      await bench.frame();
      expect(bench.pose.x).toBe(10 * index);
    }
  });

  test("a page that draws slowly shows the newest update in each frame", async () => {
    const bench = new Bench();
    for (let index = 1; index <= 30; index += 1) {
      bench.update({ x: 10 * index }, null);
      await vi.advanceTimersByTimeAsync(FRAME);
      if (index % 3 > 0) continue;
      bench.sync.tick();
      // After it has seen how often it draws.
      if (index > 9) expect(bench.pose.x).toBe(10 * index);
    }
  });

  test("updates that come late in a movement at the page's pace are shown at once all the same", async () => {
    const bench = new Bench();
    for (let index = 1; index <= 30; index += 1) {
      await vi.advanceTimersByTimeAsync(FRAME - 1);
      // Two of five miss their frames; all of them come right before one.
      const comes = index % 5 !== 0 && index % 5 !== 2;
      if (comes) bench.update({ x: 10 * index }, null);
      await vi.advanceTimersByTimeAsync(1);
      bench.sync.tick();
      // After the first of them the page cannot know yet.
      if (comes && index > 3) expect(bench.pose.x).toBe(10 * index);
    }
  });

  test("updates that come less often are glided to, and reached before the next one", async () => {
    const bench = new Bench();
    for (let index = 1; index <= 10; index += 1) {
      bench.update({ x: 40 * index }, null);
      const shown: number[] = [];
      for (let frame = 0; frame < 4; frame += 1) {
        await bench.frame();
        shown.push(bench.pose.x);
      }
      expect(shown.at(-1)).toBe(40 * index);
      if (index > 1) expect(new Set(shown).size).toBeGreaterThan(2);
    }
  });

  test("frames are wanted as long as an update may follow, then no more", async () => {
    const bench = new Bench();
    bench.update({ x: 10 }, null);
    await bench.frame();
    bench.update({ x: 20 }, null);
    let frames = 0;
    while (await bench.frame()) frames += 1;
    expect(frames).toBeLessThan(5);
    expect(bench.pose.x).toBe(20);
  });

  test("a movement is followed without going back or beyond it, and to its end", async () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 2, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(gaps, async (pauses) => {
        const bench = new Bench();
        let shown = 0;
        let last = 0;
        for (const [index, pause] of pauses.entries()) {
          last = 100 * (index + 1);
          bench.update({ x: last, zoom: 1 + index / 10 }, null);
          for (let passed = 0; passed < pause; passed += FRAME) {
            await bench.frame();
            expect(bench.pose.x).toBeGreaterThanOrEqual(shown);
            expect(bench.pose.x).toBeLessThanOrEqual(last);
            shown = bench.pose.x;
          }
        }
        while (await bench.frame());
        expect(bench.pose).toEqual({ x: last, y: 0, zoom: 1 + (pauses.length - 1) / 10 });
      }),
      { numRuns: 30 },
    );
  });

  test("is at most one update behind at the pace of the screen", async () => {
    const bench = new Bench();
    for (let step = 1; step <= 30; step += 1) {
      bench.update({ x: step * 10 }, null);
      await bench.frame();
      expect(bench.pose.x).toBeGreaterThanOrEqual((step - 1) * 10);
    }
  });
});
