/** One task of code generation: how it stands, what can be done about it, and, opened, its diff and what proves it. */
import type { Codegen, CodegenDetails, CodegenTask, Sessions, TaskOutcome } from "@compositord/client";
import { make, setText } from "../ui/dom.ts";
import { DiffView } from "./diff_view.ts";
import { SessionDetail } from "./session_detail.ts";
import { duration } from "./words.ts";

const WORDS = { open: "open", queued: "waits for its turn", running: "running", review: "waits for your review", applied: "applied", failed: "failed", done: "done" } as const;

export interface CodegenParts {
  readonly codegen: Codegen;
  readonly sessions: Sessions;
  readonly say: (text: string) => void;
}

interface Action {
  readonly label: string;
  readonly what: string;
  readonly act: () => Promise<TaskOutcome | Awaited<ReturnType<Sessions["cancel"]>>>;
}

export class CodegenRow {
  readonly node = make("li", "session task");
  readonly toggle = make("button", "go");
  readonly #parts: CodegenParts;
  readonly #title = make("span", "title");
  readonly #note = make("span", "note");
  readonly #buttons = make("div", "choices");
  readonly #detail = make("div", "detail");
  readonly #facts = make("p", "quiet");
  readonly #checks = make("ul", "steps");
  readonly #problem = make("p", "problem");
  readonly #diff: DiffView;
  #task: CodegenTask;
  #session: SessionDetail | null = null;
  #asked = 0;

  constructor(parts: CodegenParts, task: CodegenTask) {
    this.#parts = parts;
    this.#task = task;
    this.#diff = new DiffView(`Changes for ${task.text}`);
    const [head, texts] = [make("div", "head"), make("span", "texts")];
    texts.append(this.#title, this.#note);
    this.toggle.type = "button";
    this.toggle.append(make("span", "state"), texts);
    this.toggle.addEventListener("click", () => this.open(!this.#opened));
    head.append(this.toggle);
    this.#detail.append(this.#facts, this.#problem, this.#checks, this.#diff.node);
    this.node.append(head, this.#buttons);
    this.toggle.setAttribute("aria-expanded", "false");
    this.#fill();
  }

  get task(): CodegenTask {
    return this.#task;
  }

  get #opened(): boolean {
    return this.#detail.parentNode !== null;
  }

  update(task: CodegenTask): void {
    if (task === this.#task) return;
    this.#task = task;
    this.#fill();
    if (this.#opened) void this.#ask();
  }

  open(wanted: boolean): void {
    this.toggle.setAttribute("aria-expanded", String(wanted));
    if (wanted === this.#opened) return;
    if (wanted) {
      this.node.append(this.#detail);
      void this.#ask();
      return;
    }
    this.#detail.remove();
    this.#session?.dispose();
    this.#session = null;
  }

  #fill(): void {
    const { number, text, state, model, error, obstacle } = this.#task;
    this.node.dataset["state"] = state;
    setText(this.#title, number === "" ? text : `${number} ${text}`);
    const why = state === "failed" ? error : state === "open" ? obstacle : "";
    setText(this.#note, [WORDS[state], model, why].filter((each) => each !== "").join(" · "));
    const actions = this.#actions();
    const labels = actions.map(({ label }) => label).join();
    this.#buttons.hidden = actions.length === 0;
    if (this.#buttons.dataset["labels"] === labels) return;
    this.#buttons.dataset["labels"] = labels;
    const focused = this.#buttons.contains(document.activeElement);
    this.#buttons.replaceChildren(...actions.map((action) => this.#button(action)));
    if (focused) (this.#buttons.querySelector("button") ?? this.toggle).focus(); // its place is not lost with it
  }

  #actions(): Action[] {
    const { codegen, sessions } = this.#parts;
    const { id, state, obstacle, session } = this.#task;
    const run: Action = { label: "Run", what: "run it", act: () => codegen.run(id) };
    switch (state) {
      case "open":
      case "failed":
        return obstacle === "" ? [run] : [];
      case "queued":
      case "running":
        return session === "" ? [] : [{ label: "Cancel", what: "cancel it", act: () => sessions.cancel(session) }];
      case "review":
        return [
          { label: "Apply", what: "apply it", act: () => codegen.apply(id) },
          { label: "Discard", what: "discard it", act: () => codegen.discard(id) },
        ];
      case "applied":
        return [{ label: "Revert", what: "revert it", act: () => codegen.revert(id) }];
      case "done":
        return [];
    }
  }

  #button({ label, what, act }: Action): HTMLButtonElement {
    const button = make("button", "button", label);
    button.type = "button";
    button.setAttribute("aria-label", `${label}: ${this.#task.text}`);
    button.addEventListener("click", () => {
      if (button.ariaDisabled === "true") return;
      button.ariaDisabled = "true"; // a button that is really disabled loses the keyboard
      void act().then((outcome) => {
        button.ariaDisabled = "false";
        if (!outcome.ok) this.#parts.say(`Could not ${what}: ${outcome.failure.message}`);
      });
    });
    return button;
  }

  async #ask(): Promise<void> {
    const asked = (this.#asked += 1);
    const outcome = await this.#parts.codegen.details(this.#task.id);
    if (asked !== this.#asked || !this.#opened) return;
    const { state, error, obstacle } = this.#task;
    const why = state === "failed" ? error : state === "open" ? obstacle : "";
    setText(this.#problem, outcome.ok ? why : `Its changes cannot be had: ${outcome.failure.message}`);
    if (outcome.ok) this.#draw(outcome.details);
  }

  #draw({ task, diff, cut, checks, evidencePath, files }: CodegenDetails): void {
    const facts = [`${task.file}, line ${task.line}`, ...task.details];
    if (files.length > 0) facts.push(`changes ${files.join(", ")}`);
    if (task.branch !== "") facts.push(`on the branch ${task.branch}`);
    if (task.commit !== "") facts.push(`commit ${task.commit.slice(0, 12)}`);
    if (evidencePath !== "") facts.push(`proof in ${evidencePath}`);
    setText(this.#facts, facts.join(" · "));
    this.#checks.hidden = checks.length === 0;
    this.#checks.replaceChildren(
      ...checks.map(({ name, status, milliseconds, command }) => {
        const item = make("li", status === 0 ? "ok" : "failed");
        item.title = command.join(" ");
        item.append(make("span", "mark", status === 0 ? "✓" : "✗"), name, make("span", "hidden", status === 0 ? " passed" : " failed"), make("span", "quiet", ` ${duration(0, milliseconds)}`));
        return item;
      }),
    );
    this.#diff.node.hidden = diff === "";
    this.#diff.show(diff, cut);
    this.#followSession();
  }

  /** What its session says and does, while it is at it. */
  #followSession(): void {
    const { sessions } = this.#parts;
    const session = ["queued", "running", "failed"].includes(this.#task.state) ? sessions.snapshot.sessions.get(this.#task.session) : undefined;
    if (session === undefined) {
      this.#session?.dispose();
      this.#session = null;
      return;
    }
    if (this.#session === null) {
      this.#session = new SessionDetail(sessions, session);
      this.#detail.append(this.#session.node);
    } else this.#session.update(session);
  }
}
