/** Opens and closes the dashboard. What it is made of is loaded when it is first wanted. */
import { Sessions } from "@compositord/client";
import type { Connection } from "@compositord/client";
import type { Dashboard } from "../dashboard/dashboard.ts";
import { element } from "./dom.ts";

export class DashboardToggle {
  readonly #connection: Connection;
  readonly #say: (text: string) => void;
  readonly #button = element("toggle-dashboard", HTMLButtonElement);
  readonly #place = element("dashboard", HTMLElement);
  #sessions: Sessions | null = null;
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
  }

  async #open(): Promise<void> {
    this.#set(true);
    try {
      const { Dashboard } = await import("../dashboard/dashboard.ts");
      // The user may have changed their mind meanwhile.
      if (!this.#wanted || this.#dashboard !== null) return;
      this.#sessions ??= new Sessions(this.#connection);
      this.#dashboard = new Dashboard(this.#place, { connection: this.#connection, sessions: this.#sessions, say: this.#say, close: () => this.#close() });
    } catch (problem) {
      this.#set(false);
      this.#say("The dashboard could not be loaded; is compositord there?");
      console.error("compositord:", problem);
    }
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
