/** Code generation: OpenSpec changes with their tasks. The tasks of a change are drawn when it is opened. */
import type { CodegenChange, CodegenTask, Dispose } from "@compositord/client";
import { make, setText } from "../ui/dom.ts";
import { CodegenRow } from "./codegen_task.ts";
import type { CodegenParts } from "./codegen_task.ts";

const POLICIES = { manual: "Tasks are run and applied when somebody says so.", review: "Tasks are run by themselves; what comes of them waits for a review.", auto: "Tasks are run and applied by themselves." } as const;
const ALIVE: readonly CodegenTask["state"][] = ["queued", "running", "review", "failed"];

class ChangeView {
  readonly node = make("details", "change");
  readonly #parts: CodegenParts;
  readonly #summary = make("summary");
  readonly #problem = make("p", "problem");
  readonly #list = make("ul");
  readonly #rows = new Map<string, CodegenRow>();
  #tasks: readonly CodegenTask[] = [];

  constructor(parts: CodegenParts) {
    this.#parts = parts;
    this.node.append(this.#summary, this.#problem, this.#list);
    this.node.addEventListener("toggle", () => this.#draw());
  }

  update({ name, root, done, tasks: count, problem }: CodegenChange, tasks: readonly CodegenTask[]): void {
    const waiting = tasks.filter(({ state }) => state === "review").length;
    setText(this.#summary, `${root}/${name}: ${done} of ${count} done${waiting > 0 ? `, ${waiting} to review` : ""}`);
    setText(this.#problem, problem);
    // What begins to live shows itself, once; who closes it does not want to see it.
    if (tasks.some(({ id, state }) => ALIVE.includes(state) && !this.#tasks.some((old) => old.id === id && ALIVE.includes(old.state)))) this.node.open = true;
    this.#tasks = tasks;
    this.#draw();
  }

  row(id: string): CodegenRow | undefined {
    if (!this.#tasks.some((task) => task.id === id)) return undefined;
    this.node.open = true;
    this.#draw();
    return this.#rows.get(id);
  }

  dispose(): void {
    for (const row of this.#rows.values()) row.open(false);
    this.node.remove();
  }

  #draw(): void {
    if (!this.node.open) return;
    const wanted = new Set(this.#tasks.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.open(false);
      row.node.remove();
      this.#rows.delete(id);
    }
    this.#tasks.forEach((task, index) => {
      const known = this.#rows.get(task.id);
      known?.update(task);
      const row = known ?? new CodegenRow(this.#parts, task);
      this.#rows.set(task.id, row);
      if (this.#list.children[index] !== row.node) this.#list.insertBefore(row.node, this.#list.children[index] ?? null);
    });
  }
}

export class CodegenPanel {
  readonly node = make("section", "codegen");
  readonly #parts: CodegenParts;
  readonly #quiet = make("p", "quiet");
  readonly #problems = make("p", "problem");
  readonly #place = make("div");
  readonly #news = make("p", "hidden");
  readonly #changes = new Map<string, ChangeView>();
  readonly #dispose: Dispose;
  #before: ReadonlyMap<string, CodegenTask> | null = null;
  #wanted: string | null = null;
  #requested = false;

  constructor(parts: CodegenParts) {
    this.#parts = parts;
    this.#news.role = "status";
    this.node.append(make("h3", "", "Code generation"), this.#quiet, this.#problems, this.#place, this.#news);
    this.#dispose = parts.codegen.subscribe(() => this.#redraw());
    this.#draw();
  }

  dispose(): void {
    this.#dispose();
    for (const change of this.#changes.values()) change.dispose();
  }

  /** Opens a task, as soon as it is known. */
  open(id: string): void {
    this.#wanted = id;
    this.#draw();
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
    const { known, status, changes, tasks, failure } = this.#parts.codegen.snapshot;
    this.node.hidden = failure?.code === "unsupported";
    this.#place.hidden = !known;
    if (!known || status === null) {
      setText(this.#quiet, failure?.code === "forbidden" ? "That is for those who have the grant sessions." : failure === null ? "Asking for the tasks…" : `The tasks cannot be had: ${failure.message}.`);
      return;
    }
    const cools = status.coolsDownUntil === null ? "" : ` After ${status.failuresInRow} failures in a row the next one begins at ${new Date(status.coolsDownUntil).toLocaleTimeString()}.`;
    setText(this.#quiet, status.enabled ? `${POLICIES[status.policy]}${cools}` : "No repository is set; --codegen names one.");
    setText(this.#problems, status.problems.join(" "));
    const key = (each: { root: string }, name: string): string => `${each.root}/${name}`;
    const byChange = new Map<string, CodegenTask[]>();
    for (const task of tasks.values()) {
      const name = key(task, task.change);
      const others = byChange.get(name);
      if (others === undefined) byChange.set(name, [task]);
      else others.push(task);
    }
    const there = new Set(changes.map((change) => key(change, change.name)));
    for (const [name, view] of this.#changes) {
      if (there.has(name)) continue;
      view.dispose();
      this.#changes.delete(name);
    }
    for (const change of changes) {
      const name = key(change, change.name);
      let view = this.#changes.get(name);
      if (view === undefined) {
        view = new ChangeView(this.#parts);
        this.#changes.set(name, view);
        this.#place.append(view.node);
      }
      view.update(change, byChange.get(name) ?? []);
    }
    this.#tellNews(tasks);
    this.#openWanted();
  }

  /** Read out what has come to an end; what was there when it was opened can be read. */
  #tellNews(tasks: ReadonlyMap<string, CodegenTask>): void {
    for (const task of this.#before === null ? [] : tasks.values()) {
      const before = this.#before?.get(task.id)?.state;
      if (task.state === before) continue;
      if (task.state === "review") setText(this.#news, `${task.text} waits for your review`);
      else if (task.state === "failed" || task.state === "applied") setText(this.#news, `${task.text}: ${task.state}`);
    }
    this.#before = tasks;
  }

  #openWanted(): void {
    if (this.#wanted === null) return;
    for (const change of this.#changes.values()) {
      const row = change.row(this.#wanted);
      if (row === undefined) continue;
      this.#wanted = null;
      row.open(true);
      row.toggle.focus();
      row.node.scrollIntoView({ block: "start" });
      return;
    }
  }
}
