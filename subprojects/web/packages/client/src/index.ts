/** Follow and drive a Wayland compositor from a web page, through compositord. */
export * from "./protocol.ts";
export { DecodeError } from "./decode.ts";
export { emptyState, reduce } from "./state.ts";
export type { State, StateMessage, World } from "./state.ts";
export { Store } from "./store.ts";
export type { Dispose, WorldListener } from "./store.ts";
export { Connection, reconnectDelay, resumeUrl } from "./connection.ts";
export type { ConnectionOptions, ConnectionState, Hello, WebSocketClass } from "./connection.ts";
export type { Failure, Outcome, Request, Sent } from "./requests.ts";
export { CameraSync } from "./camera_sync.ts";
export type { CameraSyncOptions } from "./camera_sync.ts";
