/**
 * Code generation of compositord.v1, over a Connection: the tasks of OpenSpec changes, and what is decided about them.
 * What happens in the session of a task is told by Sessions.
 */
import type { Connection, ConnectionState } from "./connection.ts";
import type { CodegenChange, CodegenDetailsMessage, CodegenReportMessage, CodegenStatus, CodegenTask, CodegenUpdateMessage } from "./protocol.generated.ts";
import type { Answer, Failure, Outcome, Request } from "./requests.ts";
import type { Dispose } from "./store.ts";

/** All tasks at one moment; another object whenever something changed. */
export interface CodegenSnapshot {
  /** The server has told which there are. What is shown while there is no connection is what was known last. */
  readonly known: boolean;
  readonly status: CodegenStatus | null;
  readonly changes: readonly CodegenChange[];
  /** In the order of their files, as far as they were there when it was asked for them. */
  readonly tasks: ReadonlyMap<string, CodegenTask>;
  /** Why they are not told, such as a grant that is missing. */
  readonly failure: Failure | null;
}

type Refused = Extract<Outcome, { ok: false }>;
export type TaskOutcome = { readonly ok: true; readonly task: CodegenTask } | Refused;
export type DetailsOutcome = { readonly ok: true; readonly details: CodegenDetailsMessage } | Refused;
export type ReportOutcome = { readonly ok: true; readonly report: CodegenReportMessage } | Refused;

const nothing: CodegenSnapshot = { known: false, status: null, changes: [], tasks: new Map(), failure: null };

/** git and the disk may be slow. */
const DEADLINE = 120_000;

const strange: Refused = { ok: false, failure: { code: "deadline", member: null, message: "the server did not answer what was asked" } };

type Answered<T extends Answer["type"]> = { readonly ok: true; readonly answer: Extract<Answer, { type: T }> } | Refused;

function expect<T extends Answer["type"]>(outcome: Outcome, type: T): Answered<T> {
  if (!outcome.ok) return outcome;
  return outcome.answer?.type === type ? { ok: true, answer: outcome.answer as Extract<Answer, { type: T }> } : strange;
}

/** The tasks after the update. */
export function tasksAfter(tasks: ReadonlyMap<string, CodegenTask>, update: Pick<CodegenUpdateMessage, "tasks" | "removed">): ReadonlyMap<string, CodegenTask> {
  const after = new Map(tasks);
  for (const task of update.tasks) after.set(task.id, task);
  for (const id of update.removed) after.delete(id);
  return after;
}

export class Codegen {
  readonly #connection: Connection;
  readonly #listeners = new Set<() => void>();
  #snapshot = nothing;
  #live = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.subscribe((state) => this.#onConnection(state));
    connection.subscribeCodegen((message) => {
      if (message.type === "CodegenUpdate" && this.#snapshot.known) this.#receive(message);
    });
    this.#onConnection(connection.state);
  }

  get snapshot(): CodegenSnapshot {
    return this.#snapshot;
  }

  /** Called after every change of the snapshot, which is kept up to date as long as somebody is subscribed. */
  subscribe(listener: () => void): Dispose {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1 && this.#live) this.#follow();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0 && this.#live) void this.#ask({ type: "UnfollowCodegen" });
    };
  }

  /** Has a model work on the task; the answer names the session. */
  run(task: string): Promise<TaskOutcome> {
    return this.#decide({ type: "RunCodegen", task });
  }

  /** Of a task in review. */
  apply(task: string): Promise<TaskOutcome> {
    return this.#decide({ type: "ApplyCodegen", task });
  }

  discard(task: string): Promise<TaskOutcome> {
    return this.#decide({ type: "DiscardCodegen", task });
  }

  /** Of a task that is applied. */
  revert(task: string): Promise<TaskOutcome> {
    return this.#decide({ type: "RevertCodegen", task });
  }

  /** One task, with its diff and what proves it. */
  async details(task: string): Promise<DetailsOutcome> {
    const outcome = await this.#answered({ type: "ShowCodegen", task }, "CodegenDetails");
    return outcome.ok ? { ok: true, details: outcome.answer } : outcome;
  }

  async report(): Promise<ReportOutcome> {
    const outcome = await this.#answered({ type: "ReportCodegen" }, "CodegenReport");
    return outcome.ok ? { ok: true, report: outcome.answer } : outcome;
  }

  async #decide(request: Request): Promise<TaskOutcome> {
    const outcome = await this.#answered(request, "CodegenAnswer");
    return outcome.ok ? { ok: true, task: outcome.answer.task } : outcome;
  }

  async #answered<T extends Answer["type"]>(request: Request, type: T): Promise<Answered<T>> {
    return expect(await this.#ask(request), type);
  }

  #ask(request: Request): Promise<Outcome> {
    return this.#connection.request(request, { deadline: DEADLINE }).outcome;
  }

  #onConnection(state: ConnectionState): void {
    const live = state.kind === "open" && state.hello.grants.includes("sessions");
    if (state.kind === "open" && !live) this.#update({ known: false, failure: { code: "forbidden", member: null, message: "the grant sessions is needed" } });
    if (live === this.#live) return;
    this.#live = live;
    if (live && this.#listeners.size > 0) this.#follow();
  }

  #follow(): void {
    // Taken in its place among the updates: one that came after it would be lost on a list that is not there yet.
    this.#connection.request({ type: "FollowCodegen" }, { deadline: DEADLINE, onOutcome: (outcome) => this.#takeList(outcome) });
  }

  #takeList(outcome: Outcome): void {
    const answered = expect(outcome, "CodegenList");
    if (!answered.ok) {
      if (answered.failure.code !== "offline") this.#update({ failure: answered.failure });
      return;
    }
    const { status, changes, tasks } = answered.answer;
    this.#update({ known: true, status, changes, tasks: new Map(tasks.map((task) => [task.id, task])), failure: null });
  }

  #receive({ tasks, removed, status, changes }: CodegenUpdateMessage): void {
    this.#update({ ...(status !== undefined && { status }), ...(changes !== undefined && { changes }), tasks: tasksAfter(this.#snapshot.tasks, { tasks, removed }) });
  }

  #update(changed: Partial<CodegenSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changed };
    for (const listener of [...this.#listeners]) listener();
  }
}
