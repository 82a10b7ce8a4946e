// Makes dist/plain/*.js: each entry as one classic script that needs nothing else.
import { build } from "vite";

for (const name of ["compositor_client", "camera_sync", "state_manager"]) {
  await build({
    configFile: false,
    logLevel: "warn",
    root: import.meta.dirname,
    build: {
      outDir: "../dist/plain",
      emptyOutDir: false,
      target: "es2022",
      lib: { entry: `${name}.ts`, formats: ["iife"], name, fileName: () => `${name}.js` },
    },
  });
}
