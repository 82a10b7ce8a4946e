/** The schema of all messages, ready to check one: open, as clients must read it, and closed, as the server must keep it. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

export const ROOT = new URL("../../../", import.meta.url);

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly oneOf?: readonly Schema[];
  readonly examples?: readonly unknown[];
  readonly [keyword: string]: unknown;
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, ROOT), "utf8"));
}

export const schema = readJson("data/schema/compositord.v1.json") as Schema;

function namesIn(union: string): string[] {
  return (schema.$defs?.[union]?.oneOf ?? []).map((each) => each.$ref?.replace("#/$defs/", "") ?? "");
}
export const serverTypes = namesIn("ServerMessage");
export const clientTypes = namesIn("ClientMessage");

/** The same schema without room for members that it does not name, where it says what members there are. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== "object" || part === null) return part;
  const inside = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, name === "examples" ? value : closed(value)]));
  const isObject = "properties" in inside && inside["type"] === "object";
  return isObject ? { ...inside, additionalProperties: false } : inside;
}

function validators(document: Schema): (type: string, message: unknown) => string | null {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, keywords: ["x-grant"] });
  ajv.addSchema(document, "messages");
  return (type, message) => {
    const check = ajv.getSchema(`messages#/$defs/${type}`);
    if (check === undefined) return `the schema has no ${type}`;
    return check(message) === true ? null : ajv.errorsText(check.errors, { dataVar: type });
  };
}

/** What is wrong with a message, in words; null for nothing. Members that the schema does not name are ignored. */
export const problemOf = validators(schema);

/** The same, but a member that the schema does not name is wrong. */
export const strictProblemOf = validators(closed(schema) as Schema);
