/** How the server is: its health, clients, rates and latency, as long as somebody looks. */
import type { Connection } from "@compositord/client";
import { make, setText } from "../ui/dom.ts";
import { byLabel, quantile, rate, readMetrics } from "./metrics.ts";
import type { Look } from "./metrics.ts";
import { bytes, milliseconds, perSecond } from "./words.ts";

const EVERY = 2000;
const NAMES = ["Health", "Clients", "Connections", "Sent", "Latency", "Round trip", "Memory", "Refused"] as const;
type Name = (typeof NAMES)[number];

/** What the rows say. Names that are left out have nothing to say yet. */
export function figures(now: Look, before: Look | null): Partial<Record<Name, string>> {
  const value = (name: string): number => now.values.get(name) ?? 0;
  const clients = byLabel(now, "clients").filter(([, count]) => count > 0);
  const refused = byLabel(now, "refused_total").reduce((sum, [, count]) => sum + count, 0);
  const said: Partial<Record<Name, string>> = {
    Clients: clients.length === 0 ? "none" : clients.map(([dialect, count]) => `${count} ${dialect}`).join(", "),
    Connections: String(value("connections")),
    Memory: bytes(value("resident_memory_bytes")),
    Refused: refused === 0 ? "nothing" : `${refused} connections, requests and messages`,
  };
  if (before === null) return said;
  const [frames, sent] = [rate("frames_sent_total", before, now), rate("sent_bytes_total", before, now)];
  const [half, most] = [0.5, 0.95].map((share) => quantile("commit_to_write_seconds", share, before, now));
  return {
    ...said,
    ...(frames !== null && sent !== null && { Sent: `${perSecond(frames)} messages, ${bytes(sent)}/s` }),
    Latency: typeof half === "number" && typeof most === "number" ? `half within ${milliseconds(half)}, 95 % within ${milliseconds(most)}` : "nothing moves",
  };
}

export class ServerPanel {
  readonly node = make("section", "figures");
  readonly #connection: Connection;
  readonly #values = new Map<Name, HTMLElement>();
  readonly #list = make("dl");
  readonly #problem = make("p", "quiet");
  readonly #onVisibility = (): void => this.#schedule(0);
  #before: Look | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    for (const name of NAMES) {
      const value = make("dd", "", "…");
      this.#values.set(name, value);
      this.#list.append(make("dt", "", name), value);
    }
    const hint = this.#values.get("Latency");
    if (hint !== undefined) hint.title = "From a commit of the compositor to the write of it to a client";
    this.#problem.hidden = true;
    this.node.append(make("h3", "", "Server"), this.#problem, this.#list);
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#schedule(0);
  }

  dispose(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#onVisibility);
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    if (!this.#ended && document.visibilityState === "visible") this.#timer = setTimeout(() => void this.#look(), delay);
  }

  async #look(): Promise<void> {
    const begin = performance.now();
    const ping = this.#connection.request({ type: "Ping" }).outcome.then(({ ok }) => (ok ? performance.now() - begin : null));
    const problem = await this.#fetch();
    const trip = await ping;
    if (this.#ended) return;
    this.#say({ Health: trip === null ? "no answer" : "answers", "Round trip": trip === null ? "–" : milliseconds(trip / 1000) });
    this.#problem.hidden = problem === null;
    this.#list.classList.toggle("unknown", problem !== null);
    setText(this.#problem, problem ?? "");
    this.#schedule(EVERY);
  }

  /** What stands in the way; null if nothing does. */
  async #fetch(): Promise<string | null> {
    try {
      const response = await fetch("./metrics", { cache: "no-store" });
      if (response.status === 401 || response.status === 403) return "The server's figures are for those who have the grant view.";
      if (!response.ok) return `The server's figures cannot be had: status ${response.status}.`;
      const now = readMetrics(await response.text(), performance.now());
      this.#say(figures(now, this.#before));
      this.#before = now;
      return null;
    } catch {
      this.#before = null;
      return "The server cannot be reached; these figures are old.";
    }
  }

  #say(said: Partial<Record<Name, string>>): void {
    for (const name of NAMES) {
      const [node, text] = [this.#values.get(name), said[name]];
      if (node !== undefined && text !== undefined) setText(node, text);
    }
  }
}
