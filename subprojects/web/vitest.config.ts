import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["compositord-source"] },
  ssr: { resolve: { conditions: ["compositord-source"] } },
  test: { include: ["packages/*/tests/**/*.test.{ts,tsx}", "conformance/*.test.ts"] },
});
