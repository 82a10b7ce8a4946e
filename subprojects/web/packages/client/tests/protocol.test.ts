import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeServerMessage, encodeClientMessage } from "../src/protocol.ts";
import type { ClientMessage } from "../src/protocol.generated.ts";
import { cameraArbitrary, cellArbitrary, clientMessageArbitrary, compositorArbitrary, tileArbitrary, windowArbitrary } from "./arbitraries.ts";
import { camera, compositor, hello, window } from "./samples.ts";

const schema = JSON.parse(readFileSync(new URL("../../../../../data/schema/compositord.v1.json", import.meta.url), "utf8")) as object;
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(schema, "v1");

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

  test.each<[string, ClientMessage, string]>([
    ["a number that JSON cannot carry", { type: "Move", window: 1, x: NaN, y: 0 }, 'member "x" must be a number'],
    ["a number beyond the schema's bounds", { type: "Move", window: 1, x: 0, y: 3e11 }, 'member "y" must be a number up to 200000000000'],
    ["a text that is too long", { type: "SetCamera", x: 0, origin: "é".repeat(129) }, 'member "origin" must not be longer than 128'],
    ["none of the members of which one is needed", { type: "SetCamera", duration: 0 }, "the message must have x or y or zoom"],
    ["a list that is too long", { type: "Subscribe", cameras: Array<string>(65).fill("DP-1") }, 'member "cameras" must not have more than 64 items'],
  ])("%s is refused", (_, message, problem) => {
    expect(() => encodeClientMessage(message)).toThrow(problem);
    expect(accepts?.(JSON.parse(JSON.stringify(message)))).toBe(false);
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
      tiles: fc.option(fc.dictionary(cellArbitrary, tileArbitrary, { maxKeys: 5, noNullPrototype: true })),
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
    ["a choice that does not exist", { ...hello, capabilities: ["camera", "teleport"] }, 'member "capabilities[1]" must be "camera" or "windows" or "tiles" or "input" or "geometry" or "focus" or "close" or "move" or "resize" or "stack" or "minimize" or "maximize" or "fullscreen", but is "teleport"'],
    ["a zoom of 0", { type: "CameraUpdate", revision: 1, removed: [], cameras: [{ ...camera, zoom: 0 }] }, 'member "cameras[0].zoom" must be a number above 0, but is 0'],
    ["a cell that is none", { type: "ManifestUpdate", revision: 1, tiles: { "1,02": null } }, 'member "tiles.1,02" must be like ^(0|-?[1-9]'],
    ["a time that is none", { type: "ManifestUpdate", revision: 1, tiles: { "1,2": { brick: "a.png", timestamp: 2 ** 32 } } }, 'member "tiles.1,2.timestamp" must be a number below 4294967296'],
    ["deep inside", { type: "Snapshot", revision: 1, compositor, cameras: [], windows: [window, { ...window, title: null }], tiles: {} }, 'member "windows[1].title" must be a string, but is null'],
  ])("%s is refused with the member's name", (_, message, problem) => {
    expect(() => decodeServerMessage(typeof message === "string" ? message : JSON.stringify(message))).toThrow(problem);
  });

  test("unknown members and unknown types are ignored", () => {
    expect(decodeServerMessage(JSON.stringify({ ...hello, shoeSize: 43 }))).toEqual(hello);
    expect(decodeServerMessage('{"type":"Weather"}')).toEqual({ type: "unknown", name: "Weather" });
    expect(decodeServerMessage('{"type":"toString"}')).toEqual({ type: "unknown", name: "toString" });
  });
});
