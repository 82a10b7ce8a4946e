/** What /metrics says, and what it says between two looks: rates, and the latency of that time. */

export interface Look {
  /** Milliseconds; only differences matter. */
  readonly time: number;
  /** By name and labels, as they are written. */
  readonly values: ReadonlyMap<string, number>;
}

const LINE = /^compositord_([a-z_]+(?:\{[^}]*\})?) (\S+)$/;

/** Reads the text format of Prometheus, as far as compositord writes it; lines that are something else are left out. */
export function readMetrics(text: string, time: number): Look {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, name, number] = LINE.exec(line) ?? [];
    const value = Number(number);
    if (name !== undefined && number !== undefined && Number.isFinite(value)) values.set(name, value);
  }
  return { time, values };
}

/** The values of a name that has one label, by that. */
export function byLabel({ values }: Look, name: string): [string, number][] {
  const found: [string, number][] = [];
  for (const [key, value] of values) {
    const [, label] = key.startsWith(`${name}{`) ? (/="([^"]*)"/.exec(key) ?? []) : [];
    if (label !== undefined) found.push([label, value]);
  }
  return found;
}

/** How much a counter grew in a second; null if that is not known, as when the server was restarted in between. */
export function rate(name: string, before: Look, now: Look): number | null {
  const [from, to] = [before.values.get(name), now.values.get(name)];
  const seconds = (now.time - before.time) / 1000;
  return from === undefined || to === undefined || to < from || seconds <= 0 ? null : (to - from) / seconds;
}

/** The bound, in seconds, that the part `share` of what was observed between the two did not pass; null if there was nothing. */
export function quantile(name: string, share: number, before: Look, now: Look): number | null {
  const growth = (look: Look): [number, number][] => byLabel(look, `${name}_bucket`).map(([bound, count]) => [bound === "+Inf" ? Infinity : Number(bound), count]);
  const earlier = new Map(growth(before));
  const buckets = growth(now)
    .map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)] as const)
    .sort(([a], [b]) => a - b);
  const total = buckets.at(-1)?.[1] ?? 0;
  return total <= 0 ? null : (buckets.find(([, count]) => count >= share * total)?.[0] ?? null);
}
