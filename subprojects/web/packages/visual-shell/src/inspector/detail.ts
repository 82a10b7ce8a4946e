/** All of one message, to read and to copy. */
import { element, setText } from "../ui/dom.ts";
import type { Entry } from "./frame_log.ts";
import { bytes, clock, indented } from "./words.ts";

/** Names, texts and other values of JSON, each in an element with that class. */
function coloured(json: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let from = 0;
  for (const match of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g)) {
    const [whole, text, colon] = match;
    const node = document.createElement("span");
    node.className = text === undefined ? "value" : colon === undefined ? "text" : "name";
    node.textContent = text ?? whole;
    parts.push(json.slice(from, match.index), node, colon ?? "");
    from = match.index + whole.length;
  }
  return [...parts, json.slice(from)];
}

async function copy(text: string, node: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Not on a page that is not secure: choose the text, so that one key copies it.
    getSelection()?.selectAllChildren(node);
    throw new Error("the browser does not let pages copy here; the text is chosen, copy it with a key");
  }
}

export class Detail {
  readonly #nothing = element("nothing", HTMLElement);
  readonly #chosen = element("chosen", HTMLElement);
  readonly #type = element("chosen-type", HTMLElement);
  readonly #about = element("chosen-about", HTMLElement);
  readonly #cut = element("chosen-cut", HTMLElement);
  readonly #text = element("chosen-text", HTMLElement);
  readonly #copy = element("copy", HTMLButtonElement);
  #shown = "";

  constructor() {
    this.#copy.addEventListener("click", () => {
      copy(this.#shown, this.#text).then(
        () => this.#say("Copied"),
        () => this.#say("Chosen: copy it"),
      );
    });
  }

  show(entry: Entry | null): void {
    this.#nothing.hidden = entry !== null;
    this.#chosen.hidden = entry === null;
    if (entry === null) return;
    const { frame } = entry;
    this.#shown = indented(frame.text);
    setText(this.#type, frame.type === "" ? "unreadable" : frame.type);
    setText(this.#about, `${frame.direction === "sent" ? "To" : "From"} client ${frame.client} (${frame.dialect}), ${clock(frame.time)}, ${bytes(frame.bytes)}${frame.kind === "text" ? "" : `, ${frame.kind}`}`);
    this.#cut.hidden = !frame.cut;
    this.#text.replaceChildren(...coloured(this.#shown));
    setText(this.#copy, "Copy");
  }

  #say(words: string): void {
    setText(this.#copy, words);
    setTimeout(() => setText(this.#copy, "Copy"), 2000);
  }
}
