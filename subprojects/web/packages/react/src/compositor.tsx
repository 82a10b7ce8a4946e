/** Hooks that show a compositor and drive it. */
import { CompositorClient } from "@compositord/client";
import type { Camera, CameraPose, CameraSync, ConnectionState, Request, RequestOptions, Sent, TileMap, Window, World } from "@compositord/client";
import { createContext, useCallback, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import type { ReactElement, ReactNode } from "react";
import { hold, Shared } from "./shared.ts";

const DEFAULT_URL = "ws://127.0.0.1:8765/";

const shared = new Shared((url) => new CompositorClient(url));
const Context = createContext<CompositorClient | null>(null);

/** Gives the components below it a client of their own making; without it they share one for each address. */
export function CompositorProvider({ client, children }: { readonly client: CompositorClient; readonly children?: ReactNode }): ReactElement {
  useEffect(() => hold(client), [client]);
  return <Context.Provider value={client}>{children}</Context.Provider>;
}

export interface CompositorOptions {
  /** By default that of the provider, or ws://127.0.0.1:8765/. */
  readonly url?: string;
}

function useClient({ url }: CompositorOptions = {}): CompositorClient {
  const provided = useContext(Context);
  const client = provided !== null && url === undefined ? provided : shared.get(url ?? DEFAULT_URL);
  useEffect(() => hold(client), [client]);
  return client;
}

function useWorldPart<T>(client: CompositorClient, part: (world: World | null) => T): T {
  const subscribe = useCallback((listener: () => void) => client.store.subscribe(listener), [client]);
  const read = (): T => part(client.store.world);
  return useSyncExternalStore(subscribe, read, read);
}

export interface CompositorHandle {
  readonly client: CompositorClient;
  readonly state: ConnectionState;
  /** The page is connected to compositord, and that to a compositor. */
  readonly connected: boolean;
  readonly compositor: World["compositor"] | null;
  readonly request: (request: Request, options?: RequestOptions) => Sent;
  /** Tries again at once. */
  readonly retry: () => void;
}

/** The connection, and what is behind it. */
export function useCompositor(options?: CompositorOptions): CompositorHandle {
  const client = useClient(options);
  const subscribe = useCallback((listener: () => void) => client.connection.subscribe(listener), [client]);
  const readState = (): ConnectionState => client.connection.state;
  const state = useSyncExternalStore(subscribe, readState, readState);
  const compositor = useWorldPart(client, (world) => world?.compositor ?? null);
  return useMemo(
    () => ({
      client,
      state,
      compositor,
      connected: state.kind === "open" && compositor?.connected === true,
      request: (request, requestOptions) => client.connection.request(request, requestOptions),
      retry: () => client.connection.retry(),
    }),
    [client, state, compositor],
  );
}

const noWindows: readonly Window[] = [];
const listed = new WeakMap<ReadonlyMap<number, Window>, readonly Window[]>();

function inStackingOrder(windows: ReadonlyMap<number, Window> | undefined): readonly Window[] {
  if (windows === undefined) return noWindows;
  let list = listed.get(windows);
  if (list === undefined) {
    list = [...windows.values()].sort((a, b) => a.stacking - b.stacking || a.id - b.id);
    listed.set(windows, list);
  }
  return list;
}

/** The windows, the topmost last. The same list as long as no window changed. */
export function useWindows(options?: CompositorOptions): readonly Window[] {
  return useWorldPart(useClient(options), (world) => inStackingOrder(world?.windows));
}

/** The tiles; null before the first ones are known. */
export function useTiles(options?: CompositorOptions): TileMap | null {
  return useWorldPart(useClient(options), (world) => world?.tiles ?? null);
}

export interface CameraHandle {
  /** As the compositor says it; null while there is none. */
  readonly camera: Camera | null;
  /** What to show now: smooth, and at once when this page moves it. */
  readonly pose: CameraPose | null;
  readonly panBy: (dx: number, dy: number) => boolean;
  readonly zoomBy: (factor: number, atX?: number, atY?: number) => boolean;
  readonly glideTo: (pose: CameraPose, duration?: number) => boolean;
  /** For attachGestures and for drawing without rendering each frame. */
  readonly sync: () => CameraSync | undefined;
}

/** The pose as a value that is another one only when it says something else. */
class PoseReader {
  #last: CameraPose | null = null;

  read(sync: CameraSync | undefined): CameraPose | null {
    if (sync === undefined) return (this.#last = null);
    const { x, y, zoom } = sync.pose;
    const last = this.#last;
    if (last?.x !== x || last.y !== y || last.zoom !== zoom) this.#last = { x, y, zoom };
    return this.#last;
  }
}

/** A camera by its name, or the first one. Renders once per frame while it moves. */
export function useCamera(name?: string, options?: CompositorOptions): CameraHandle {
  const client = useClient(options);
  const sync = useCallback(() => client.cameras.get(name), [client, name]);
  const reader = useMemo(() => new PoseReader(), [sync]);
  const camera = useWorldPart(client, () => sync()?.camera ?? null);
  const subscribe = useCallback(
    (listener: () => void) => {
      const disposes = [client.subscribeFrames(listener), client.store.subscribe(listener)];
      return () => {
        for (const dispose of disposes) dispose();
      };
    },
    [client],
  );
  const read = (): CameraPose | null => reader.read(sync());
  const pose = useSyncExternalStore(subscribe, read, read);
  return useMemo(
    () => ({
      camera,
      pose,
      sync,
      panBy: (dx, dy) => sync()?.panBy(dx, dy) ?? false,
      zoomBy: (factor, atX, atY) => sync()?.zoomBy(factor, atX, atY) ?? false,
      glideTo: (to, duration = 300) => sync()?.glideTo(to, duration) ?? false,
    }),
    [camera, pose, sync],
  );
}
