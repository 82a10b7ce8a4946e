// Types of sessions for tests: what compositord finds when it starts.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Describes types of sessions, by name; for the option `prepare` of a bed. */
export function describePipelines(directory, pipelines) {
  const folder = path.join(directory, ".config/compositord/pipelines");
  mkdirSync(folder, { recursive: true });
  for (const [name, pipeline] of Object.entries(pipelines)) writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(pipeline));
}

/** A command that waits until the file `name`, which may be that of a parameter in braces, is in the bed's directory. */
export const gate = (directory, name) => ["sh", "-c", 'while ! [ -e "$0" ]; do sleep 0.02; done', path.join(directory, name)];

export const openGate = (directory, name) => writeFileSync(path.join(directory, name), "");
