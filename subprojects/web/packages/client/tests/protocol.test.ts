import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChoiceDecoder, Decoder, RecordDecoder, UnionDecoder, WrappingDecoder } from "../src/decode.ts";
import { choices, clientMessages, decodeServerMessage, encodeClientMessage, parts, serverMessages } from "../src/protocol.ts";
import { cameraArbitrary, clientMessageArbitrary, compositorArbitrary, windowArbitrary } from "./arbitraries.ts";
import { camera, compositor, hello, window } from "./samples.ts";

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly type?: string | readonly string[];
}

const schema = JSON.parse(readFileSync(new URL("../../../../../data/schema/compositord.v1.json", import.meta.url), "utf8")) as Schema;
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(schema, "v1");

function definition(name: string): Schema {
  const found = schema.$defs?.[name];
  if (found === undefined) throw new Error(`the schema has no ${name}`);
  return found;
}

function resolved(part: Schema): Schema {
  return part.$ref === undefined ? part : definition(part.$ref.replace("#/$defs/", ""));
}

/** Compares what a decoder reads with what the schema says, down to the leaves. */
function compare(decoder: Decoder<unknown>, unresolved: Schema, at: string): void {
  const part = resolved(unresolved);
  const record = decoder as Partial<RecordDecoder<unknown>>;
  const choice = decoder as Partial<ChoiceDecoder<string>>;
  const wrapping = decoder as Partial<WrappingDecoder<unknown>>;
  const union = decoder as Partial<UnionDecoder<unknown>>;
  if (union.options !== undefined) {
    expect(union.options.length, at).toBe(part.oneOf?.length);
    union.options.forEach((option, index) => compare(option, part.oneOf?.[index] ?? {}, `${at}[${index}]`));
  } else if (choice.choices !== undefined) {
    expect([...choice.choices].sort(), at).toEqual([...(part.enum ?? [part.const])].sort());
  } else if (record.required !== undefined && record.optional !== undefined) {
    const members = { ...record.required, ...record.optional };
    expect(Object.keys(members).sort(), at).toEqual(Object.keys(part.properties ?? {}).sort());
    expect(Object.keys(record.required).sort(), at).toEqual([...(part.required ?? [])].sort());
    for (const [name, member] of Object.entries(members)) compare(member, part.properties?.[name] ?? {}, `${at}.${name}`);
  } else if (wrapping.inner !== undefined) {
    const values = part.type === "object" ? part.additionalProperties : undefined;
    const other = part.items ?? values ?? part.oneOf?.find((each) => resolved(each).type !== "null");
    if (other !== undefined) compare(wrapping.inner, other, at);
    else expect(part.type, at).toContain("null");
  } else {
    // Decoders of leaves know no names; the schema must not have any there either.
    expect([part.properties, part.enum], at).toEqual([undefined, undefined]);
  }
}

function names(union: string): string[] {
  return (definition(union).oneOf ?? []).map((each) => each.$ref?.replace("#/$defs/", "") ?? "").sort();
}

describe("names and choices are those of the schema", () => {
  test("the messages are the same ones", () => {
    expect(Object.keys(serverMessages).sort()).toEqual(names("ServerMessage"));
    expect(Object.keys(clientMessages).sort()).toEqual(names("ClientMessage"));
  });

  test.each(Object.entries({ ...serverMessages, ...clientMessages, ...parts, ...choices }))("%s", (name, decoder) => {
    compare(decoder, definition(name), name);
  });
});

describe("encoding", () => {
  const accepts = ajv.getSchema("v1#/$defs/ClientMessage");

  test("the schema accepts every request", () => {
    fc.assert(
      fc.property(clientMessageArbitrary, (message) => {
        const sent: unknown = JSON.parse(encodeClientMessage(message));
        expect(accepts?.(sent), JSON.stringify(accepts?.errors)).toBe(true);
      }),
    );
  });

  test("a number that JSON cannot carry is refused", () => {
    expect(() => encodeClientMessage({ type: "Move", window: 1, x: NaN, y: 0 })).toThrow('member "x" must be a number');
  });
});

describe("decoding", () => {
  const accepts = ajv.getSchema("v1#/$defs/ServerMessage");

  test("whatever the schema accepts is read as it is", () => {
    const snapshot = fc.record({
      type: fc.constant("Snapshot" as const),
      revision: fc.nat(),
      compositor: compositorArbitrary,
      cameras: fc.array(cameraArbitrary, { maxLength: 3 }),
      windows: fc.array(windowArbitrary, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(snapshot, (message) => {
        const text = JSON.stringify(message);
        expect(accepts?.(JSON.parse(text)), JSON.stringify(accepts?.errors)).toBe(true);
        expect(decodeServerMessage(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    ["not JSON", "{", "the message is not JSON"],
    ["a list", "[]", "the message must be an object, but is a list"],
    ["no type", "{}", 'member "type" must be a string, but is missing'],
    ["a member missing", { ...hello, version: undefined }, 'member "version" must be a string, but is missing'],
    ["a wrong kind", { ...hello, gridSize: "100" }, 'member "gridSize" must be an integer, but is "100"'],
    ["a choice that does not exist", { ...hello, capabilities: ["camera", "teleport"] }, 'member "capabilities[1]" must be "camera" or "windows" or "tiles" or "input", but is "teleport"'],
    ["a zoom of 0", { type: "CameraUpdate", revision: 1, removed: [], cameras: [{ ...camera, zoom: 0 }] }, 'member "cameras[0].zoom" must be a number above 0, but is 0'],
    ["deep inside", { type: "Snapshot", revision: 1, compositor, cameras: [], windows: [window, { ...window, title: null }] }, 'member "windows[1].title" must be a string, but is null'],
  ])("%s is refused with the member's name", (_, message, problem) => {
    expect(() => decodeServerMessage(typeof message === "string" ? message : JSON.stringify(message))).toThrow(problem);
  });

  test("unknown members and unknown types are ignored", () => {
    expect(decodeServerMessage(JSON.stringify({ ...hello, shoeSize: 43 }))).toEqual(hello);
    expect(decodeServerMessage('{"type":"Weather"}')).toEqual({ type: "unknown", name: "Weather" });
    expect(decodeServerMessage('{"type":"toString"}')).toEqual({ type: "unknown", name: "toString" });
  });
});
