/** React hooks for a Wayland compositor and the sessions of compositord. */
export { CompositorClient } from "@compositord/client";
export { CompositorProvider, useCamera, useCompositor, useTiles, useWindows } from "./compositor.tsx";
export type { CameraHandle, CompositorHandle, CompositorOptions } from "./compositor.tsx";
export { useDaemon, useSessionMonitor } from "./daemon.ts";
export type { DaemonHandle, DaemonHandlers, DaemonOptions, SessionMonitorHandle, SessionMonitorOptions } from "./daemon.ts";
