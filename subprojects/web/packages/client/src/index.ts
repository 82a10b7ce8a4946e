/** Follow and drive a Wayland compositor from a web page, through compositord. */
export type * from "./protocol.generated.ts";
export { assertNever, COORDINATE_LIMIT, decodeServerMessage, DURATION_LIMIT, encodeClientMessage, SUBPROTOCOLS } from "./protocol.ts";
export type { Encoding, ServerMessageOf, UnknownMessage } from "./protocol.ts";
export { DecodeError } from "./decode.ts";
export { emptyState, reduce, withManifest } from "./state.ts";
export type { State, StateMessage, World } from "./state.ts";
export { CHUNK_SIDE, TileMap } from "./tile_map.ts";
export type { TileChanges, TileChunk } from "./tile_map.ts";
export { changesBetween } from "./changes.ts";
export type { MapChanges, WorldChanges } from "./changes.ts";
export { IndexedDbCache, MemoryCache } from "./world_cache.ts";
export type { WorldCache } from "./world_cache.ts";
export { decodeManifest, StateManager } from "./state_manager.ts";
export type { ChangesListener, StateManagerOptions } from "./state_manager.ts";
export { Store } from "./store.ts";
export type { Dispose, WorldListener } from "./store.ts";
export { orchestratorBackoff, pageBackoff, reconnectDelay } from "./backoff.ts";
export type { Backoff } from "./backoff.ts";
export type { LinkOptions, LinkState, WebSocketClass } from "./link.ts";
export { compositorUrl, Connection, resumeUrl } from "./connection.ts";
export type { CodegenNews, ConnectionOptions, ConnectionState, Known, RequestOptions } from "./connection.ts";
export type { Answer, Failure, Outcome, Request, Sent } from "./requests.ts";
export { hasEnded, readSessionEvent, sessionAfter } from "./session_events.ts";
export type { FollowedEvent } from "./session_events.ts";
export { emptyLog, logAfter } from "./session_log.ts";
export type { LoggedCall, LoggedStep, SessionLog } from "./session_log.ts";
export { Sessions } from "./sessions.ts";
export type { SessionFollower, SessionsSnapshot, SpawnOutcome } from "./sessions.ts";
export { Codegen, tasksAfter } from "./codegen.ts";
export type { CodegenSnapshot, DetailsOutcome, ReportOutcome, TaskOutcome } from "./codegen.ts";
export type { CodegenChange, CodegenCheck, CodegenModelReport, CodegenState, CodegenStatus, CodegenTask } from "./protocol.generated.ts";
export type { CodegenDetailsMessage as CodegenDetails, CodegenReportMessage as CodegenReport, ReloadUpdateMessage as ReloadUpdate } from "./protocol.generated.ts";
/** The session of compositord.v1; `Session` is that of the orchestrator's dialect. */
export type { Session as V1Session } from "./protocol.generated.ts";
export { CameraSync } from "./camera_sync.ts";
export type { CameraSyncOptions } from "./camera_sync.ts";
export { CompositorClient } from "./compositor_client.ts";
export type { CompositorClientOptions } from "./compositor_client.ts";
export { Cameras } from "./cameras.ts";
export { attachGestures, DragSpeed, wheelFactor } from "./gestures.ts";
export { isEnded, SessionClient, SessionError } from "./session_client.ts";
export type { SessionClientOptions, SessionSnapshot } from "./session_client.ts";
export { SessionMonitor } from "./session_monitor.ts";
export type { SessionActivity } from "./session_monitor.ts";
export { decodeSessionEvent } from "./session_protocol.ts";
export type {
  DaemonStatus,
  ExecuteTaskPayload,
  Session,
  SessionEvent,
  SessionEventName,
  SessionEvents,
  SessionRequest,
  SessionStatus,
  SpawnSessionPayload,
  StreamChunk,
  Task,
  ToolCall,
} from "./session_protocol.ts";
export { randomName } from "./random_name.ts";
