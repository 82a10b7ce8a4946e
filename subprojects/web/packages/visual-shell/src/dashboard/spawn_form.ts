/** Begins a session: the types that the server has, each with the parameters that it asks for. */
import type { Failure, Sessions, SessionType } from "@compositord/client";
import { make, setText } from "../ui/dom.ts";

const PRIORITIES = ["normal", "low", "high", "critical"] as const;

function labelled(text: string, input: HTMLElement, hint = ""): HTMLLabelElement {
  const label = make("label");
  label.append(make("span", "", text), input);
  if (hint !== "") label.append(make("span", "quiet", hint));
  return label;
}

export class SpawnForm {
  readonly node = make("form", "spawn");
  readonly #sessions: Sessions;
  readonly #started: (id: string) => void;
  readonly #type = make("select");
  readonly #priority = make("select");
  readonly #task = make("textarea");
  readonly #parameters = make("div", "parameters");
  readonly #description = make("p", "quiet");
  readonly #none = make("p", "quiet");
  readonly #fields = make("fieldset");
  readonly #problem = make("p", "problem");
  readonly #submit = make("button", "button", "Start");
  #types: readonly SessionType[] = [];
  #inputs: readonly { readonly name: string; readonly input: HTMLInputElement }[] = [];

  /** `started` is told which session it became. */
  constructor(sessions: Sessions, started: (id: string) => void) {
    this.#sessions = sessions;
    this.#started = started;
    this.#priority.append(...PRIORITIES.map((each) => new Option(each, each)));
    this.#task.rows = 2;
    this.#task.maxLength = 65_536;
    this.#submit.type = "submit";
    this.#problem.role = "alert";
    this.#none.append("The server has no types of sessions: a file in ", make("code", "", "compositord/pipelines"), " describes one.");
    this.#fields.append(labelled("Type", this.#type), this.#description, labelled("Task", this.#task, "what is to be done, in words"), this.#parameters, labelled("Priority", this.#priority), this.#submit, this.#problem);
    this.#fields.setAttribute("aria-label", "A new session");
    this.node.append(this.#none, this.#fields);
    this.#type.addEventListener("change", () => this.#showType());
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#spawn();
    });
  }

  /** What has been filled in stays as long as the types do. */
  update(types: readonly SessionType[]): void {
    this.#none.hidden = types.length > 0;
    this.#fields.hidden = types.length === 0;
    if (JSON.stringify(types) === JSON.stringify(this.#types)) return;
    const chosen = this.#type.value;
    this.#types = types;
    this.#type.replaceChildren(...types.map(({ name }) => new Option(name, name)));
    if (types.some(({ name }) => name === chosen)) this.#type.value = chosen;
    this.#showType();
  }

  #showType(): void {
    const type = this.#types.find(({ name }) => name === this.#type.value);
    setText(this.#description, type?.description ?? "");
    this.#inputs = (type?.parameters ?? []).map(({ name, default: usual }) => {
      const input = make("input");
      input.required = usual === null;
      input.value = usual ?? "";
      input.autocomplete = "off";
      return { name, input };
    });
    this.#parameters.replaceChildren(...this.#inputs.map(({ name, input }, index) => labelled(name, input, type?.parameters[index]?.description)));
    setText(this.#problem, "");
  }

  async #spawn(): Promise<void> {
    this.#submit.disabled = true;
    const outcome = await this.#sessions.spawn({
      sessionType: this.#type.value,
      parameters: Object.fromEntries(this.#inputs.map(({ name, input }) => [name, input.value])),
      priority: PRIORITIES.find((each) => each === this.#priority.value) ?? "normal",
      ...(this.#task.value !== "" && { task: this.#task.value }),
    });
    this.#submit.disabled = false;
    setText(this.#problem, outcome.ok ? "" : this.#words(outcome.failure));
    if (!outcome.ok) return;
    this.#task.value = "";
    this.#started(outcome.session.id);
  }

  #words({ member, message }: Failure): string {
    return member === null || member === "" ? `Could not start it: ${message}` : `Could not start it: ${member} ${message}`;
  }
}
