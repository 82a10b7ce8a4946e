/** What the browser keeps for this page. One that keeps nothing lets it last as long as the page. */
export type KeyValues = Pick<Storage, "getItem" | "setItem">;

function memory(): KeyValues {
  const values = new Map<string, string>();
  return { getItem: (key) => values.get(key) ?? null, setItem: (key, value) => void values.set(key, value) };
}

function open(): KeyValues {
  try {
    // Where storage is switched off even to look at it throws.
    return localStorage;
  } catch {
    return memory();
  }
}

export const browserStorage: KeyValues = typeof document === "undefined" ? memory() : open();
