import { defineConfig } from "vite";
import { reference } from "./reference/plugin.ts";

const pages = ["index.html", "inspector.html", "reference.html"];

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [reference()],
  resolve: { conditions: ["compositord-source", "module", "browser", "import", "default"] },
  build: {
    outDir: "../../dist",
    emptyOutDir: true,
    target: "es2022",
    // data: URLs and inline polyfills are what a strict CSP refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: pages.map((page) => `${import.meta.dirname}/${page}`),
      // The engine in a file of its own: it stays in the cache when the page changes, and measurements tell the two apart.
      output: { codeSplitting: { groups: [{ name: "pixi", test: /node_modules\/(pixi\.js|eventemitter3|earcut|parse-svg-path|@xmldom|@pixi|gifuct-js|ismobilejs|tiny-lru)\// }] } },
    },
  },
});
