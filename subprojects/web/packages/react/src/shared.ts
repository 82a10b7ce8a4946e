/**
 * Clients that components share. Rendering only makes one, which does nothing yet: a render may be thrown away, by
 * Suspense or StrictMode. Effects hold it, and while somebody does it is open.
 */
export interface Openable {
  open(): void;
  close(): void;
}

const holders = new WeakMap<Openable, number>();

function count(value: Openable, change: number): number {
  const now = (holders.get(value) ?? 0) + change;
  holders.set(value, now);
  return now;
}

/** Keeps it open until the returned function is called. */
export function hold(value: Openable): () => void {
  if (count(value, 1) === 1) value.open();
  return () => {
    count(value, -1);
    // StrictMode and a change of pages let go and take hold again at once; that must not cost a connection.
    setTimeout(() => {
      if (count(value, 0) === 0) value.close();
    });
  };
}

/** One client for each address. It is kept when nobody holds it: who comes back sees at once what was known. */
export class Shared<T extends Openable> {
  readonly #make: (url: string) => T;
  readonly #clients = new Map<string, T>();

  constructor(make: (url: string) => T) {
    this.#make = make;
  }

  get(url: string): T {
    let client = this.#clients.get(url);
    if (client === undefined) {
      client = this.#make(url);
      this.#clients.set(url, client);
    }
    return client;
  }
}
