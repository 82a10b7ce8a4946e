/**
 * Makes src/protocol.generated.ts from data/schema/compositord.v1.json: for every definition a type with the schema's
 * words as its documentation, and a decoder with the schema's bounds. What it does not understand it refuses, so that
 * nothing of the schema is lost silently. A test compares the result with the file; `npm run generate` writes it.
 */

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly description?: string;
  readonly const?: string | boolean;
  readonly enum?: readonly string[];
  readonly type?: string | readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly uniqueItems?: boolean;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

const UNIONS = ["ServerMessage", "ClientMessage"] as const;

const KNOWN = new Set([
  ...["$ref", "description", "const", "enum", "type", "required", "properties", "additionalProperties", "propertyNames", "items", "uniqueItems"],
  ...["examples", "oneOf", "anyOf", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "maxProperties"],
]);

const refName = (ref: string): string => ref.replace("#/$defs/", "");
const camel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const isNull = (schema: Schema): boolean => schema.type === "null";

function comment(words: string | undefined, indent: string): string {
  if (words === undefined) return "";
  const lines: string[] = [];
  let line = "";
  for (const word of words.replaceAll("*/", "* /").split(" ")) {
    if (line !== "" && line.length + word.length > 110 - indent.length) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  lines.push(line);
  if (lines.length === 1) return `${indent}/** ${line} */\n`;
  return `${indent}/**\n${lines.map((each) => `${indent} * ${each}\n`).join("")}${indent} */\n`;
}

/** `name(a, b)` without the trailing ones of its arguments that say nothing. */
function call(name: string, ...args: readonly (number | string | undefined)[]): string {
  const last = args.findLastIndex((each) => each !== undefined);
  return `${name}(${args.slice(0, last + 1).map(String).join(", ")})`;
}

function bounds({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Schema): string | undefined {
  const given = Object.entries({ from: minimum, above: exclusiveMinimum, to: maximum, below: exclusiveMaximum }).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : `{ ${given.map(([name, value]) => `${name}: ${String(value)}`).join(", ")} }`;
}

class Generator {
  readonly #defs: Readonly<Record<string, Schema>>;
  readonly #messages: ReadonlySet<string>;

  constructor(schema: Schema) {
    this.#defs = schema.$defs ?? {};
    this.#messages = new Set(UNIONS.flatMap((union) => this.members(union)));
  }

  members(union: string): string[] {
    return (this.#definition(union).oneOf ?? []).map((each) => refName(each.$ref ?? ""));
  }

  /** The names of all definitions, each after those that it needs. */
  inOrder(): string[] {
    const done = new Set<string>();
    const visit = (name: string, within: readonly string[]): void => {
      if (done.has(name)) return;
      if (within.includes(name)) throw new Error(`${name} contains itself`);
      for (const ref of JSON.stringify(this.#definition(name)).matchAll(/"\$ref":"#\/\$defs\/(\w+)"/g)) visit(ref[1] ?? "", [...within, name]);
      done.add(name);
    };
    for (const name of Object.keys(this.#defs)) if (!(UNIONS as readonly string[]).includes(name)) visit(name, []);
    return [...done];
  }

  /** Types of messages have a suffix: some, such as Error, would hide what everybody knows by that name. */
  typeName(name: string): string {
    return this.#messages.has(name) ? `${name}Message` : name;
  }

  define(name: string): string {
    const schema = this.#definition(name);
    const type = this.typeName(name);
    const isInterface = schema.properties !== undefined;
    const declaration = isInterface ? `export interface ${type} ${this.#type(schema, "", name)}` : `export type ${type} = ${this.#type(schema, "", name)};`;
    return `${comment(schema.description, "")}${declaration}\nexport const ${camel(name)}: Decoder<${type}> = ${this.#decoder(schema, "", name)};\n`;
  }

  #definition(name: string): Schema {
    const found = this.#defs[name];
    if (found === undefined) throw new Error(`the schema has no ${name}`);
    return found;
  }

  #type(schema: Schema, indent: string, at: string): string {
    for (const keyword of Object.keys(schema)) if (!KNOWN.has(keyword) && !keyword.startsWith("x-")) throw new Error(`${at}: the keyword ${keyword} is not understood`);
    if (schema.$ref !== undefined) return this.typeName(refName(schema.$ref));
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum !== undefined) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
    if (schema.oneOf !== undefined) {
      const rest = schema.oneOf.filter((each) => !isNull(each)).map((each) => this.#type(each, indent, at));
      return [...rest, ...(rest.length < schema.oneOf.length ? ["null"] : [])].join(" | ");
    }
    if (typeof schema.type === "object") return schema.type.map((type) => this.#type({ ...schema, type }, indent, at)).join(" | ");
    switch (schema.type) {
      case "null":
      case "string":
      case "boolean":
      case "number":
        return schema.type;
      case "integer":
        return "number";
      case "array": {
        const items = this.#type(schema.items ?? {}, indent, `${at}[]`);
        return `readonly ${items.includes("|") || items.includes("{") ? `(${items})` : items}[]`;
      }
      case "object": {
        if (schema.properties === undefined && schema.additionalProperties !== undefined) {
          return `Readonly<Record<string, ${this.#type(schema.additionalProperties, indent, `${at}{}`)}>>`;
        }
        const inner = `${indent}  `;
        const members = Object.entries(schema.properties ?? {}).map(([name, member]) => {
          const optional = schema.required?.includes(name) === true ? "" : "?";
          return `${comment(member.description, inner)}${inner}readonly ${key(name)}${optional}: ${this.#type(member, inner, `${at}.${name}`)};\n`;
        });
        return `{\n${members.join("")}${indent}}`;
      }
      default:
        throw new Error(`${at}: the type ${String(schema.type)} is not understood`);
    }
  }

  #decoder(schema: Schema, indent: string, at: string): string {
    if (schema.$ref !== undefined) return camel(refName(schema.$ref));
    if (schema.const === true || schema.const === false) return call("exactly", String(schema.const));
    if (schema.const !== undefined) return call("choice", JSON.stringify(schema.const));
    if (schema.enum !== undefined) return call("choice", ...schema.enum.map((each) => JSON.stringify(each)));
    const choices = schema.oneOf ?? (typeof schema.type === "object" ? schema.type.map((type) => ({ ...schema, type })) : undefined);
    if (choices !== undefined) {
      const rest = choices.filter((each) => !isNull(each)).map((each) => this.#decoder(each, indent, at));
      const one = rest.length === 1 ? (rest[0] ?? "") : call("union", ...rest);
      return rest.length < choices.length ? call("nullable", one) : one;
    }
    switch (schema.type) {
      case "string":
        return call("text", schema.minLength, schema.maxLength, schema.pattern === undefined ? undefined : `/${schema.pattern.replaceAll("/", "\\/")}/u`);
      case "boolean":
        return "flag";
      case "integer":
        return call("integer", schema.minimum, schema.maximum);
      case "number":
        return call("number", bounds(schema));
      case "array":
        return call("list", this.#decoder(schema.items ?? {}, indent, `${at}[]`), schema.maxItems);
      case "object":
        return this.#record(schema, indent, at);
      default:
        throw new Error(`${at}: the type ${String(schema.type)} is not understood`);
    }
  }

  #record(schema: Schema, indent: string, at: string): string {
    if (schema.properties === undefined && schema.additionalProperties !== undefined) {
      const names = schema.propertyNames === undefined ? "text()" : this.#decoder(schema.propertyNames, indent, `${at}{}`);
      return call("dictionary", names, this.#decoder(schema.additionalProperties, indent, `${at}{}`), schema.maxProperties);
    }
    const inner = `${indent}  `;
    const group = (required: boolean): string => {
      const names = Object.entries(schema.properties ?? {}).filter(([name]) => (schema.required?.includes(name) === true) === required);
      if (names.length === 0) return "{}";
      return `{\n${names.map(([name, member]) => `${inner}${key(name)}: ${this.#decoder(member, inner, `${at}.${name}`)},\n`).join("")}${indent}}`;
    };
    const optional = group(false);
    const oneOfThem = schema.anyOf?.map((each) => JSON.stringify(each.required?.[0]));
    const args = [group(true), ...(optional === "{}" && oneOfThem === undefined ? [] : [optional]), ...(oneOfThem === undefined ? [] : [`[${oneOfThem.join(", ")}]`])];
    return `record(${args.join(", ")})`;
  }
}

const HEAD = `/**
 * The messages of the WebSocket subprotocols compositord.v1, made from data/schema/compositord.v1.json.
 * Do not change this file: change the schema and run \`npm run generate\`.
 */
`;

export function generateProtocol(schema: Schema): string {
  const generator = new Generator(schema);
  const body = generator.inOrder().map((name) => generator.define(name));
  const unions = UNIONS.map((union) => {
    const names = generator.members(union);
    const type = `export type ${union} =\n${names.map((name) => `  | ${generator.typeName(name)}`).join("\n")};\n`;
    return `${type}\nexport const ${camel(union)}s = {\n${names.map((name) => `  ${name}: ${camel(name)},\n`).join("")}};\n`;
  });
  const parts = [...body, ...unions].join("\n");
  const functions = ["choice", "dictionary", "exactly", "flag", "integer", "list", "nullable", "number", "record", "text", "union"];
  const used = functions.filter((name) => new RegExp(`[ ([]${name}\\b[(,]`).test(parts));
  return `${HEAD}import { ${used.join(", ")} } from "./decode.ts";\nimport type { Decoder } from "./decode.ts";\n\n${parts}`;
}
