/** Follow and drive a Wayland compositor from a web page, through compositord. */
export type * from "./protocol.generated.ts";
export { assertNever, COORDINATE_LIMIT, decodeServerMessage, DURATION_LIMIT, encodeClientMessage, SUBPROTOCOLS } from "./protocol.ts";
export type { Encoding, ServerMessageOf, UnknownMessage } from "./protocol.ts";
export { DecodeError } from "./decode.ts";
export { emptyState, reduce } from "./state.ts";
export type { State, StateMessage, World } from "./state.ts";
export { Store } from "./store.ts";
export type { Dispose, WorldListener } from "./store.ts";
export { orchestratorBackoff, pageBackoff, reconnectDelay } from "./backoff.ts";
export type { Backoff } from "./backoff.ts";
export type { LinkOptions, LinkState, WebSocketClass } from "./link.ts";
export { Connection, resumeUrl } from "./connection.ts";
export type { ConnectionOptions, ConnectionState, Known, RequestOptions } from "./connection.ts";
export type { Failure, Outcome, Request, Sent } from "./requests.ts";
export { CameraSync } from "./camera_sync.ts";
export type { CameraSyncOptions } from "./camera_sync.ts";
