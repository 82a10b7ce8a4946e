/** A text of a session: the end of it, whose diffs have colours. Nothing of it is ever read as HTML. */
import { lineKinds } from "./diff.ts";

/** Enough to read; the rest would only cost. */
const MOST_LINES = 400;
const MOST_CHARACTERS = 40_000;

export function tail(text: string): { readonly lines: readonly string[]; readonly cut: boolean } {
  const end = text.slice(-MOST_CHARACTERS);
  const all = end.replace(/\n$/, "").split("\n");
  const lines = all.slice(-MOST_LINES);
  return { lines, cut: end.length < text.length || lines.length < all.length };
}

export class TextView {
  readonly node = document.createElement("pre");
  #shown = "";

  constructor(label: string) {
    this.node.tabIndex = 0; // so that it can be scrolled by keys
    this.node.role = "group";
    this.node.setAttribute("aria-label", label);
  }

  show(text: string): void {
    if (text === this.#shown) return;
    this.#shown = text;
    const atEnd = this.node.scrollTop + this.node.clientHeight >= this.node.scrollHeight - 4;
    const { lines, cut } = tail(text);
    const kinds = lineKinds(lines);
    if (kinds.every((kind) => kind === "plain")) this.node.textContent = lines.join("\n");
    else {
      this.node.replaceChildren(
        ...lines.map((line, index) => {
          const node = document.createElement("span");
          node.className = kinds[index] ?? "plain";
          node.textContent = `${line}\n`;
          return node;
        }),
      );
    }
    if (cut) this.node.prepend("… the beginning is left out\n");
    if (atEnd) this.node.scrollTop = this.node.scrollHeight;
  }
}
