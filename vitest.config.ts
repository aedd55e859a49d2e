import { fileURLToPath } from "node:url";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Tests read the sources of workspace packages, so they need no build.
const conditions = ["@prefdelta/source", ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: fileURLToPath(new URL(".", import.meta.url)),
    include: ["{packages,apps,examples,tooling}/*/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    setupFiles: ["tooling/vitest/src/setup.ts"],
    // Native sessions (ONNX Runtime) live in child processes, not worker threads.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
