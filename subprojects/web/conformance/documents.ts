/** Finds messages in texts for people: JSON, or object literals of JavaScript, with a type of compositord.v1. */
import { runInNewContext } from "node:vm";

export interface Found {
  readonly type: string;
  readonly message: unknown;
  readonly line: number;
}

/** Where the brace at `start` is closed; -1 if nowhere. Braces inside of quotes do not count. */
function endOf(text: string, start: number): number {
  let depth = 0;
  let quote = "";
  for (let i = start; i < text.length; i += 1) {
    const c = text.charAt(i);
    if (c === "\\") i += 1;
    else if (quote !== "") quote = c === quote || c === "\n" ? "" : quote;
    else if (c === '"' || c === "'" || c === "`") quote = c;
    else if (c === "{") depth += 1;
    else if (c === "}" && (depth -= 1) === 0) return i + 1;
  }
  return -1;
}

/** The value of a literal, or undefined for what is none, such as a piece of a program. */
function valueOf(literal: string): unknown {
  try {
    return JSON.parse(JSON.stringify(runInNewContext(`(${literal})`, Object.create(null) as object, { timeout: 100 })));
  } catch {
    return undefined;
  }
}

export function messagesIn(text: string): Found[] {
  const found: Found[] = [];
  const begin = /\{\s*["']?type["']?\s*:\s*["']([A-Z]\w*)["']/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const end = endOf(text, match.index);
    const message = end < 0 ? undefined : valueOf(text.slice(match.index, end));
    if (message !== undefined) found.push({ type: match[1] ?? "", message, line: text.slice(0, match.index).split("\n").length });
  }
  return found;
}
