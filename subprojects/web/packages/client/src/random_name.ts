/** A name that nobody else has. (crypto.randomUUID is not there on a page of another machine without TLS.) */
export function randomName(prefix = ""): string {
  return prefix + [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
