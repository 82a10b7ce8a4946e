/**
 * Every message of the server that the integration tests saw, and every request that the server took, is one of the schema.
 * The tests record them (tests/integration/bed/frames.py); FRAMES names the folder.
 */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { clientTypes, problemOf, serverTypes, strictProblemOf } from "./messages.ts";

interface Frame {
  readonly from: "server" | "client";
  readonly test: string;
  readonly message: { readonly type: string };
}

const folder = process.env["FRAMES"] ?? "";
const frames: Frame[] = [];
for (const file of readdirSync(folder).filter((name) => name.endsWith(".jsonl"))) {
  for (const line of readFileSync(path.join(folder, file), "utf8").split("\n")) {
    if (line !== "") frames.push(JSON.parse(line) as Frame);
  }
}

/** The problems of all frames of a kind, each with the test it came from; each problem once. */
function problems(from: Frame["from"], type: string, check: typeof problemOf): string[] {
  const found = new Map<string, string>();
  for (const frame of frames) {
    if (frame.from !== from || frame.message.type !== type) continue;
    const problem = check(type, frame.message);
    if (problem !== null && !found.has(problem)) found.set(problem, `${frame.test}: ${problem}: ${JSON.stringify(frame.message).slice(0, 500)}`);
  }
  return [...found.values()];
}

const seen = (from: Frame["from"]): string[] => [...new Set(frames.filter((frame) => frame.from === from).map(({ message }) => message.type))].sort();

describe(`${frames.length} recorded messages`, () => {
  test("the tests made the server say, and take, everything that there is", () => {
    expect(seen("server")).toEqual([...serverTypes].sort());
    expect(seen("client")).toEqual([...clientTypes].sort());
  });

  test.each(serverTypes)("the server's %s", (type) => expect(problems("server", type, strictProblemOf)).toEqual([]));

  // A client may say more than the schema names; the server ignores it.
  test.each(clientTypes)("%s as it was acknowledged", (type) => expect(problems("client", type, problemOf)).toEqual([]));
});
