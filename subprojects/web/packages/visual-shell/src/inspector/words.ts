/** Numbers, times and JSON as people read them. */

export function bytes(count: number): string {
  if (count < 1000) return `${Math.round(count)} B`;
  const [value, unit] = count < 1e6 ? [count / 1e3, "kB"] : [count / 1e6, "MB"];
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}

export function perSecond(count: number): string {
  return count === 0 ? "–" : count < 10 ? count.toFixed(1).replace(/\.0$/, "") : String(Math.round(count));
}

/** Of the day, to the millisecond. */
export function clock(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** JSON with a line per member; text that is none stays as it is. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** What a client wants to be told, from its last Subscribe. */
export function subscription(members: Readonly<Record<string, unknown>>): string {
  const { kinds, cameras, area, maxRate } = members;
  const list = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(", ") : "");
  const parts = [list(kinds) === "" ? "nothing" : list(kinds)];
  if (cameras !== undefined) parts.push(`only ${list(cameras) === "" ? "no camera" : list(cameras)}`);
  if (typeof area === "object" && area !== null) parts.push("in an area");
  if (typeof maxRate === "number") parts.push(`${perSecond(maxRate)}/s at most`);
  return parts.join("; ");
}
