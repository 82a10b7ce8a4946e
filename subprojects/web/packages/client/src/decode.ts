/**
 * Small decoders from `unknown` to typed values. Outside bytes become values only through them: what does not fit is
 * refused with the member's path and the reason.
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

/** A string; its length counts code points, as in JSON Schema. */
export function text(shortest = 0, longest = Infinity, pattern?: RegExp): Decoder<string> {
  // A string has at least half as many code points as UTF-16 units: nearly all need no counting.
  const length = (value: string): number => Array.from(value).length;
  return {
    decode(value, at) {
      if (typeof value !== "string") throw wrong(at, "a string", value);
      if (value.length < shortest * 2 && length(value) < shortest) throw new DecodeError(at, `must not be shorter than ${shortest}`);
      if (value.length > longest && length(value) > longest) throw new DecodeError(at, `must not be longer than ${longest}`);
      if (pattern?.test(value) === false) throw wrong(at, `like ${pattern.source}`, value);
      return value;
    },
  };
}

export const flag: Decoder<boolean> = {
  decode(value, at) {
    if (typeof value !== "boolean") throw wrong(at, "true or false", value);
    return value;
  },
};

export function exactly<const T extends boolean>(only: T): Decoder<T> {
  return {
    decode(value, at) {
      if (value !== only) throw wrong(at, String(only), value);
      return only;
    },
  };
}

export interface Bounds {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
}

export function number({ from = -Infinity, above = -Infinity, to = Infinity, below = Infinity }: Bounds = {}): Decoder<number> {
  return {
    decode(value, at) {
      if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(at, "a number", value);
      if (value < from) throw wrong(at, `a number from ${from}`, value);
      if (value <= above) throw wrong(at, `a number above ${above}`, value);
      if (value > to) throw wrong(at, `a number up to ${to}`, value);
      if (value >= below) throw wrong(at, `a number below ${below}`, value);
      return value;
    },
  };
}

export function integer(from = -Number.MAX_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER): Decoder<number> {
  return {
    decode(value, at) {
      if (typeof value !== "number" || !Number.isInteger(value)) throw wrong(at, "an integer", value);
      if (value < from) throw wrong(at, `an integer from ${from}`, value);
      if (value > to) throw wrong(at, `an integer up to ${to}`, value);
      return value;
    },
  };
}

export function choice<const T extends string>(...choices: readonly T[]): Decoder<T> {
  const known: ReadonlySet<string> = new Set(choices);
  const isChoice = (value: unknown): value is T => typeof value === "string" && known.has(value);
  const expected = choices.map((each) => JSON.stringify(each)).join(" or ");
  return {
    decode(value, at) {
      if (!isChoice(value)) throw wrong(at, expected, value);
      return value;
    },
  };
}

export function nullable<T>(inner: Decoder<T>): Decoder<T | null> {
  return { decode: (value, at) => (value === null ? null : inner.decode(value, at)) };
}

export function list<T>(inner: Decoder<T>, most = Infinity): Decoder<readonly T[]> {
  return {
    decode(value, at) {
      if (!Array.isArray(value)) throw wrong(at, "a list", value);
      if (value.length > most) throw new DecodeError(at, `must not have more than ${most} items`);
      return value.map((each, index) => inner.decode(each, `${at}[${index}]`));
    },
  };
}

/** The first of these that the value is; if it is none, the problem that the last one has with it. */
export function union<const D extends readonly [Decoder<unknown>, ...Decoder<unknown>[]]>(...options: D): Decoder<Infer<D[number]>> {
  return {
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

function objectOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(at, "an object", value);
  return value as Readonly<Record<string, unknown>>;
}

/** An object that names things of one kind. */
export function dictionary<T>(names: Decoder<string>, inner: Decoder<T>, most = Infinity): Decoder<Readonly<Record<string, T>>> {
  return {
    decode(value, at) {
      const entries = Object.entries(objectOf(value, at));
      if (entries.length > most) throw new DecodeError(at, `must not have more than ${most} members`);
      const prefix = at === "" ? "" : `${at}.`;
      return Object.fromEntries(entries.map(([name, each]) => [names.decode(name, prefix + name), inner.decode(each, prefix + name)]));
    },
  };
}

/** Members that are not named here are ignored, as the protocol demands. At least one of `anyOf` must be there. */
export function record<R extends Members>(required: R): Decoder<Values<R>>;
export function record<R extends Members, O extends Members>(required: R, optional: O, anyOf?: readonly (string & keyof O)[]): Decoder<Values<R> & Partial<Values<O>>>;
export function record(required: Members, optional: Members = {}, anyOf: readonly string[] = []): Decoder<Readonly<Record<string, unknown>>> {
  return {
    decode(value, at) {
      const from = objectOf(value, at);
      const result: Record<string, unknown> = {};
      const prefix = at === "" ? "" : `${at}.`;
      for (const name in required) result[name] = required[name]?.decode(from[name], prefix + name);
      for (const name in optional) {
        if (from[name] !== undefined) result[name] = optional[name]?.decode(from[name], prefix + name);
      }
      if (anyOf.length > 0 && !anyOf.some((name) => name in result)) throw new DecodeError(at, `must have ${anyOf.join(" or ")}`);
      return result;
    },
  };
}
