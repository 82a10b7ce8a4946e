/** Fills reference.html when the page is built, and when it is served while one works on it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { referenceOf } from "./page.ts";
import type { OpenApi } from "./page.ts";
import type { Schema } from "./schema.ts";

const data = new URL("../../../../../data/", import.meta.url);
const [schemaFile, openApiFile] = ["schema/compositord.v1.json", "openapi.v1.json"].map((name) => fileURLToPath(new URL(name, data))) as [string, string];

export function reference(): Plugin {
  return {
    name: "reference",
    buildStart() {
      this.addWatchFile(schemaFile);
      this.addWatchFile(openApiFile);
    },
    transformIndexHtml: {
      order: "pre",
      handler: (page) =>
        page.replace("<!-- reference -->", () =>
          referenceOf(JSON.parse(readFileSync(schemaFile, "utf8")) as Schema, JSON.parse(readFileSync(openApiFile, "utf8")) as OpenApi),
        ),
    },
  };
}
