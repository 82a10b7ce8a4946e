/** state_manager.js for pages of plain scripts: the global class StateManager, and the caches that it may have. */
import { StateManager } from "../src/state_manager.ts";
import { IndexedDbCache, MemoryCache } from "../src/world_cache.ts";

Object.assign(globalThis, { StateManager, IndexedDbCache, MemoryCache });
