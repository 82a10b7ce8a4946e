/** Reading and writing the messages of `compositord.v1`; their types and decoders are made from the schema. */
import { DecodeError, record, text } from "./decode.ts";
import { decodeMsgpack, encodeMsgpack } from "./msgpack.ts";
import { clientMessages, serverMessages } from "./protocol.generated.ts";
import type { ClientMessage, ServerMessage } from "./protocol.generated.ts";

/** The encodings of one and the same messages, by the name of their subprotocol. */
export const SUBPROTOCOLS = { json: "compositord.v1.json", msgpack: "compositord.v1.msgpack" } as const;
export type Encoding = keyof typeof SUBPROTOCOLS;

/** Coordinates that a request may carry; the compositor clamps further. */
export const COORDINATE_LIMIT = 2e11;

/** Longest animation that can be asked for, in milliseconds. */
export const DURATION_LIMIT = 60_000;

export type ServerMessageOf<T extends ServerMessage["type"]> = Extract<ServerMessage, { type: T }>;

/** A message of the server whose type this client does not know; the protocol says to ignore it. */
export interface UnknownMessage {
  readonly type: "unknown";
  readonly name: string;
}

const typed = record({ type: text() });

function isServerType(name: string): name is ServerMessage["type"] {
  return Object.hasOwn(serverMessages, name);
}

function parse(frame: unknown): unknown {
  if (typeof frame === "string") {
    try {
      return JSON.parse(frame);
    } catch {
      throw new DecodeError("", "is not JSON");
    }
  }
  if (frame instanceof ArrayBuffer) return decodeMsgpack(new Uint8Array(frame));
  throw new DecodeError("", "must be a text frame or an ArrayBuffer");
}

/** Reads one frame of the server, text or binary. Throws DecodeError, which names the member that is wrong. */
export function decodeServerMessage(frame: unknown): ServerMessage | UnknownMessage {
  const value = parse(frame);
  const { type } = typed.decode(value, "");
  return isServerType(type) ? serverMessages[type].decode(value, "") : { type: "unknown", name: type };
}

/** Writes one request. Throws DecodeError if a member could not be understood by the server. */
export function encodeClientMessage(message: ClientMessage): string;
export function encodeClientMessage(message: ClientMessage, encoding: Encoding): string | Uint8Array<ArrayBuffer>;
export function encodeClientMessage(message: ClientMessage, encoding: Encoding = "json"): string | Uint8Array<ArrayBuffer> {
  const checked = clientMessages[message.type].decode(message, "");
  return encoding === "json" ? JSON.stringify(checked) : encodeMsgpack(checked);
}

/** For the `default` of a switch over a closed union. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
