/** The sessions, newest first, each with its progress; one that is opened shows what it says and does. */
import { hasEnded } from "@compositord/client";
import type { SessionChoice, Sessions, V1Session } from "@compositord/client";
import { make, setText } from "../ui/dom.ts";
import { SessionDetail } from "./session_detail.ts";

const WORDS = { queued: "waiting", running: "running", completed: "completed", failed: "failed", cancelled: "cancelled" } as const;

class Row {
  readonly node = make("li", "session");
  readonly toggle = make("button", "go");
  readonly #sessions: Sessions;
  readonly #title = make("span", "title");
  readonly #note = make("span", "note");
  readonly #bar = make("progress");
  readonly #end = make("button", "button");
  readonly #choices = make("div", "choices");
  readonly #say: (text: string) => void;
  #session: V1Session;
  #detail: SessionDetail | null = null;
  #offered: readonly SessionChoice[] = [];

  constructor(sessions: Sessions, session: V1Session, say: (text: string) => void) {
    this.#sessions = sessions;
    this.#session = session;
    this.#say = say;
    this.#bar.max = 100;
    const texts = make("span", "texts");
    texts.append(this.#title, this.#note);
    this.toggle.type = "button";
    this.toggle.append(make("span", "state"), texts);
    this.toggle.addEventListener("click", () => this.open(this.#detail === null));
    this.#end.type = "button";
    this.#end.addEventListener("click", () => {
      const ended = hasEnded(this.#session);
      void (ended ? sessions.forget(session.id) : sessions.cancel(session.id)).then((outcome) => {
        if (!outcome.ok) say(`Could not ${ended ? "remove" : "cancel"} the session: ${outcome.failure.message}`);
      });
    });
    const head = make("div", "head");
    head.append(this.toggle, this.#end);
    this.node.append(head, this.#bar, this.#choices);
    this.open(false);
    this.#fill(session);
  }

  get session(): V1Session {
    return this.#session;
  }

  update(session: V1Session): void {
    if (session === this.#session) return;
    this.#session = session;
    this.#fill(session);
    this.#detail?.update(session);
  }

  open(wanted: boolean): void {
    this.toggle.setAttribute("aria-expanded", String(wanted));
    if (wanted === (this.#detail !== null)) return;
    this.#detail?.dispose();
    this.#detail = wanted ? new SessionDetail(this.#sessions, this.#session) : null;
    if (this.#detail !== null) this.node.append(this.#detail.node);
  }

  #fill({ sessionType, task, state, step, percent, choices = [] }: V1Session): void {
    const title = task.description.trim() === "" ? sessionType : `${sessionType}: ${task.description}`;
    const running = state === "running";
    const asks = choices.length > 0;
    this.node.dataset["state"] = state;
    setText(this.#title, title);
    setText(this.#note, [asks ? "waits for you" : WORDS[state], ...(running ? [step, `${Math.round(percent)} %`] : [])].filter((each) => each !== "").join(" · "));
    this.#bar.hidden = !running;
    this.#bar.value = percent;
    this.#bar.setAttribute("aria-label", `Progress of ${title}`);
    this.#choices.hidden = !asks;
    if (choices !== this.#offered) this.#choices.replaceChildren(...choices.map((choice) => this.#choiceButton(choice, title)));
    this.#offered = choices;
    const action = hasEnded({ state }) ? "Remove" : "Cancel";
    setText(this.#end, action);
    this.#end.setAttribute("aria-label", `${action} ${title}`);
  }

  #choiceButton({ id, label }: SessionChoice, title: string): HTMLButtonElement {
    const button = make("button", "button", label);
    button.type = "button";
    button.setAttribute("aria-label", `${label}: ${title}`);
    button.addEventListener("click", () => {
      void this.#sessions.choose(this.#session.id, id).then((outcome) => {
        if (!outcome.ok) this.#say(`Could not choose ${label}: ${outcome.failure.message}`);
      });
    });
    return button;
  }
}

export class SessionList {
  readonly node = make("div", "sessions");
  readonly #list = make("ul");
  readonly #none = make("p", "quiet", "No sessions wait, run or are kept.");
  readonly #news = make("p", "hidden");
  readonly #rows = new Map<string, Row>();
  readonly #sessions: Sessions;
  readonly #say: (text: string) => void;
  #wanted: string | null = null;
  #filled = false;

  constructor(sessions: Sessions, say: (text: string) => void) {
    this.#sessions = sessions;
    this.#say = say;
    this.#news.role = "status";
    this.node.append(this.#none, this.#list, this.#news);
  }

  /** Opens a session, as soon as it is in the list. */
  open(id: string): void {
    const row = this.#rows.get(id);
    this.#wanted = row === undefined ? id : null;
    row?.open(true);
    row?.toggle.focus();
  }

  update(sessions: ReadonlyMap<string, V1Session>): void {
    for (const [id, row] of this.#rows) {
      if (sessions.has(id)) continue;
      const next = row.node.nextElementSibling ?? row.node.previousElementSibling;
      // The keyboard's place must not be lost with what was there.
      if (row.node.contains(document.activeElement)) next?.querySelector<HTMLElement>(".go")?.focus();
      row.open(false);
      row.node.remove();
      this.#rows.delete(id);
    }
    const order = [...sessions.values()].sort((a, b) => b.created - a.created);
    for (const [index, session] of order.entries()) {
      let row = this.#rows.get(session.id);
      if (row === undefined) {
        row = new Row(this.#sessions, session, this.#say);
        this.#rows.set(session.id, row);
        this.#list.insertBefore(row.node, this.#list.children[index] ?? null);
      } else {
        // Read out only what is news: what was there when the list was opened can be read in it.
        if (this.#filled && hasEnded(session) && !hasEnded(row.session)) setText(this.#news, `${session.sessionType} has ${session.state === "cancelled" ? "been cancelled" : session.state}`);
        if (this.#filled && session.choices !== undefined && row.session.choices === undefined) setText(this.#news, `${session.sessionType} waits for a choice`);
        row.update(session);
      }
    }
    this.#filled = true;
    this.#none.hidden = sessions.size > 0;
    if (this.#wanted !== null && this.#rows.has(this.#wanted)) this.open(this.#wanted);
  }

  dispose(): void {
    for (const row of this.#rows.values()) row.open(false);
    this.#rows.clear();
  }
}
