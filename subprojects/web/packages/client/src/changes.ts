/** What is different between two worlds, for who draws them; after a gap too, when a whole new world came at once. */
import type { Camera, Window } from "./protocol.generated.ts";
import type { World } from "./state.ts";
import { TileMap } from "./tile_map.ts";
import type { TileChanges } from "./tile_map.ts";

export interface MapChanges<K, V> {
  readonly added: readonly V[];
  readonly changed: readonly V[];
  readonly removed: readonly K[];
}

export interface WorldChanges {
  readonly compositor: boolean;
  readonly cameras: MapChanges<string, Camera>;
  readonly windows: MapChanges<number, Window>;
  readonly tiles: TileChanges;
}

function between<K, V>(before: ReadonlyMap<K, V> | undefined, after: ReadonlyMap<K, V>): MapChanges<K, V> {
  if (before === after) return { added: [], changed: [], removed: [] };
  const added: V[] = [];
  const changed: V[] = [];
  for (const [key, value] of after) {
    const old = before?.get(key);
    if (old === undefined) added.push(value);
    else if (old !== value) changed.push(value);
  }
  return { added, changed, removed: [...(before?.keys() ?? [])].filter((key) => !after.has(key)) };
}

export function changesBetween(before: World | null, after: World): WorldChanges {
  return {
    compositor: before?.compositor !== after.compositor,
    cameras: between(before?.cameras, after.cameras),
    windows: between(before?.windows, after.windows),
    tiles: after.tiles.changesSince(before?.tiles ?? TileMap.empty),
  };
}
