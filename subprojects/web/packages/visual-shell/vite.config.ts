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
    rolldownOptions: { input: pages.map((page) => `${import.meta.dirname}/${page}`) },
  },
});
