/** The inspector: joins the stream of traffic, the log of frames and what shows them. */
import { element, setText } from "../ui/dom.ts";
import { ClientRates } from "./client_rates.ts";
import { ClientTable } from "./client_table.ts";
import { Detail } from "./detail.ts";
import { FrameList } from "./frame_list.ts";
import { FrameLog } from "./frame_log.ts";
import { TrafficConnection } from "./stream.ts";
import type { StreamState } from "./stream.ts";
import type { Direction, TrafficEvent } from "./traffic.ts";

const log = new FrameLog();
const rates = new ClientRates();
const detail = new Detail();
const list = new FrameList(log, (entry) => detail.show(entry));
const table = new ClientTable((client) => {
  clientInput.value = clientInput.value === String(client) ? "" : String(client);
  applyFilter();
});

const clientInput = element("filter-client", HTMLInputElement);
const directionInput = element("filter-direction", HTMLSelectElement);
const typeInput = element("filter-type", HTMLInputElement);
const textInput = element("filter-text", HTMLInputElement);
const count = element("count", HTMLElement);
const pause = element("pause", HTMLButtonElement);
const types = element("types", HTMLDataListElement);
const seenTypes = new Set<string>();
let paused = false;
/** Messages that are not in the list: the server left them out, or they came while the page was paused. */
let left = { out: 0, paused: 0 };
let countsRequested = false;

function drawCounts(): void {
  countsRequested = false;
  const words = [log.length === log.size ? `${log.size} messages` : `${log.length} of ${log.size} messages`];
  if (left.paused > 0) words.push(`${left.paused} not kept while paused`);
  if (left.out > 0) words.push(`${left.out} left out: too many at once`);
  setText(count, words.join("; "));
  table.update(rates.rows, log.filter.client);
}

function redraw(): void {
  list.invalidate();
  if (countsRequested) return;
  countsRequested = true;
  requestAnimationFrame(drawCounts);
}

function applyFilter(): void {
  const direction: Direction | null = directionInput.value === "sent" || directionInput.value === "received" ? directionInput.value : null;
  log.setFilter({ client: clientInput.value === "" ? null : Number(clientInput.value), direction, type: typeInput.value.trim(), text: textInput.value });
  list.reset();
  redraw();
}

function onEvent(event: TrafficEvent): void {
  switch (event.kind) {
    case "frame":
      if (paused) {
        left.paused += 1;
        break;
      }
      log.add(event.frame);
      if (event.frame.type !== "" && seenTypes.size < 100 && !seenTypes.has(event.frame.type)) {
        seenTypes.add(event.frame.type);
        types.append(new Option(event.frame.type, event.frame.type));
      }
      break;
    case "client":
      rates.came(event.peer);
      break;
    case "gone":
      rates.went(event.client);
      break;
    case "counts":
      rates.count(event.time, event.clients);
      break;
    case "dropped":
      left.out += event.messages;
      break;
  }
  redraw();
}

function onState(state: StreamState): void {
  const refused = state.kind === "refused";
  element("refused", HTMLElement).hidden = !refused;
  for (const id of ["content", "tools"]) element(id, HTMLElement).hidden = refused;
  element("retry", HTMLButtonElement).hidden = state.kind !== "waiting";
  if (refused) setText(element("refused-text", HTMLElement), `The server says: ${state.text.trim() === "" ? `status ${state.status}` : state.text.trim()}`);
  const words = { connecting: "Connecting…", open: "Live", refused: "Not allowed", waiting: state.kind === "waiting" ? `No connection; trying again in ${state.seconds} s` : "" };
  setText(element("status-text", HTMLElement), paused && state.kind === "open" ? "Paused" : words[state.kind]);
  element("status", HTMLElement).dataset["kind"] = state.kind;
  // A stream that begins tells of all clients anew.
  if (state.kind === "open") rates.clear();
  redraw();
}

const connection = new TrafficConnection({
  url: "./api/v1/traffic",
  onState,
  onEvent,
  onProblem: (problem) => console.error("compositord:", problem),
});

for (const input of [clientInput, directionInput, typeInput, textInput]) input.addEventListener("input", applyFilter);
element("filter", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
element("clear", HTMLButtonElement).addEventListener("click", () => {
  log.clear();
  left = { out: 0, paused: 0 };
  detail.show(null);
  list.reset();
  redraw();
});
pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  setText(pause, paused ? "Go on" : "Pause");
  setText(element("status-text", HTMLElement), paused ? "Paused" : "Live");
  redraw();
});
for (const id of ["retry", "again"]) element(id, HTMLButtonElement).addEventListener("click", () => connection.open());

redraw();
connection.open();
