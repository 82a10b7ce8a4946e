/**
 * Small decoders from `unknown` to typed values. A decoder also says what it accepts (members,
 * choices), so that a test can compare the whole protocol with its JSON Schema.
 */

/** A value from outside is not what the protocol says; `member` is its path, such as `windows[3].title`. */
export class DecodeError extends Error {
  readonly member: string;

  constructor(member: string, problem: string) {
    super(member === "" ? `the message ${problem}` : `member "${member}" ${problem}`);
    this.name = "DecodeError";
    this.member = member;
  }
}

export interface Decoder<T> {
  decode(value: unknown, at: string): T;
}

export type Infer<D> = D extends Decoder<infer T> ? T : never;

type Members = Readonly<Record<string, Decoder<unknown>>>;
type Values<M extends Members> = { readonly [K in keyof M]: Infer<M[K]> };

/** A decoder of objects, with the names that it reads. */
export interface RecordDecoder<T> extends Decoder<T> {
  readonly required: Members;
  readonly optional: Members;
}

/** A decoder of something around another one: a list of it, or it or null. */
export interface WrappingDecoder<T> extends Decoder<T> {
  readonly inner: Decoder<unknown>;
}

/** A decoder of one of several things. */
export interface UnionDecoder<T> extends Decoder<T> {
  readonly options: readonly Decoder<unknown>[];
}

/** A decoder of one of a few strings. */
export interface ChoiceDecoder<T extends string> extends Decoder<T> {
  readonly choices: readonly T[];
}

function kindOf(value: unknown): string {
  if (value === undefined) return "is missing";
  if (value === null) return "is null";
  if (Array.isArray(value)) return "is a list";
  if (typeof value === "string") return `is ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (typeof value === "number" || typeof value === "boolean") return `is ${String(value)}`;
  return "is an object";
}

function wrong(at: string, expected: string, value: unknown): DecodeError {
  return new DecodeError(at, `must be ${expected}, but ${kindOf(value)}`);
}

export const text: Decoder<string> = {
  decode(value, at) {
    if (typeof value !== "string") throw wrong(at, "a string", value);
    return value;
  },
};

export const flag: Decoder<boolean> = {
  decode(value, at) {
    if (typeof value !== "boolean") throw wrong(at, "true or false", value);
    return value;
  },
};

export function number(above = -Infinity): Decoder<number> {
  return {
    decode(value, at) {
      if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(at, "a number", value);
      if (value <= above) throw wrong(at, `a number above ${above}`, value);
      return value;
    },
  };
}

/** A number that is not negative. */
export const extent: Decoder<number> = {
  decode(value, at) {
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) throw wrong(at, "a number from 0", value);
    return value;
  },
};

export function integer(minimum = -Number.MAX_SAFE_INTEGER): Decoder<number> {
  return {
    decode(value, at) {
      if (typeof value !== "number" || !Number.isInteger(value)) throw wrong(at, "an integer", value);
      if (value < minimum) throw wrong(at, `an integer from ${minimum}`, value);
      return value;
    },
  };
}

export function choice<const T extends string>(...choices: readonly T[]): ChoiceDecoder<T> {
  const known: ReadonlySet<string> = new Set(choices);
  const isChoice = (value: unknown): value is T => typeof value === "string" && known.has(value);
  const expected = choices.map((each) => JSON.stringify(each)).join(" or ");
  return {
    choices,
    decode(value, at) {
      if (!isChoice(value)) throw wrong(at, expected, value);
      return value;
    },
  };
}

export function nullable<T>(inner: Decoder<T>): WrappingDecoder<T | null> {
  return {
    inner,
    decode: (value, at) => (value === null ? null : inner.decode(value, at)),
  };
}

export function list<T>(inner: Decoder<T>): WrappingDecoder<readonly T[]> {
  return {
    inner,
    decode(value, at) {
      if (!Array.isArray(value)) throw wrong(at, "a list", value);
      return value.map((each, index) => inner.decode(each, `${at}[${index}]`));
    },
  };
}

/** An object whose members are all of one kind, by names that the other side chose. */
export function dictionary<T>(inner: Decoder<T>): WrappingDecoder<Readonly<Record<string, T>>> {
  return {
    inner,
    decode(value, at) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(at, "an object", value);
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inner.decode(each, `${at}.${name}`)]));
    },
  };
}

/** The first of these that the value is; if it is none, the problem that the last one has with it. */
export function union<const D extends readonly [Decoder<unknown>, ...Decoder<unknown>[]]>(...options: D): UnionDecoder<Infer<D[number]>> {
  return {
    options,
    decode(value, at) {
      let problem: unknown;
      for (const option of options) {
        try {
          return option.decode(value, at) as Infer<D[number]>;
        } catch (error) {
          problem = error;
        }
      }
      throw problem;
    },
  };
}

/** Members that are not named here are ignored, as the protocol demands. */
export function record<R extends Members>(required: R): RecordDecoder<Values<R>>;
export function record<R extends Members, O extends Members>(required: R, optional: O): RecordDecoder<Values<R> & Partial<Values<O>>>;
export function record(required: Members, extra: Members = {}): RecordDecoder<Readonly<Record<string, unknown>>> {
  return {
    required,
    optional: extra,
    decode(value, at) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(at, "an object", value);
      const from = value as Readonly<Record<string, unknown>>;
      const result: Record<string, unknown> = {};
      const prefix = at === "" ? "" : `${at}.`;
      for (const name in required) result[name] = required[name]?.decode(from[name], prefix + name);
      for (const name in extra) {
        if (from[name] !== undefined) result[name] = extra[name]?.decode(from[name], prefix + name);
      }
      return result;
    },
  };
}
