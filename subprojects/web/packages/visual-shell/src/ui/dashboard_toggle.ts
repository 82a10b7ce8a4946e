/** Opens and closes the dashboard. What it is made of is loaded when it is first wanted. */
import { Codegen, Sessions } from "@compositord/client";
import type { Connection } from "@compositord/client";
import type { Dashboard } from "../dashboard/dashboard.ts";
import { element } from "./dom.ts";

export class DashboardToggle {
  readonly #connection: Connection;
  readonly #say: (text: string) => void;
  readonly #button = element("toggle-dashboard", HTMLButtonElement);
  readonly #place = element("dashboard", HTMLElement);
  #sessions: Sessions | null = null;
  #codegen: Codegen | null = null;
  #dashboard: Dashboard | null = null;
  #wanted = false;

  constructor(connection: Connection, say: (text: string) => void) {
    this.#connection = connection;
    this.#say = say;
    this.#button.addEventListener("click", () => (this.#wanted ? this.#close() : void this.#open()));
    this.#place.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") this.#close();
      event.stopPropagation(); // or the map would take arrows and digits
    });
    addEventListener("hashchange", () => void this.#openLinked());
    void this.#openLinked();
  }

  async #open(): Promise<void> {
    this.#set(true);
    try {
      const { Dashboard } = await import("../dashboard/dashboard.ts");
      // The user may have changed their mind meanwhile.
      if (!this.#wanted || this.#dashboard !== null) return;
      this.#sessions ??= new Sessions(this.#connection);
      this.#codegen ??= new Codegen(this.#connection);
      this.#dashboard = new Dashboard(this.#place, { connection: this.#connection, sessions: this.#sessions, codegen: this.#codegen, say: this.#say, close: () => this.#close() });
    } catch (problem) {
      this.#set(false);
      this.#say("The dashboard could not be loaded; is compositord there?");
      console.error("compositord:", problem);
    }
  }

  /** The address may name a task of code generation, as that behind the button of a notification does. */
  async #openLinked(): Promise<void> {
    const task = new URLSearchParams(location.hash.slice(1)).get("codegen");
    if (task === null) return;
    if (this.#dashboard === null) await this.#open();
    this.#dashboard?.openTask(task);
  }

  #close(): void {
    this.#dashboard?.dispose();
    this.#dashboard = null;
    this.#set(false);
    this.#button.focus();
  }

  #set(wanted: boolean): void {
    this.#wanted = wanted;
    this.#place.hidden = !wanted;
    this.#button.setAttribute("aria-expanded", String(wanted));
  }
}
