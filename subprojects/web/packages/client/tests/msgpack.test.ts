/** Against an encoder and decoder that others wrote, over any value that JSON can say. */
import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMsgpack, encodeMsgpack } from "../src/msgpack.ts";

// The other decoder refuses this key.
const key = fc.string().filter((each) => each !== "__proto__");

const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 5 }, tie("leaf"), fc.array(tie("any"), { maxLength: 20 }), fc.dictionary(key, tie("any"), { maxKeys: 20 })),
  leaf: fc.oneof(fc.constant(null), fc.boolean(), fc.double({ noNaN: true }).map((each) => each + 0), fc.maxSafeInteger(), fc.integer(), fc.string({ unit: "grapheme" }), fc.string({ minLength: 200, maxLength: 70_000 })),
})).any;

describe("MessagePack", () => {
  test("reads what others write", () => {
    fc.assert(
      fc.property(value, fc.boolean(), (any, forceIntegerToFloat) => {
        expect(decodeMsgpack(encode(any, { forceIntegerToFloat }))).toEqual(any);
      }),
    );
  });

  test("writes what others read", () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(decode(encodeMsgpack(any))).toEqual(any);
      }),
    );
  });

  test("writes integers as integers, however large: the server tells them apart", () => {
    for (const number of [0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, -1, -32, -33, -(2 ** 31), -(2 ** 31) - 1]) {
      expect([0xca, 0xcb], String(number)).not.toContain(encodeMsgpack(number)[0]);
    }
  });

  test("long lists and objects", () => {
    const list = Array.from({ length: 70_000 }, (_, index) => index);
    const object = Object.fromEntries(list.map((each) => [`k${each}`, each]));
    expect(decodeMsgpack(encodeMsgpack({ list, object }))).toEqual({ list, object });
  });

  test("every cut is refused, and so is what is too much", () => {
    const bytes = encodeMsgpack({ a: [1, 300, 70_000, 0.5, "text", null, true], b: { c: -1 } });
    for (let end = 0; end < bytes.length; end += 1) expect(() => decodeMsgpack(bytes.slice(0, end))).toThrow("ends too early");
    expect(() => decodeMsgpack(Uint8Array.of(0xc0, 0xc0))).toThrow("after its end");
  });

  test.each([
    ["a list that only claims to be long", [0xdd, 0xff, 0xff, 0xff, 0xff], "ends too early"],
    ["nesting without end", Array<number>(1000).fill(0x91), "nested more than 64 deep"],
    ["a key that is no string", [0x81, 0x01, 0x01], "a key that is not a string"],
    ["a string that is not UTF-8", [0xa1, 0xff], "not UTF-8"],
    ["bytes", [0xc4, 0x00], "the MessagePack type 0xc4"],
    ["an integer that a number cannot hold", [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "beyond 2^53"],
  ])("%s is refused", (_, bytes, problem) => {
    expect(() => decodeMsgpack(Uint8Array.from(bytes))).toThrow(problem);
  });

  test("a key cannot change what an object is", () => {
    const read = decodeMsgpack(encode(JSON.parse('{"__proto__":{"polluted":true}}'))) as object;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect("polluted" in read).toBe(false);
  });

  test("random bytes are a value or refused, nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeMsgpack(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: "DecodeError" });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
