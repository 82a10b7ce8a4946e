/** What the server tells of its traffic; see /api/v1/traffic in data/openapi.v1.json. */
import type { ServerEvent } from "./event_stream.ts";

export type Direction = "sent" | "received";

/** One message on its way to (sent) or from (received) a client. */
export interface Frame {
  readonly client: number;
  readonly dialect: string;
  readonly direction: Direction;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly bytes: number;
  readonly kind: string;
  readonly type: string;
  /** As JSON if it is a message; `cut` if this is only the beginning. */
  readonly text: string;
  readonly cut: boolean;
}

export interface Peer {
  readonly client: number;
  readonly peer: string;
  readonly dialect: string;
  readonly since: number;
  readonly subscription: Readonly<Record<string, unknown>>;
}

export interface Count {
  readonly frames: number;
  readonly bytes: number;
}

/** Totals since the first inspector began to look. */
export interface Counts {
  readonly client: number;
  readonly sent: Count;
  readonly received: Count;
}

export type TrafficEvent =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "client"; readonly peer: Peer }
  | { readonly kind: "gone"; readonly client: number; readonly reason: string }
  | { readonly kind: "counts"; readonly time: number; readonly clients: readonly Counts[] }
  | { readonly kind: "dropped"; readonly messages: number };

class Reader {
  readonly #from: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== "object" || value === null) throw new Error("an event of traffic is not an object");
    this.#from = value as Readonly<Record<string, unknown>>;
  }

  #get(name: string, type: string): unknown {
    const value = this.#from[name];
    if (typeof value !== type || value === null) throw new Error(`an event of traffic has no ${type} "${name}"`);
    return value;
  }

  number = (name: string): number => this.#get(name, "number") as number;
  text = (name: string): string => this.#get(name, "string") as string;
  flag = (name: string): boolean => this.#get(name, "boolean") as boolean;
  object = (name: string): Readonly<Record<string, unknown>> => this.#get(name, "object") as Readonly<Record<string, unknown>>;
  inner = (name: string): Reader => new Reader(this.#from[name]);
  list = (name: string): Reader[] => {
    const value = this.#from[name];
    if (!Array.isArray(value)) throw new Error(`an event of traffic has no list "${name}"`);
    return value.map((each) => new Reader(each));
  };
}

const countOf = (from: Reader): Count => ({ frames: from.number("frames"), bytes: from.number("bytes") });

function directionOf(text: string): Direction {
  if (text !== "sent" && text !== "received") throw new Error(`a message of traffic is neither sent nor received but ${text}`);
  return text;
}

/** null for an event that is not known here. */
export function decodeTraffic({ name, data }: ServerEvent): TrafficEvent | null {
  const from = new Reader(JSON.parse(data) as unknown);
  switch (name) {
    case "message": {
      const frame = {
        client: from.number("client"),
        dialect: from.text("dialect"),
        direction: directionOf(from.text("direction")),
        time: from.number("time"),
        bytes: from.number("bytes"),
        kind: from.text("kind"),
        type: from.text("type"),
        text: from.text("text"),
        cut: from.flag("cut"),
      };
      return { kind: "frame", frame };
    }
    case "client": {
      const peer = { client: from.number("client"), peer: from.text("peer"), dialect: from.text("dialect"), since: from.number("since"), subscription: from.object("subscription") };
      return { kind: "client", peer };
    }
    case "gone":
      return { kind: "gone", client: from.number("client"), reason: from.text("reason") };
    case "counts":
      return {
        kind: "counts",
        time: from.number("time"),
        clients: from.list("clients").map((each) => ({ client: each.number("client"), sent: countOf(each.inner("sent")), received: countOf(each.inner("received")) })),
      };
    case "dropped":
      return { kind: "dropped", messages: from.number("messages") };
    default:
      return null;
  }
}
