/** The clients as a table: who they are and how much is said to and by them. */
import { element, setText } from "../ui/dom.ts";
import { HISTORY } from "./client_rates.ts";
import type { ClientRow } from "./client_rates.ts";
import { bytes, perSecond, subscription } from "./words.ts";

/** With more clients than these only the busiest are shown. */
const MOST = 300;
const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [90, 18];

interface Row {
  readonly node: HTMLTableRowElement;
  readonly choose: HTMLButtonElement;
  readonly cells: readonly HTMLTableCellElement[];
  readonly line: SVGPolylineElement;
}

const busy = (row: ClientRow): number => row.sent.frames + row.received.frames;

function points(history: readonly number[]): string {
  const most = Math.max(1, ...history);
  const begin = HISTORY - history.length;
  return history.map((value, index) => `${(((begin + index) / (HISTORY - 1)) * WIDTH).toFixed(1)},${(HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1)}`).join(" ");
}

export class ClientTable {
  readonly #body = element("client-rows", HTMLTableSectionElement);
  readonly #none = element("no-clients", HTMLElement);
  readonly #more = element("more-clients", HTMLElement);
  readonly #rows = new Map<number, Row>();
  readonly #onChoose: (client: number) => void;

  constructor(onChoose: (client: number) => void) {
    this.#onChoose = onChoose;
  }

  update(all: readonly ClientRow[], chosen: number | null): void {
    const shown = all.length <= MOST ? all : [...all].sort((a, b) => busy(b) - busy(a)).slice(0, MOST).sort((a, b) => a.peer.client - b.peer.client);
    const wanted = new Set(shown.map(({ peer }) => peer.client));
    for (const [client, row] of this.#rows) {
      if (wanted.has(client)) continue;
      row.node.remove();
      this.#rows.delete(client);
    }
    let before: HTMLTableRowElement | null = null;
    for (const each of shown) {
      const row = this.#rows.get(each.peer.client) ?? this.#makeRow(each.peer.client);
      if (row.node.previousElementSibling !== before || row.node.parentElement === null) {
        if (before === null) this.#body.prepend(row.node);
        else before.after(row.node);
      }
      before = row.node;
      this.#fill(row, each, chosen);
    }
    this.#none.hidden = all.length > 0;
    this.#more.hidden = all.length === shown.length;
    setText(this.#more, `And ${all.length - shown.length} clients more; the busiest are shown.`);
  }

  #makeRow(client: number): Row {
    const node = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    const choose = document.createElement("button");
    choose.type = "button";
    choose.className = "link";
    choose.textContent = String(client);
    choose.title = `Show only messages of client ${client}`;
    choose.addEventListener("click", () => this.#onChoose(client));
    head.append(choose);
    const cells = Array.from({ length: 7 }, (_, index) => {
      const cell = document.createElement("td");
      if (index > 2) cell.className = "number";
      return cell;
    });
    const drawing = document.createElementNS(SVG, "svg");
    drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    drawing.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(SVG, "polyline");
    drawing.append(line);
    const last = document.createElement("td");
    last.append(drawing);
    node.append(head, ...cells, last);
    const row = { node, choose, cells, line };
    this.#rows.set(client, row);
    return row;
  }

  #fill(row: Row, { peer, sent, received, history }: ClientRow, chosen: number | null): void {
    row.choose.setAttribute("aria-pressed", String(chosen === peer.client));
    const amount = (count: number): string => (count === 0 ? "–" : bytes(count));
    const texts = [peer.dialect, peer.peer, subscription(peer.subscription), perSecond(sent.frames), amount(sent.bytes), perSecond(received.frames), amount(received.bytes)];
    row.cells.forEach((cell, index) => setText(cell, texts[index] ?? ""));
    row.line.setAttribute("points", points(history));
  }
}
