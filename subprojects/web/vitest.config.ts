import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["compositord-source"] },
  ssr: { resolve: { conditions: ["compositord-source"] } },
  // Long enough for a machine that does much else.
  test: { include: ["packages/*/tests/**/*.test.{ts,tsx}", "conformance/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
});
