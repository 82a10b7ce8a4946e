/** A CameraSync for every camera of the world, kept in step with the store. */
import { CameraSync } from "./camera_sync.ts";
import type { CameraSyncOptions } from "./camera_sync.ts";
import type { World } from "./state.ts";

export class Cameras {
  readonly #syncs = new Map<string, CameraSync>();
  /** The same in a list: nothing is made anew to go through it in each frame. */
  #list: CameraSync[] = [];
  readonly #options: CameraSyncOptions;

  constructor(options: CameraSyncOptions) {
    this.#options = options;
  }

  /** In the order in which the compositor names a default: by name. */
  get all(): ReadonlyMap<string, CameraSync> {
    return this.#syncs;
  }

  update(world: World): void {
    let other = false;
    for (const [name, sync] of this.#syncs) {
      if (world.cameras.has(name)) continue;
      sync.dispose();
      this.#syncs.delete(name);
      other = true;
    }
    for (const [name, camera] of world.cameras) {
      const sync = this.#syncs.get(name);
      if (sync === undefined) {
        this.#syncs.set(name, new CameraSync(camera, this.#options));
        other = true;
      } else if (sync.camera !== camera) sync.follow(camera);
    }
    if (other) this.#sort();
  }

  /** The camera of this name; without a name the one that the compositor takes for a request without one. */
  get(name?: string): CameraSync | undefined {
    return name === undefined ? this.#list[0] : this.#syncs.get(name);
  }

  tick(): boolean {
    let moving = false;
    for (let index = 0; index < this.#list.length; index += 1) moving = this.#list[index]?.tick() === true || moving;
    return moving;
  }

  dispose(): void {
    for (const sync of this.#list) sync.dispose();
    this.#syncs.clear();
    this.#list = [];
  }

  #sort(): void {
    const sorted = [...this.#syncs].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#syncs.clear();
    for (const [name, sync] of sorted) this.#syncs.set(name, sync);
    this.#list = sorted.map(([, sync]) => sync);
  }
}
