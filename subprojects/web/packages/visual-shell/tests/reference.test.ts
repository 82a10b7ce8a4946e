import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { html } from "../reference/html.ts";
import { referenceOf } from "../reference/page.ts";
import type { OpenApi } from "../reference/page.ts";
import { limitsOf, membersOf, typeOf } from "../reference/schema.ts";
import type { Schema } from "../reference/schema.ts";

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../../../../data/${path}`, import.meta.url), "utf8"));
const schema = read("schema/compositord.v1.json") as Schema;
const openApi = read("openapi.v1.json") as OpenApi;
const page = referenceOf(schema, openApi);
const escaped = (text: string): string => html`${text}`.text;

describe("the reference", () => {
  test.each(Object.entries(schema.$defs ?? {}).filter(([name]) => !name.endsWith("Message")))("tells of %s and all its members", (name, definition) => {
    const article = page.split("<article>").find((each) => each.includes(`<h3 id="${name}">`)) ?? "";
    expect(article).toContain(escaped(definition.description ?? ""));
    for (const member of membersOf(definition)) {
      expect(article).toContain(`<code>${member.name}</code>`);
      expect(article).toContain(escaped(member.schema.description ?? ""));
    }
    if (definition["x-grant"] !== undefined) expect(article).toContain(`grant <code>${definition["x-grant"]}</code>`);
    expect(article.split("<pre").length - 1).toBe(definition.examples?.length ?? 0);
  });

  test.each(Object.entries(openApi.paths))("tells of %s", (path, methods) => {
    for (const [method, operation] of Object.entries(methods)) {
      expect(page).toContain(`>${method.toUpperCase()} ${path}</a></h3>`);
      expect(page).toContain(escaped(operation.summary));
    }
  });

  test("its links lead somewhere", () => {
    const anchors = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    expect(anchors.size).toBe([...page.matchAll(/ id="/g)].length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(anchors).toContain(target);
  });

  test("has nothing that a strict Content-Security-Policy refuses", () => {
    expect(page).not.toMatch(/<script|<style|<[^>]* (?:style|on\w+)=|(?:href|src)="https?:/i);
  });
});

describe("a schema in words", () => {
  test.each([
    [{ minimum: 0, maximum: 60000 }, "0 to 60,000"],
    [{ minimum: 1 }, "1 or more"],
    [{ exclusiveMinimum: 0, maximum: 4294 }, "above 0, 4,294 at most"],
    [{ minLength: 1, maxLength: 256 }, "1 to 256 characters"],
    [{ maxItems: 64 }, "64 items at most"],
    [{}, ""],
  ])("%j: %s", (given, words) => expect(limitsOf(given)).toBe(words));

  test("types are nested, and what comes from a text is escaped", () => {
    expect(typeOf({ oneOf: [{ type: "null" }, { type: "array", items: { $ref: "#/$defs/Camera" } }] }).text).toBe('null or list of <a href="#Camera">Camera</a>');
    expect(typeOf({ enum: ["<b>"] }).text).toBe("<code>&#34;&#60;b&#62;&#34;</code>");
    expect(membersOf({ properties: { a: { type: "array", items: { properties: { b: {} } } } } }).map(({ name }) => name)).toEqual(["a", "a[].b"]);
  });
});
