/** The page: makes the store, the connection to the own host, and the shell that shows them. */
import { Connection, Store } from "@compositord/client";
import { Scene } from "./scene/scene.ts";
import { darkTheme, lightTheme } from "./scene/theme.ts";
import { Shell } from "./shell.ts";
import { element } from "./ui/dom.ts";
import { listenToSidebar } from "./ui/sidebar.ts";

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => (prefersDark.matches ? darkTheme : lightTheme);

function randomName(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const scene = await Scene.make(element("canvas", HTMLCanvasElement), theme());
const store = new Store();
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const connection = new Connection({
  url: `${scheme}//${location.host}/`,
  onMessage: (message) => store.apply(message),
  known: () => store.world,
  onProblem: (problem) => console.error(`compositord: ${problem.message}`),
});
const shell = new Shell(store, connection, scene, `page-${randomName()}`);

const map = element("map", HTMLElement);
const resize = (): void => {
  scene.resize(map.clientWidth, map.clientHeight);
  shell.invalidate();
};
new ResizeObserver(resize).observe(map);
addEventListener("resize", resize);

const applyTheme = (): void => {
  scene.setTheme(theme());
  shell.setDark(prefersDark.matches);
};
prefersDark.addEventListener("change", applyTheme);
shell.setDark(prefersDark.matches);

listenToSidebar();
connection.open();
