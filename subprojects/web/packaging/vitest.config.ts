import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["packaging/*.check.ts"], testTimeout: 240_000, hookTimeout: 240_000 } });
