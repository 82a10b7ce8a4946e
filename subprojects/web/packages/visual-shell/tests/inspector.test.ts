import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClientRates, HISTORY } from "../src/inspector/client_rates.ts";
import { EventReader } from "../src/inspector/event_stream.ts";
import type { ServerEvent } from "../src/inspector/event_stream.ts";
import { FrameLog, everything, passes } from "../src/inspector/frame_log.ts";
import type { Filter } from "../src/inspector/frame_log.ts";
import { decodeTraffic } from "../src/inspector/traffic.ts";
import type { Frame, Peer } from "../src/inspector/traffic.ts";
import { bytes, clock, indented, perSecond, subscription } from "../src/inspector/words.ts";

const frame = (more: Partial<Frame> = {}): Frame => ({
  client: 1,
  dialect: "compositord.v1.json",
  direction: "sent",
  time: 0,
  bytes: 10,
  kind: "text",
  type: "Ping",
  text: '{"type":"Ping"}',
  cut: false,
  ...more,
});

function read(text: string, cuts: readonly number[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  const reader = new EventReader((event) => events.push(event));
  let from = 0;
  for (const cut of [...cuts.filter((each) => each <= text.length)].sort((a, b) => a - b)) {
    reader.push(text.slice(from, cut));
    from = cut;
  }
  reader.push(text.slice(from));
  return events;
}

describe("an event stream", () => {
  const stream = ':\n\nevent: message\ndata: {"a":1}\n\ndata:two\ndata: lines\nid: x\n\nevent: empty\n\nevent: gone\ndata: {}\n\n';
  const wanted = [
    { name: "message", data: '{"a":1}' },
    { name: "message", data: "two\nlines" },
    { name: "gone", data: "{}" },
  ];
  test("is read the same wherever it is cut", () => {
    fc.assert(fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      expect(read(stream, cuts)).toEqual(wanted);
    }));
  });
  test("does not hand on what is not complete", () => expect(read('event: message\ndata: {"a":', [])).toEqual([]));
});

describe("traffic", () => {
  test("is decoded", () => {
    expect(decodeTraffic({ name: "message", data: JSON.stringify(frame()) })).toEqual({ kind: "frame", frame: frame() });
    expect(decodeTraffic({ name: "dropped", data: '{"messages":3}' })).toEqual({ kind: "dropped", messages: 3 });
    expect(decodeTraffic({ name: "news", data: "{}" })).toBeNull();
  });
  test.each([
    ["not JSON", "message", "{"],
    ["no object", "gone", "7"],
    ["a member missing", "message", JSON.stringify({ ...frame(), text: undefined })],
    ["another direction", "message", JSON.stringify({ ...frame(), direction: "up" })],
    ["a wrong member", "counts", '{"time":1,"clients":[{"client":1,"sent":{},"received":{}}]}'],
  ])("%s is refused", (_, name, data) => expect(() => decodeTraffic({ name, data })).toThrow());
});

describe("the log of frames", () => {
  const frames = fc.array(
    fc.record({ client: fc.integer({ min: 1, max: 3 }), direction: fc.constantFrom("sent" as const, "received" as const), type: fc.constantFrom("Ping", "Pong", "Snapshot"), text: fc.constantFrom("a", "AB", "b".repeat(40)) }),
    { maxLength: 60 },
  );
  const filters = fc.record({ client: fc.constantFrom(null, 1, 2), direction: fc.constantFrom(null, "sent" as const), type: fc.constantFrom("", "p", "Pong"), text: fc.constantFrom("", "a", "B") });

  test("shows what a filter over all that is kept would show, in order, within its limits", () => {
    fc.assert(
      fc.property(frames, filters, filters, fc.nat(60), (list, first, second, change) => {
        const limits = { frames: 20, text: 200 };
        const log = new FrameLog(limits);
        log.setFilter(first);
        const kept: Frame[] = [];
        list.forEach((more, index) => {
          if (index === change) log.setFilter(second);
          const added = frame(more);
          log.add(added);
          kept.push(added);
          while (kept.length > limits.frames || (kept.length > 1 && kept.reduce((sum, { text }) => sum + text.length, 0) > limits.text)) kept.shift();
        });
        const filter: Filter = change < list.length ? second : first;
        const shown = Array.from({ length: log.length }, (_, index) => log.at(index));
        expect(shown.map((entry) => entry?.frame)).toEqual(kept.filter((each) => passes(filter, each)));
        expect(log.size).toBe(kept.length);
        shown.forEach((entry, index) => expect(log.indexOf(entry?.number ?? -1)).toBe(index));
      }),
    );
  });

  test("takes 300,000 frames and keeps the last ones", () => {
    const log = new FrameLog();
    log.setFilter({ ...everything, client: 2 });
    const begin = performance.now();
    for (let i = 0; i < 300_000; i += 1) log.add(frame({ client: i % 3, bytes: i }));
    expect(log.size).toBe(100_000);
    expect(log.at(log.length - 1)?.frame.bytes).toBe(299_999);
    // With work that grows with what is kept, this would take minutes.
    expect(performance.now() - begin).toBeLessThan(10_000);
  });
});

describe("rates", () => {
  const peer = (client: number): Peer => ({ client, peer: "127.0.0.1", dialect: "none", since: 0, subscription: { kinds: ["windows"] } });
  const counts = (client: number, sent: number, received: number) => ({ client, sent: { frames: sent, bytes: sent * 100 }, received: { frames: received, bytes: received } });

  test("are differences of totals, and end when nothing comes", () => {
    const rates = new ClientRates();
    rates.came(peer(2));
    rates.came(peer(1));
    rates.count(1000, [counts(1, 5000, 10)]);
    expect(rates.rows.map((row) => [row.peer.client, row.sent.frames])).toEqual([[1, 0], [2, 0]]);
    rates.count(2000, [counts(1, 5060, 20), counts(2, 4, 0)]);
    expect(rates.rows.map((row) => [row.sent.frames, row.sent.bytes, row.received.frames])).toEqual([[60, 6000, 10], [4, 400, 0]]);
    rates.count(4000, [counts(1, 5160, 20)]);
    expect(rates.rows.map((row) => row.sent.frames)).toEqual([50, 0]);
    expect(rates.rows[0]?.history).toEqual([0, 70, 50]);
  });

  test("of a client that changes are kept, of one that goes are forgotten, and their history ends somewhere", () => {
    const rates = new ClientRates();
    rates.came(peer(1));
    for (let second = 1; second < 100; second += 1) rates.count(second * 1000, [counts(1, second, 0)]);
    rates.came({ ...peer(1), subscription: { kinds: [] } });
    expect(rates.rows[0]?.history).toEqual(Array(HISTORY).fill(1));
    rates.went(1);
    rates.came(peer(1));
    expect(rates.rows[0]?.history).toEqual([]);
  });
});

describe("words", () => {
  test("for numbers", () => {
    expect([0, 999, 1000, 12_345, 1_500_000].map(bytes)).toEqual(["0 B", "999 B", "1.0 kB", "12 kB", "1.5 MB"]);
    expect([0, 0.25, 2, 59.7].map(perSecond)).toEqual(["–", "0.3", "2", "60"]);
    expect(clock(new Date(2026, 0, 2, 3, 4, 5, 6).getTime())).toBe("03:04:05.006");
  });
  test("for messages and subscriptions", () => {
    expect(indented('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(indented('{"a":')).toBe('{"a":');
    expect(subscription({ kinds: ["cameras", "windows"] })).toBe("cameras, windows");
    expect(subscription({ kinds: ["windows"], cameras: [], area: {}, maxRate: 30 })).toBe("windows; only no camera; in an area; 30/s at most");
  });
});
