/** A whole diff, in colours: what somebody is to decide about is not shortened, as far as a page can show it. */
import { make } from "../ui/dom.ts";
import { lineKinds } from "./diff.ts";

const MOST_LINES = 5000;

export class DiffView {
  readonly node = make("pre", "diff");

  constructor(label: string) {
    this.node.tabIndex = 0; // so that it can be scrolled by keys
    this.node.role = "group";
    this.node.setAttribute("aria-label", label);
  }

  show(diff: string, cut: boolean): void {
    const all = diff.replace(/\n$/, "").split("\n");
    const lines = all.slice(0, MOST_LINES);
    const kinds = lineKinds(lines);
    this.node.replaceChildren(
      ...lines.map((line, index) => {
        const node = make("span", kinds[index] ?? "plain", `${line}\n`);
        return node;
      }),
    );
    if (cut || lines.length < all.length) this.node.append("… the rest is too long for this page; see compositorctl codegen review\n");
  }
}
