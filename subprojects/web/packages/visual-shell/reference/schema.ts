/** JSON Schema, as far as ours uses it, told in words. */
import { html, joined } from "./html.ts";
import type { Html } from "./html.ts";

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly examples?: readonly unknown[];
  readonly "x-grant"?: string;
}

export interface Member {
  /** With the members it is inside of, such as target.x. */
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

const nameOf = (ref: string): string => ref.split("/").at(-1) ?? ref;

function range(low: string | null, high: string | null, unit: string): string {
  if (low !== null && high !== null) return `${low} to ${high}${unit}`;
  if (low !== null) return `${low}${unit} or more`;
  return high !== null ? `${high}${unit} at most` : "";
}

function spelled(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 20 });
}

/** What values are allowed beyond the type, in words; empty for all of them. */
export function limitsOf(schema: Schema): string {
  const number = (value: number | undefined): string | null => (value === undefined ? null : spelled(value));
  const limits = [
    schema.exclusiveMinimum === undefined ? range(number(schema.minimum), number(schema.maximum), "") : `above ${spelled(schema.exclusiveMinimum)}${schema.maximum === undefined ? "" : `, ${spelled(schema.maximum)} at most`}`,
    range(number(schema.minLength), number(schema.maxLength), " characters"),
    range(number(schema.minItems), number(schema.maxItems), " items"),
  ];
  return limits.filter((text) => text !== "").join("; ");
}

/** The type as HTML; names of definitions are links. */
export function typeOf(schema: Schema): Html {
  if (schema.$ref !== undefined) return html`<a href="#${nameOf(schema.$ref)}">${nameOf(schema.$ref)}</a>`;
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined) return joined(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`), " or ");
  if (schema.oneOf !== undefined) return joined(schema.oneOf.map(typeOf), " or ");
  if (schema.items !== undefined) return html`list of ${typeOf(schema.items)}`;
  if (schema.type === undefined) return html`any value`;
  return html`${[schema.type].flat().join(" or ")}`;
}

/** The objects that a value may be or hold, where the schema spells them out in place. */
function objectsIn(schema: Schema, suffix = ""): { schema: Schema; suffix: string }[] {
  if (schema.properties !== undefined) return [{ schema, suffix }];
  if (schema.items !== undefined) return objectsIn(schema.items, `${suffix}[]`);
  return (schema.oneOf ?? []).flatMap((option) => objectsIn(option, suffix));
}

/** The members of an object, and of the objects inside of it that have no name of their own. */
export function membersOf(schema: Schema, prefix = ""): Member[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => [
    { name: prefix + name, required: schema.required?.includes(name) ?? false, schema: member },
    ...objectsIn(member).flatMap((inner) => membersOf(inner.schema, `${prefix}${name}${inner.suffix}.`)),
  ]);
}

/** Of which members at least one must be there; null if there is no such rule. */
export function alternativesOf(schema: Schema): readonly string[] | null {
  const names = (schema.anyOf ?? []).flatMap(({ required = [] }) => required);
  return names.length > 0 ? names : null;
}
