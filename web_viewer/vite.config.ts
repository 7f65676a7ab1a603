import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    target: "es2022",
    rollupOptions: { input: ["index.html", "player.html"] },
    chunkSizeWarningLimit: 1000,
  },
  test: { include: ["tests/**/*.test.ts"] },
});
