/** What the dashboard makes of the server's figures and of texts. */
import { describe, expect, test } from "vitest";
import { lineKinds } from "../src/dashboard/diff.ts";
import { byLabel, quantile, rate, readMetrics } from "../src/dashboard/metrics.ts";
import { figures } from "../src/dashboard/server_panel.ts";
import { tail } from "../src/dashboard/text_view.ts";
import { bytes, duration, milliseconds, perSecond } from "../src/dashboard/words.ts";

const exposition = (frames: number, fast: number, all: number): string => `# HELP compositord_clients Clients.
# TYPE compositord_clients gauge
compositord_clients{dialect="compositord.v1.json"} 2
compositord_clients{dialect="geometry-os"} 0
compositord_connections 3
compositord_frames_sent_total ${frames}
compositord_sent_bytes_total ${frames * 200}
compositord_resident_memory_bytes 9437184
compositord_refused_total{kind="origin"} 1
compositord_commit_to_write_seconds_bucket{le="0.0001"} ${fast}
compositord_commit_to_write_seconds_bucket{le="0.001"} ${all}
compositord_commit_to_write_seconds_bucket{le="+Inf"} ${all}
compositord_commit_to_write_seconds_sum 0.5
somebody_elses 1
compositord_broken NaN
`;

describe("figures of the server", () => {
  const before = readMetrics(exposition(1000, 10, 20), 1000);
  const now = readMetrics(exposition(1120, 16, 30), 3000);

  test("are read, by name and label", () => {
    expect(now.values.get("connections")).toBe(3);
    expect(byLabel(now, "clients")).toEqual([["compositord.v1.json", 2], ["geometry-os", 0]]);
    expect(now.values.has("broken")).toBe(false);
    expect(readMetrics("<html>\u0000", 0).values.size).toBe(0);
  });

  test("rates and latency are of the time between two looks", () => {
    expect(rate("frames_sent_total", before, now)).toBe(60);
    expect(quantile("commit_to_write_seconds", 0.5, before, now)).toBe(0.0001);
    expect(quantile("commit_to_write_seconds", 0.95, before, now)).toBe(0.001);
  });

  test("a server that was restarted has no rates, one where nothing moves no latency", () => {
    expect(rate("frames_sent_total", now, before)).toBeNull();
    expect(rate("frames_sent_total", now, now)).toBeNull();
    expect(quantile("commit_to_write_seconds", 0.5, now, now)).toBeNull();
    expect(quantile("nothing", 0.5, before, now)).toBeNull();
  });

  test("in words", () => {
    expect(figures(now, null)).toEqual({ Clients: "2 compositord.v1.json", Connections: "3", Memory: "9.0 MiB", Refused: "1 connections, requests and messages" });
    expect(figures(now, before)).toMatchObject({ Sent: "60/s messages, 11.7 KiB/s", Latency: "half within 0.1 ms, 95 % within 1 ms" });
    expect(figures(now, now).Latency).toBe("nothing moves");
    expect([bytes(0), bytes(1023), bytes(2048), bytes(3e9)]).toEqual(["0 bytes", "1023 bytes", "2.0 KiB", "2.8 GiB"]);
    expect([perSecond(0.04), perSecond(2.55), perSecond(240.4)]).toEqual(["0/s", "2.5/s", "240/s"]);
    expect([milliseconds(0.00025), milliseconds(0.1234), milliseconds(Infinity)]).toEqual(["0.25 ms", "120 ms", "more than 2.5 s"]);
    expect([duration(0, 900), duration(0, 61_000), duration(0, 3_720_000)]).toEqual(["1 s", "1 min 1 s", "1 h 2 min"]);
  });
});

describe("diffs in texts", () => {
  const kinds = (text: string): string => lineKinds(text.split("\n")).map((kind) => kind.charAt(0)).join("");

  test("heads, places, added and removed lines; before and after it is an ordinary text", () => {
    expect(kinds("I changed:\n- this\ndiff --git a/x b/x\nindex 12ab..34cd 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ f()\n same\n-old\n+new\n- and that\n+ too")).toBe("pphhhhpprapp");
  });

  test("a removed line of dashes is none of a head, and a length that is not written is 1", () => {
    expect(lineKinds(["--- a", "+++ b", "@@ -1,2 +1 @@", "--- x", " y", "--- z"])).toEqual(["head", "head", "place", "removed", "plain", "plain"]);
  });

  test("an ordinary text has none", () => {
    expect(kinds("--- a heading ---\n+1 for this\n-1 for that\n@@ me")).toBe("pppp");
  });
});

test("of a long text the end is shown", () => {
  expect(tail("one\ntwo\n")).toEqual({ lines: ["one", "two"], cut: false });
  const { lines, cut } = tail(Array.from({ length: 1000 }, (_, index) => `line ${index}`).join("\n"));
  expect([lines.length, lines.at(-1), cut]).toEqual([400, "line 999", true]);
  expect(tail("x".repeat(100_000)).lines[0]?.length).toBe(40_000);
});
