/** What one session says and does: its steps, tools, output and result; followed as long as it is shown. */
import { emptyLog, logAfter } from "@compositord/client";
import type { Dispose, LoggedCall, SessionLog, Sessions, V1Session } from "@compositord/client";
import { make, setText } from "../ui/dom.ts";
import { TextView } from "./text_view.ts";
import { duration } from "./words.ts";

const STATE = { running: "…", ok: "✓", failed: "✗" } as const;
const SAID = { running: "is running", ok: "is done", failed: "failed" } as const;

/** JSON as people read it; what is none stays as it is. */
function readable(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "string" ? value : JSON.stringify(value, null, 1);
  } catch {
    return json;
  }
}

/** A heading and what is below it, both absent as long as there is nothing. */
class Part {
  readonly node = make("div", "part");
  readonly view: TextView;

  constructor(title: string) {
    this.view = new TextView(title);
    this.node.append(make("h4", "", title), this.view.node);
  }

  show(text: string): void {
    this.node.hidden = text === "";
    this.view.show(text);
  }
}

class CallList {
  readonly node = make("div", "part");
  readonly #list = make("ul", "calls");
  readonly #shown: LoggedCall[] = [];

  constructor() {
    this.node.append(make("h4", "", "Tools"), this.#list);
  }

  show(calls: readonly LoggedCall[]): void {
    this.node.hidden = calls.length === 0;
    calls.forEach((call, index) => {
      if (this.#shown[index] === call) return;
      this.#shown[index] = call;
      const row = this.#row(call, index);
      const old = this.#list.children[index];
      if (old === undefined) this.#list.append(row);
      else {
        // What somebody has opened stays open.
        if (old.querySelector("details")?.open === true) row.querySelector("details")?.setAttribute("open", "");
        old.replaceWith(row);
      }
    });
    while (this.#list.children.length > calls.length) this.#list.lastChild?.remove();
    this.#shown.length = calls.length;
  }

  #row({ tool, state, input, result }: LoggedCall, index: number): HTMLLIElement {
    const [row, details, summary] = [make("li", state), make("details"), make("summary")];
    summary.append(make("span", "mark", STATE[state]), tool, make("span", "hidden", ` ${SAID[state]}`));
    const given = new TextView(`What ${tool} was given, call ${index + 1}`);
    given.show(readable(input));
    details.append(summary, given.node);
    if (result !== "") {
      const answer = new TextView(`What ${tool} answered, call ${index + 1}`);
      answer.show(readable(result));
      details.append(answer.node);
    }
    row.append(details);
    return row;
  }
}

export class SessionDetail {
  readonly node = make("div", "detail");
  readonly #facts = make("p", "quiet");
  readonly #missed = make("p", "quiet");
  readonly #steps = make("ol", "steps");
  readonly #calls = new CallList();
  readonly #parts = { result: new Part("Result"), error: new Part("Error"), text: new Part("Output"), thinking: new Part("Thinking"), diagnostic: new Part("Diagnostics") };
  readonly #dispose: Dispose;
  #session: V1Session;
  #log: SessionLog = emptyLog;
  #drawn: SessionLog | null = null;
  #requested = false;

  constructor(sessions: Sessions, session: V1Session) {
    this.#session = session;
    const { result, error, text, thinking, diagnostic } = this.#parts;
    this.node.append(this.#facts, this.#missed, this.#steps, error.node, result.node, this.#calls.node, text.node, thinking.node, diagnostic.node);
    this.#dispose = sessions.follow(session.id, {
      onEvent: (event) => {
        this.#log = logAfter(this.#log, event);
        this.#redraw();
      },
    });
    this.update(session);
  }

  dispose(): void {
    this.#dispose();
    this.node.remove();
  }

  update(session: V1Session): void {
    this.#session = session;
    this.#drawn = null;
    this.#redraw();
  }

  #redraw(): void {
    if (this.#requested) return;
    this.#requested = true;
    requestAnimationFrame(() => {
      this.#requested = false;
      this.#draw();
    });
  }

  #draw(): void {
    const [session, log] = [this.#session, this.#log];
    const facts = [`for ${session.owner}`, `priority ${session.priority}`, `began ${new Date(session.created).toLocaleTimeString()}`];
    if (session.started !== null && session.ended !== null) facts.push(`took ${duration(session.started, session.ended)}`);
    if (session.tokens > 0) facts.push(`${session.tokens} tokens`);
    setText(this.#facts, facts.join(" · "));
    setText(this.#missed, log.missed > 0 ? `${log.missed} earlier events are no longer kept.` : "");
    this.#missed.hidden = log.missed === 0;
    if (log.steps !== this.#drawn?.steps) {
      this.#steps.hidden = log.steps.length === 0;
      this.#steps.replaceChildren(
        ...log.steps.map(({ step, state, error }) => {
          const item = make("li", state);
          item.append(make("span", "mark", STATE[state]), step, make("span", "hidden", ` ${SAID[state]}`));
          if (error !== "") item.append(make("span", "quiet", ` ${error}`));
          return item;
        }),
      );
    }
    if (log.calls !== this.#drawn?.calls) this.#calls.show(log.calls);
    this.#parts.text.show(log.text);
    this.#parts.thinking.show(log.thinking);
    this.#parts.diagnostic.show(log.diagnostic);
    // Mostly the last line of what was printed, which is there already.
    this.#parts.result.show(log.text.trimEnd().endsWith(session.result) ? "" : session.result);
    this.#parts.error.show(session.error);
    this.#drawn = log;
  }
}
