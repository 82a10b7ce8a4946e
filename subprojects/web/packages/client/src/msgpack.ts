/** MessagePack for what JSON can say: null, booleans, numbers, strings, lists and objects with string keys. */
import { DecodeError } from "./decode.ts";

/** Deeper nesting than any message has; bounds the stack that a frame can use. */
const DEEPEST = 64;
const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth = 0): unknown {
    if (depth > DEEPEST) throw new DecodeError("", `is nested more than ${DEEPEST} deep`);
    const tag = this.#view.getUint8(this.#take(1));
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.#map(tag & 0x0f, depth);
    if (tag < 0xa0) return this.#list(tag & 0x0f, depth);
    if (tag < 0xc0) return this.#text(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return this.#view.getFloat32(this.#take(4));
      case 0xcb:
        return this.#view.getFloat64(this.#take(8));
      case 0xcc:
        return this.#view.getUint8(this.#take(1));
      case 0xcd:
        return this.#view.getUint16(this.#take(2));
      case 0xce:
        return this.#view.getUint32(this.#take(4));
      case 0xcf:
        return this.#exact(this.#view.getBigUint64(this.#take(8)));
      case 0xd0:
        return this.#view.getInt8(this.#take(1));
      case 0xd1:
        return this.#view.getInt16(this.#take(2));
      case 0xd2:
        return this.#view.getInt32(this.#take(4));
      case 0xd3:
        return this.#exact(this.#view.getBigInt64(this.#take(8)));
      case 0xd9:
        return this.#text(this.#view.getUint8(this.#take(1)));
      case 0xda:
        return this.#text(this.#view.getUint16(this.#take(2)));
      case 0xdb:
        return this.#text(this.#view.getUint32(this.#take(4)));
      case 0xdc:
        return this.#list(this.#view.getUint16(this.#take(2)), depth);
      case 0xdd:
        return this.#list(this.#view.getUint32(this.#take(4)), depth);
      case 0xde:
        return this.#map(this.#view.getUint16(this.#take(2)), depth);
      case 0xdf:
        return this.#map(this.#view.getUint32(this.#take(4)), depth);
      default:
        throw new DecodeError("", `has the MessagePack type 0x${tag.toString(16)}, which JSON does not have`);
    }
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw new DecodeError("", "ends too early");
    this.#at = start + length;
    return start;
  }

  #exact(value: bigint): number {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new DecodeError("", "has an integer beyond 2^53");
    return number;
  }

  #text(length: number): string {
    const start = this.#take(length);
    try {
      return decoder.decode(this.#bytes.subarray(start, start + length));
    } catch {
      throw new DecodeError("", "has a string that is not UTF-8");
    }
  }

  #list(length: number, depth: number): unknown[] {
    // Not made with its length at once: that is only a claim of the frame.
    const items: unknown[] = [];
    for (let index = 0; index < length; index += 1) items.push(this.value(depth + 1));
    return items;
  }

  #map(length: number, depth: number): Record<string, unknown> {
    const members: [string, unknown][] = [];
    for (let index = 0; index < length; index += 1) {
      const key = this.value(depth + 1);
      if (typeof key !== "string") throw new DecodeError("", "has a key that is not a string");
      members.push([key, this.value(depth + 1)]);
    }
    return Object.fromEntries(members);
  }
}

/** Reads exactly one value. Throws DecodeError. */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value();
  if (!reader.atEnd) throw new DecodeError("", "has something after its end");
  return value;
}

class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  value(value: unknown): void {
    if (value === null) this.#byte(0xc0);
    else if (typeof value === "boolean") this.#byte(value ? 0xc3 : 0xc2);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "string") this.#text(value);
    else if (Array.isArray(value)) this.#list(value);
    else if (typeof value === "object") this.#map(value);
    else throw new DecodeError("", `cannot carry a ${typeof value}`);
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.#fixed(0xcb, 8, (view, at) => view.setFloat64(at, value));
    else if (value >= 0 && value < 0x80) this.#byte(value);
    else if (value < 0 && value >= -32) this.#byte(value + 0x100);
    else if (value >= -0x8000_0000 && value < 0x8000_0000) this.#fixed(0xd2, 4, (view, at) => view.setInt32(at, value));
    else this.#fixed(0xd3, 8, (view, at) => view.setBigInt64(at, BigInt(value)));
  }

  #text(value: string): void {
    const bytes = encoder.encode(value);
    this.#head(bytes.length, 0xa0, 32, 0xda, 0xdb);
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #list(items: readonly unknown[]): void {
    this.#head(items.length, 0x90, 16, 0xdc, 0xdd);
    for (const item of items) this.value(item);
  }

  #map(members: object): void {
    const present = Object.entries(members).filter(([, value]) => value !== undefined);
    this.#head(present.length, 0x80, 16, 0xde, 0xdf);
    for (const [key, value] of present) {
      this.#text(key);
      this.value(value);
    }
  }

  #head(length: number, small: number, below: number, medium: number, large: number): void {
    if (length < below) this.#byte(small | length);
    else if (length < 0x1_0000) this.#fixed(medium, 2, (view, at) => view.setUint16(at, length));
    else this.#fixed(large, 4, (view, at) => view.setUint32(at, length));
  }

  #fixed(tag: number, size: number, write: (view: DataView, at: number) => void): void {
    this.#byte(tag);
    const at = this.#room(size);
    write(this.#view, at);
  }

  #byte(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  #room(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** Writes one value, whose numbers the server reads as it does those of JSON. */
export function encodeMsgpack(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.value(value);
  return writer.written;
}
