/** What the page shows, for tests and for people at the browser's console. Nothing can be changed through it. */
import type { CameraPose } from "@compositord/client";
import type { Mode } from "./map_view.ts";
import type { DrawnTile } from "./scene/tile_layer.ts";
import type { StatusKind } from "./status.ts";
import type { Rect, View } from "./view.ts";

export interface Inspection {
  /** World point at the centre of the map area, and CSS pixels per world unit, as drawn last. */
  view(): View;
  /** The map area on the page, in CSS pixels from its top-left corner. */
  area(): Rect;
  /** Windows as drawn last, bottom to top; the rectangles are in CSS pixels of the page. `onArea` tells if any of it can be seen. */
  windows(): { id: number; title: string; appId: string; focused: boolean; rect: Rect; onArea: boolean }[];
  /** Cameras as the page shows them at present, by name, and their frames in CSS pixels of the page. */
  cameras(): (CameraPose & { name: string; followed: boolean; rect: Rect })[];
  /** Tiles as drawn last, those near the map area among them; from far away, chunks of tiles without a brick. */
  tiles(): DrawnTile[];
  /** The minimap on the page: where the world's (0, 0) is, its size, and CSS pixels per world unit. */
  minimap(): Rect & { scale: number };
  status(): { kind: StatusKind; text: string };
  mode(): Mode;
  /** Revision of the world that was drawn last; -1 before the first one. */
  revision(): number;
  /** How many frames were drawn since the page was loaded. It stands still while nothing changes. */
  frames(): number;
}

declare global {
  interface Window {
    readonly compositordShell: Inspection;
  }
}

export function expose(inspection: Inspection): void {
  Object.defineProperty(globalThis, "compositordShell", { value: Object.freeze(inspection), enumerable: true });
}
