/** Server-sent events from the pieces in which they arrive. EventSource would hide why a stream is refused. */

export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** Takes pieces of a stream, cut anywhere, and hands on whole events. */
export class EventReader {
  readonly #onEvent: (event: ServerEvent) => void;
  #rest = "";
  #name = "";
  #data: string[] = [];

  constructor(onEvent: (event: ServerEvent) => void) {
    this.#onEvent = onEvent;
  }

  push(piece: string): void {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === "") {
      if (this.#data.length > 0) this.#onEvent({ name: this.#name === "" ? "message" : this.#name, data: this.#data.join("\n") });
      this.#name = "";
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    const [field, value] = colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
  }
}
