/**
 * The packages as people get them: packed, installed into an empty Vite and React project, type-checked with the
 * examples of their READMEs, built, and loaded by Node. Needs the npm registry or a warm cache of it.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const WEB = path.resolve(import.meta.dirname, "..");
const PACKAGES = ["client", "react"];

const MAIN = `import { createRoot } from "react-dom/client";
import { Windows, Zoom } from "./react-0";

const root = document.getElementById("root");
if (root !== null) createRoot(root).render(<><Windows /><Zoom /></>);
`;

const directory = mkdtempSync("/tmp/compositord-packages-");
const app = path.join(directory, "app");

function run(program: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(program, args, { cwd, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(" ")}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** The version that this workspace uses, so that the project is the same each time. */
function pinned(name: string): string {
  return (JSON.parse(readFileSync(path.join(WEB, "node_modules", name, "package.json"), "utf8")) as { version: string }).version;
}

const pinnedAll = (...names: string[]) => Object.fromEntries(names.map((name) => [name, pinned(name)]));

function write(name: string, content: string | object): void {
  const file = path.join(app, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
}

const tarballs = (): string[] => readdirSync(directory).filter((name) => name.endsWith(".tgz")).sort();

beforeAll(() => {
  // In this order: the second one is built against the first one.
  for (const each of PACKAGES) run("npm", ["pack", "--silent", "--pack-destination", directory, "-w", `packages/${each}`], WEB);
  write("package.json", {
    name: "empty-project",
    private: true,
    type: "module",
    dependencies: { ...Object.fromEntries(tarballs().map((name, index) => [`@compositord/${PACKAGES[index] ?? ""}`, `file:../${name}`])), ...pinnedAll("react", "react-dom") },
    devDependencies: pinnedAll("vite", "typescript", "@types/react", "@types/react-dom"),
  });
  // Everything is strict, and the declarations of the packages are checked as well.
  write("tsconfig.json", {
    compilerOptions: { target: "ES2022", lib: ["ES2023", "DOM", "DOM.Iterable"], module: "ESNext", moduleResolution: "bundler", moduleDetection: "force", jsx: "react-jsx", strict: true, skipLibCheck: false, noEmit: true, types: [] },
    include: ["src"],
  });
  write("index.html", '<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>');
  write("src/main.tsx", MAIN);
  for (const each of PACKAGES) {
    const readme = readFileSync(path.join(WEB, "packages", each, "README.md"), "utf8");
    [...readme.matchAll(/^```(tsx?)\n(.*?)^```$/gms)].forEach(([, kind = "", code = ""], index) => write(`src/${each}-${index}.${kind}`, code));
  }
  run("npm", ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"], app);
});

afterAll(() => rmSync(directory, { recursive: true }));

test.each(PACKAGES)("the package %s has its code, types, licence and description, and no sources", (name) => {
  const installed = path.join(app, "node_modules/@compositord", name);
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  for (const file of ["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"]) expect(files).toContain(file);
  expect(files.filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))).toEqual([]);
  expect(files.filter((file) => /(^|\/)(src|tests)\//.test(file))).toEqual([]);
  const manifest = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8")) as unknown;
  expect(manifest).toMatchObject({ name: `@compositord/${name}`, license: "MIT", type: "module" });
});

test("the examples of the READMEs and the declarations of the packages type-check", () => {
  expect(readdirSync(path.join(app, "src")).length).toBeGreaterThan(6);
  run("npx", ["tsc"], app);
});

test("a wrong use is found by the types", () => {
  write("wrong/wrong.ts", 'import { CompositorClient } from "@compositord/client";\nnew CompositorClient("ws://x/").request({ type: "Focus", window: "1" });\n');
  write("wrong/tsconfig.json", { extends: "../tsconfig.json", include: ["."] });
  expect(() => run("npx", ["tsc", "-p", "wrong", "--skipLibCheck"], app)).toThrow(/wrong\.ts.*'string' is not assignable to type 'number'/);
});

test("the project builds, and only with what it uses", () => {
  run("npx", ["vite", "build"], app);
  const assets = readdirSync(path.join(app, "dist/assets")).filter((name) => name.endsWith(".js"));
  const code = assets.map((name) => readFileSync(path.join(app, "dist/assets", name), "utf8")).join("");
  expect(code).toContain("compositord cannot be reached");
  // Unused parts of the client, such as the sessions, are left out.
  expect(code).not.toContain("spawn_session");
});

test("Node loads the modules without a bundler", () => {
  const program = 'const { CompositorClient } = await import("@compositord/client"); const { useWindows } = await import("@compositord/react"); console.log(typeof CompositorClient, typeof useWindows)';
  expect(run("node", ["--input-type=module", "-e", program], app)).toBe("function function\n");
});
