import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  resolve: { conditions: ["compositord-source", "module", "browser", "import", "default"] },
  build: {
    outDir: "../../dist",
    emptyOutDir: true,
    target: "es2022",
    // data: URLs and inline polyfills are what a strict CSP refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
});
