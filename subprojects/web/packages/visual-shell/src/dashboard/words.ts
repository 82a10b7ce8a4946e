/** Numbers and names in the words of the dashboard. */

export function bytes(count: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"] as const;
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? ""}`;
}

/** At most three digits. */
export function perSecond(rate: number): string {
  return `${rate >= 10 ? Math.round(rate) : Number(rate.toFixed(1))}/s`;
}

export function milliseconds(seconds: number): string {
  return Number.isFinite(seconds) ? `${Number((seconds * 1000).toPrecision(2))} ms` : "more than 2.5 s";
}

/** From one time to another, both in milliseconds. */
export function duration(from: number, to: number): string {
  const seconds = Math.max(0, Math.round((to - from) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
