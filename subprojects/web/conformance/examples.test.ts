/** Every example of a message that a document gives is one. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { messagesIn } from "./documents.ts";
import { ROOT, clientTypes, readJson, schema, serverTypes, strictProblemOf } from "./messages.ts";

interface Media {
  readonly schema: object;
  readonly example?: unknown;
  readonly "x-events"?: Readonly<Record<string, object>>;
}
interface OpenApi {
  readonly components: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>> }>>>>;
}

describe("the schema", () => {
  test.each([...serverTypes, ...clientTypes])("has examples of %s", (type) => {
    const examples = schema.$defs?.[type]?.examples ?? [];
    expect(examples.length, `give "examples" for ${type}`).toBeGreaterThan(0);
    for (const example of examples) expect(strictProblemOf(type, example), JSON.stringify(example)).toBeNull();
  });

  test("would notice a wrong example", () => {
    expect(strictProblemOf("Ping", { type: "Ping", idd: 1 })).toContain("additional properties");
    expect(strictProblemOf("Move", { type: "Move", window: 0, x: 0, y: 0 })).toContain("Move/window");
    expect(strictProblemOf("Nonsense", {})).not.toBeNull();
  });
});

describe("texts", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md", "protocols/*.xml"], { cwd: fileURLToPath(ROOT), encoding: "utf8" }).trim().split("\n");

  test.each(files)("%s", (file) => {
    const found = messagesIn(readFileSync(new URL(file, ROOT), "utf8"));
    for (const { type, message, line } of found) expect(strictProblemOf(type, message), `${file}, line ${line}`).toBeNull();
    if (file === "README.md") expect(found.length).toBeGreaterThan(0);
  });

  test("messages are found in JSON and in programs", () => {
    const text = `a {"type":"Ping","id":"}"} and socket.send(JSON.stringify({ type: 'Move', x: -1 }));\nif (x) { type: "Else" in y }`;
    expect(messagesIn(text).map(({ type, message }) => [type, message])).toEqual([
      ["Ping", { type: "Ping", id: "}" }],
      ["Move", { type: "Move", x: -1 }],
    ]);
  });
});

describe("data/openapi.v1.json", () => {
  const document = readJson("data/openapi.v1.json") as OpenApi;
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, keywords: ["x-grant", "components"], formats: { "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/ } });
  ajv.addSchema({ ...schema, $id: "schema.json" });
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses = {} }]) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) => Object.entries(content).map(([type, media]) => ({ name: `${method} ${path} ${status} ${type}`, type, media }))),
    ),
  );

  test.each(described)("$name", ({ type, media }) => {
    const check = ajv.compile({ ...media.schema, components: document.components });
    expect(media.example, "every answer has an example").toBeDefined();
    expect(check(media.example), ajv.errorsText(check.errors)).toBe(true);
    if (type !== "text/event-stream") return;
    const events = String(media.example).split("\n\n").filter((event) => event !== "");
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      const name = /^event: (.*)$/m.exec(event)?.[1] ?? "";
      const data: unknown = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "");
      const known = media["x-events"];
      if (known === undefined) {
        expect(strictProblemOf(name, data), event).toBeNull();
        continue;
      }
      expect(Object.keys(known)).toContain(name);
      const checkEvent = ajv.compile(known[name] ?? {});
      expect(checkEvent(data), `${event}: ${ajv.errorsText(checkEvent.errors)}`).toBe(true);
    }
  });
});
