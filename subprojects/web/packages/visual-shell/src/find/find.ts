/** What a person may mean by a few typed words: windows, places, cameras, a cell by its numbers. Pure. */
import type { Window } from "@compositord/client";
import type { Place } from "./places.ts";

export type Hit =
  | { readonly kind: "window"; readonly id: number; readonly name: string; readonly note: string }
  | { readonly kind: "place"; readonly place: Place; readonly name: string; readonly note: string }
  | { readonly kind: "camera"; readonly name: string; readonly note: string }
  | { readonly kind: "cell"; readonly x: number; readonly y: number; readonly name: string; readonly note: string };

export interface Findable {
  readonly windows: Iterable<Window>;
  readonly places: Iterable<Place>;
  readonly cameras: Iterable<string>;
}

const MOST = 50;
const CELL = /^(-?\d{1,10})\s*[,;\s]\s*(-?\d{1,10})$/;
const CELL_LIMIT = 2 ** 31;

/** Higher is better, null if a word is not there at all. The beginning of a name beats that of a word, which beats the middle of one. */
export function score(words: readonly string[], name: string, note: string): number | null {
  const [lowerName, lowerNote] = [name.toLowerCase(), note.toLowerCase()];
  let sum = 0;
  for (const word of words) {
    const at = lowerName.indexOf(word);
    if (at === 0) sum += 4;
    else if (at > 0) sum += /[\p{L}\p{N}]/u.test(lowerName.charAt(at - 1)) ? 2 : 3;
    else if (lowerNote.includes(word)) sum += 1;
    else return null;
  }
  return sum;
}

function cellOf(query: string): Hit | null {
  const match = CELL.exec(query);
  if (match === null) return null;
  const [x, y] = [Number(match[1]), Number(match[2])];
  if (Math.max(Math.abs(x), Math.abs(y)) >= CELL_LIMIT) return null;
  return { kind: "cell", x, y, name: `Cell ${x}, ${y}`, note: "place on the map" };
}

/** The best first; without words everything, windows first, the topmost of them first. */
export function find(query: string, { windows, places, cameras }: Findable): Hit[] {
  const trimmed = query.trim();
  const words = trimmed.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const hits: Hit[] = [];
  for (const { id, title, appId } of [...windows].sort((a, b) => b.stacking - a.stacking)) {
    hits.push({ kind: "window", id, name: title.trim() || appId || "untitled", note: appId });
  }
  for (const place of places) hits.push({ kind: "place", place, name: place.name, note: "place" });
  for (const name of cameras) hits.push({ kind: "camera", name, note: "output" });
  const scored = hits.map((hit) => ({ hit, value: score(words, hit.name, hit.note) }));
  const found = scored.filter((each): each is { hit: Hit; value: number } => each.value !== null).sort((a, b) => b.value - a.value);
  const cell = cellOf(trimmed);
  return [...(cell === null ? [] : [cell]), ...found.map(({ hit }) => hit)].slice(0, MOST);
}
