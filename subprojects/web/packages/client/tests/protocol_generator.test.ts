/** The types and decoders are those that the schema makes; `npm run generate` writes them anew. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generateProtocol } from "../protocol_generator.ts";
import type { Schema } from "../protocol_generator.ts";

const schema = JSON.parse(readFileSync(new URL("../../../../../data/schema/compositord.v1.json", import.meta.url), "utf8")) as Schema;

test("src/protocol.generated.ts is what the schema says", async () => {
  await expect(generateProtocol(schema)).toMatchFileSnapshot("../src/protocol.generated.ts");
});

test("what it does not understand is refused with its place", () => {
  const union = { oneOf: [] };
  const withThing = (Thing: object) => ({ $defs: { ServerMessage: union, ClientMessage: union, Thing } }) as Schema;
  expect(() => generateProtocol(withThing({ type: "string", format: "date" }))).toThrow("Thing: the keyword format is not understood");
  expect(() => generateProtocol(withThing({ type: "object", properties: { when: { type: "date" } } }))).toThrow("Thing.when: the type date");
});
