/** The dashboard: the server's figures, and sessions. It exists only as long as it is open. */
import type { Codegen, Connection, Dispose, Sessions } from "@compositord/client";
import { make, setText } from "../ui/dom.ts";
import { CodegenPanel } from "./codegen_panel.ts";
import { ServerPanel } from "./server_panel.ts";
import { SessionList } from "./session_list.ts";
import { SpawnForm } from "./spawn_form.ts";

export interface DashboardOptions {
  readonly connection: Connection;
  readonly sessions: Sessions;
  readonly codegen: Codegen;
  /** Tells the user of something that went wrong. */
  readonly say: (text: string) => void;
  readonly close: () => void;
}

export class Dashboard {
  readonly #options: DashboardOptions;
  readonly #place: HTMLElement;
  readonly #server: ServerPanel;
  readonly #list: SessionList;
  readonly #spawn: SpawnForm;
  readonly #codegen: CodegenPanel;
  readonly #refused = make("p", "quiet");
  readonly #work = make("div", "work");
  readonly #traffic = make("p", "quiet");
  readonly #disposes: Dispose[];
  #requested = false;

  constructor(place: HTMLElement, options: DashboardOptions) {
    this.#options = options;
    this.#place = place;
    const { connection, sessions, codegen, say, close } = options;
    this.#server = new ServerPanel(connection);
    this.#list = new SessionList(sessions, say);
    this.#codegen = new CodegenPanel({ codegen, sessions, say });
    const started = make("details", "begin");
    this.#spawn = new SpawnForm(sessions, (id) => {
      started.open = false;
      this.#list.open(id);
    });
    const [head, end] = [make("header"), make("button", "icon-button", "×")];
    end.type = "button";
    end.setAttribute("aria-label", "Close the dashboard");
    end.addEventListener("click", close);
    head.append(make("h2", "", "Dashboard"), end);
    started.append(make("summary", "button", "New session…"), this.#spawn.node);
    this.#work.append(started, this.#list.node);
    const section = make("section");
    section.append(make("h3", "", "Sessions"), this.#refused, this.#work);
    place.replaceChildren(head, this.#server.node, this.#codegen.node, section, this.#traffic);
    this.#disposes = [sessions.subscribe(() => this.#redraw()), connection.subscribe(() => this.#redraw())];
    this.#draw();
    end.focus();
  }

  dispose(): void {
    for (const dispose of this.#disposes) dispose();
    this.#server.dispose();
    this.#list.dispose();
    this.#codegen.dispose();
    this.#place.replaceChildren();
  }

  /** Opens a task of code generation. */
  openTask(id: string): void {
    this.#codegen.open(id);
  }

  /** At most once in a frame, however much happens. */
  #redraw(): void {
    if (this.#requested) return;
    this.#requested = true;
    requestAnimationFrame(() => {
      this.#requested = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { connection, sessions } = this.#options;
    const { known, failure, sessions: all, types } = sessions.snapshot;
    const { state } = connection;
    const refused = failure?.code === "forbidden";
    this.#work.hidden = !known || refused;
    this.#refused.hidden = known && !refused;
    const why = failure === null ? (state.kind === "open" ? "Asking for them…" : "Not connected.") : `They cannot be had: ${failure.message}.`;
    setText(this.#refused, refused ? "You may not see sessions here: for that the grant sessions is needed." : why);
    if (known && !refused) {
      this.#list.update(all);
      this.#spawn.update(types);
    }
    if (state.kind !== "open") return;
    const looks = state.hello.grants.includes("inspect");
    if (looks && this.#traffic.querySelector("a") === null) {
      const link = make("a", "", "The traffic of all clients");
      link.href = "./inspector.html";
      this.#traffic.replaceChildren(link);
    } else if (!looks) setText(this.#traffic, "The traffic of all clients is for those who have the grant inspect.");
  }
}
