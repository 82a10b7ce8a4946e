/** The page: makes the store, the connection to the own host, and the shell that shows them. */
import { Connection, IndexedDbCache, randomName, StateManager } from "@compositord/client";
import { Scene } from "./scene/scene.ts";
import { Shell } from "./shell.ts";
import { chosenCompositor } from "./ui/compositor_choice.ts";
import { element } from "./ui/dom.ts";
import { listenToSidebar } from "./ui/sidebar.ts";
import { ThemeChoice } from "./ui/theme_choice.ts";

const choice = new ThemeChoice();
const scene = await Scene.make(element("canvas", HTMLCanvasElement), choice.theme);
const reportProblem = (problem: unknown): void => console.error(`compositord: ${String(problem)}`);
const compositor = chosenCompositor();
const state = new StateManager({
  cache: new IndexedDbCache(compositor === undefined ? location.host : `${location.host} ${compositor}`),
  manifestUrl: new URL("/builder/map/manifest.json", location.href).href,
  onProblem: reportProblem,
});
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const connection = new Connection({
  url: `${scheme}//${location.host}/`,
  ...(compositor !== undefined && { compositor }),
  onMessage: (message) => state.apply(message),
  known: () => state.world,
  onProblem: reportProblem,
});
const shell = new Shell(state.store, connection, scene, randomName("page-"), choice.theme);

const map = element("map", HTMLElement);
const resize = (): void => {
  scene.resize(map.clientWidth, map.clientHeight);
  shell.invalidate();
};
new ResizeObserver(resize).observe(map);
addEventListener("resize", resize);

choice.onChange = (theme) => shell.setTheme(theme);

listenToSidebar();
addEventListener("pagehide", () => void state.save());

/** A reload shows at once what was there, but a browser whose storage hangs must not keep the page from connecting. */
const RESTORE_DEADLINE = 300;
await Promise.race([state.restore(), new Promise((resolve) => setTimeout(resolve, RESTORE_DEADLINE))]);
connection.open();
