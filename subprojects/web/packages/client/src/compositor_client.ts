/** One compositord as most pages want it: its connection, its world, and its cameras, which move with the page's frames. */
import { Cameras } from "./cameras.ts";
import type { CameraSync } from "./camera_sync.ts";
import { Codegen } from "./codegen.ts";
import { Connection } from "./connection.ts";
import type { ConnectionOptions, RequestOptions } from "./connection.ts";
import { attachGestures } from "./gestures.ts";
import { randomName } from "./random_name.ts";
import type { ReloadUpdateMessage } from "./protocol.generated.ts";
import type { Request, Sent } from "./requests.ts";
import { Sessions } from "./sessions.ts";
import { StateManager } from "./state_manager.ts";
import type { Dispose, Store, WorldListener } from "./store.ts";

export interface CompositorClientOptions extends Omit<ConnectionOptions, "onMessage" | "known"> {
  /** Names this page in the camera movements that it asks for. */
  readonly origin?: string;
  /** Keeps the world, such as one with a cache; by default one that is forgotten with the page. */
  readonly state?: StateManager;
}

/** Where the same server has the whole manifest. */
function manifestUrl(webSocketUrl: string): string {
  const url = new URL("/builder/map/manifest.json", webSocketUrl);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  return url.href;
}

export class CompositorClient {
  readonly state: StateManager;
  readonly connection: Connection;
  readonly cameras: Cameras;
  readonly sessions: Sessions;
  readonly codegen: Codegen;
  readonly #frameListeners = new Set<() => void>();
  #frame: number | null = null;

  /** An address, such as ws://127.0.0.1:8765/, or options. */
  constructor(address: string | CompositorClientOptions) {
    const { origin = randomName("page-"), state, ...options } = typeof address === "string" ? { url: address } : address;
    const { url, token } = options;
    this.state = state ?? new StateManager({ manifestUrl: manifestUrl(url), ...(token !== undefined && { token }) });
    this.connection = new Connection({ ...options, onMessage: (message) => this.state.apply(message), known: () => this.state.world });
    this.sessions = new Sessions(this.connection);
    this.codegen = new Codegen(this.connection);
    this.cameras = new Cameras({
      origin,
      send: (request) => this.connection.request(request),
      ready: () => this.connection.state.kind === "open",
      wake: () => this.#wake(),
    });
    this.state.subscribe((world) => this.cameras.update(world));
  }

  /** For who only reads the world. */
  get store(): Store {
    return this.state.store;
  }

  open(): void {
    this.connection.open();
  }

  close(): void {
    this.connection.close();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
  }

  request(request: Request, options?: RequestOptions): Sent {
    return this.connection.request(request, options);
  }

  /** Calls back with each new world. */
  subscribe(listener: WorldListener): Dispose {
    return this.state.subscribe(listener);
  }

  /** Calls back when JavaScript was applied, or taken back, that this page may show. */
  subscribeReloads(listener: (update: ReloadUpdateMessage) => void): Dispose {
    return this.connection.subscribeCodegen((message) => {
      if (message.type === "ReloadUpdate") listener(message);
    });
  }

  /** Calls back after each frame in which a camera moved on this page. */
  subscribeFrames(listener: () => void): Dispose {
    this.#frameListeners.add(listener);
    return () => this.#frameListeners.delete(listener);
  }

  /** The camera of this name, or the first one; undefined before it is known. */
  camera(name?: string): CameraSync | undefined {
    return this.cameras.get(name);
  }

  /** Lets an element drive a camera: drag, wheel, pinch, keys. */
  drive(element: HTMLElement, name?: string): Dispose {
    return attachGestures(element, () => this.camera(name));
  }

  #wake(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      if (this.cameras.tick()) this.#wake();
      for (const listener of [...this.#frameListeners]) listener();
    });
  }
}
