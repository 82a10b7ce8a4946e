// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { isAt, reload } from "../src/reloading.ts";

const PAGE = "http://127.0.0.1:8765/";

function tell(paths: string[], loaded: string[], branch = ""): string[] {
  const asked: string[] = [];
  const sheets = () => [...document.querySelectorAll("link")];
  reload({ type: "ReloadUpdate", task: "a/b/1", branch, paths }, { loaded: () => loaded.map((path) => PAGE + path), sheets, ask: (what) => asked.push(what) });
  return asked;
}

afterEach(() => document.head.replaceChildren());

test.each([
  ["web/app/main.js", "app/main.js", true],
  ["main.js", "static/main.js", true],
  ["web/app/main.js", "other/main.js", false],
  ["web/app/omain.js", "main.js", false],
  ["a b.js", "a%20b.js", true],
  ["main.js", "", false],
])("%s is at %s: %s", (path, address, is) => {
  expect(isAt(path, PAGE + address)).toBe(is);
});

test("it asks for what the page runs, and only for that", () => {
  expect(tell(["web/app/main.js", "web/other.js"], ["index.html", "app/main.js"])).toEqual(["web/app/main.js"]);
  expect(tell(["web/other.js"], ["index.html", "app/main.js"])).toEqual([]);
  expect(tell(["web/app/main.js"], ["app/main.js"], "a-branch"), "nothing that is served has changed").toEqual([]);
});

test("a style sheet is exchanged in place", () => {
  const old = document.createElement("link");
  [old.rel, old.href] = ["stylesheet", `${PAGE}app/style.css`];
  document.head.append(old);
  expect(tell(["app/style.css"], ["app/style.css"])).toEqual([]);
  const [first, second] = document.querySelectorAll("link");
  expect(first).toBe(old);
  expect(second?.href).toMatch(/\/app\/style\.css\?changed=\d+$/);
  second?.dispatchEvent(new Event("load"));
  expect([...document.querySelectorAll("link")]).toEqual([second]);
});
