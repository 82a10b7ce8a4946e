/** The reference page: all messages and routes, made from data/schema and data/openapi. */
import { html, joined } from "./html.ts";
import type { Html } from "./html.ts";
import { alternativesOf, limitsOf, membersOf, typeOf } from "./schema.ts";
import type { Schema } from "./schema.ts";

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  /** Of a stream: what each kind of event has as its data. */
  readonly "x-events"?: Readonly<Record<string, Schema>>;
}
interface Response {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Readonly<Record<string, Media>>;
}
interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly description?: string; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
  readonly "x-grant"?: string;
}
export interface OpenApi {
  readonly info: { readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly responses?: Readonly<Record<string, Response>>; readonly schemas?: Readonly<Record<string, Schema>> };
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}
interface Group {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly sections: readonly Section[];
}

function memberTable(schema: Schema): Html {
  const members = membersOf(schema);
  if (members.length === 0) return html``;
  const rows = members.map((member) => {
    const limits = limitsOf(member.schema);
    return html`<tr><th scope="row"><code>${member.name}</code>${member.required ? "" : html` <span class="quiet">optional</span>`}</th>
<td>${typeOf(member.schema)}${limits === "" ? "" : html`<span class="limits">${limits}</span>`}</td><td>${member.schema.description ?? ""}</td></tr>`;
  });
  return html`<div class="wide"><table><thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function example(value: unknown): Html {
  return html`<pre tabindex="0"><code>${typeof value === "string" ? value.trimEnd() : spaced(value)}</code></pre>`;
}

/** JSON for people: short lists and objects on one line. */
function spaced(value: unknown, indent = ""): string {
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");
  if (flat.length + indent.length <= 96 || typeof value !== "object" || value === null) return flat;
  const inner = `${indent}  `;
  const [open, close, parts] = Array.isArray(value)
    ? ["[", "]", value.map((each) => spaced(each, inner))]
    : ["{", "}", Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${spaced(each, inner)}`)];
  return `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close}`;
}

function definition(id: string, schema: Schema): Section {
  const grant = schema["x-grant"];
  const alternatives = alternativesOf(schema);
  const whole = schema.properties === undefined ? [typeOf(schema), limitsOf(schema)] : [];
  const body = html`${schema.description === undefined ? "" : html`<p>${schema.description}</p>`}
${grant === undefined ? "" : html`<p class="grant">Needs the grant <code>${grant}</code>.</p>`}
${whole.length === 0 ? "" : html`<p>${whole[0] ?? ""}${whole[1] === "" ? "" : html`<span class="limits">${whole[1] ?? ""}</span>`}</p>`}
${memberTable(schema)}
${alternatives === null ? "" : html`<p>At least one of ${joined(alternatives.map((name) => html`<code>${name}</code>`), ", ")} is there.</p>`}
${(schema.examples ?? []).map(example)}`;
  return { id, title: id, body };
}

function response(status: string, given: Response, document: OpenApi): Html {
  const found = given.$ref === undefined ? given : document.components?.responses?.[given.$ref.split("/").at(-1) ?? ""];
  const media = Object.entries(found?.content ?? {});
  const types = media.map(([type]) => html`<code>${type}</code>`);
  return html`<h4>${status}${types.length === 0 ? "" : html` ${joined(types, ", ")}`}</h4><p>${found?.description ?? ""}</p>
${media.map(([, { schema, example: given, "x-events": events = {} }]) => {
    const kinds = Object.entries(events).map(([name, data]) => html`<h5>event: <code>${name}</code></h5><p>${data.description ?? ""}</p>${memberTable(data)}`);
    return html`${memberTable(schema)}${kinds}${given === undefined ? "" : example(given)}`;
  })}`;
}

function operation(path: string, method: string, each: Operation, document: OpenApi): Section {
  const title = `${method.toUpperCase()} ${path}`;
  const parameters = (each.parameters ?? []).map(
    (parameter) => html`<tr><th scope="row"><code>${parameter.name}</code>${parameter.required === true ? "" : html` <span class="quiet">optional</span>`}</th>
<td>${parameter.in}</td><td>${parameter.description ?? ""}</td></tr>`,
  );
  const body = html`<p>${each.summary}.${each.description === undefined ? "" : ` ${each.description}`}</p>
${each["x-grant"] === undefined ? "" : html`<p class="grant">Needs the grant <code>${each["x-grant"]}</code>.</p>`}
${parameters.length === 0 ? "" : html`<div class="wide"><table><thead><tr><th scope="col">Parameter</th><th scope="col">In</th><th scope="col">Meaning</th></tr></thead><tbody>${parameters}</tbody></table></div>`}
${Object.values(each.requestBody?.content ?? {}).map(({ schema, example: given }) => html`<h4>Request</h4>${memberTable(schema)}${given === undefined ? "" : example(given)}`)}
${Object.entries(each.responses).map(([status, given]) => response(status, given, document))}`;
  return { id: title.replaceAll(/[^\w/.-]+/g, "-"), title, body };
}

export function groupsOf(schema: Schema, document: OpenApi): readonly Group[] {
  const definitions = schema.$defs ?? {};
  const namesIn = (union: string): string[] => (definitions[union]?.oneOf ?? []).map(({ $ref = "" }) => $ref.split("/").at(-1) ?? "");
  const [fromServer, fromClient] = [namesIn("ServerMessage"), namesIn("ClientMessage")];
  const parts = Object.keys(definitions).filter((name) => ![...fromServer, ...fromClient, "ServerMessage", "ClientMessage"].includes(name));
  const sections = (names: readonly string[]): Section[] => names.map((name) => definition(name, definitions[name] ?? {}));
  return [
    { id: "messages", title: "Messages of the server", about: schema.description ?? "", sections: sections(fromServer) },
    { id: "requests", title: "Messages of clients", about: "A request with an id is answered by Ack or Error with the same id.", sections: sections(fromClient) },
    { id: "parts", title: "Parts of messages", about: "What several messages are made of.", sections: sections(parts) },
    { id: "bodies", title: "Parts of answers over HTTP", about: "What several routes take or answer.", sections: Object.entries(document.components?.schemas ?? {}).map(([name, each]) => definition(name, each)) },
    {
      id: "http",
      title: "HTTP",
      about: document.info.description ?? "",
      sections: Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, each]) => operation(path, method, each, document))),
    },
  ];
}

/** What fills the body of reference.html. */
export function referenceOf(schema: Schema, document: OpenApi): string {
  const groups = groupsOf(schema, document);
  const contents = groups.map(
    (group) => html`<li><a href="#${group.id}">${group.title}</a><ul>${group.sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></li>`,
  );
  const articles = groups.map(
    (group) => html`<section aria-labelledby="${group.id}"><h2 id="${group.id}">${group.title}</h2><p>${group.about}</p>
${group.sections.map(({ id, title, body }) => html`<article><h3 id="${id}"><a href="#${id}">${title}</a></h3>${body}</article>`)}</section>`,
  );
  return html`<nav aria-label="Contents"><ul>${contents}</ul></nav><main>${articles}</main>`.text;
}
