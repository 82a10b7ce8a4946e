/** Holds the newest whole world and tells subscribers when it is replaced. */
import type { Tile } from "./protocol.generated.ts";
import { emptyState, reduce, withManifest } from "./state.ts";
import type { State, StateMessage, World } from "./state.ts";

export type Dispose = () => void;
export type WorldListener = (world: World, before: World | null) => void;

export class Store {
  #state: State = emptyState;
  readonly #listeners = new Set<WorldListener>();

  get world(): World | null {
    return this.#state.world;
  }

  apply(message: StateMessage): void {
    this.#become(reduce(this.#state, message));
  }

  /** Completes tiles that are not whole; see World.tilesSince. */
  applyManifest(manifest: Readonly<Record<string, Tile>>): void {
    this.#become(withManifest(this.#state, manifest));
  }

  /** Begins with a world that was known before; false if something newer is there already. */
  restore(world: World): boolean {
    if (this.#state.world !== null) return false;
    this.#become({ ...this.#state, world });
    return true;
  }

  subscribe(listener: WorldListener): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #become(state: State): void {
    const before = this.#state.world;
    this.#state = state;
    const { world } = state;
    if (world === null || world === before) return;
    for (const listener of [...this.#listeners]) listener(world, before);
  }
}
