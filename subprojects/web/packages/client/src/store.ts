/** Holds the newest whole world and tells subscribers when it is replaced. */
import { emptyState, reduce } from "./state.ts";
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
    const before = this.#state.world;
    this.#state = reduce(this.#state, message);
    const { world } = this.#state;
    if (world === null || world === before) return;
    for (const listener of [...this.#listeners]) listener(world, before);
  }

  subscribe(listener: WorldListener): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
