import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Each asset also packed as a browser takes it, so that the gateway packs nothing while it serves. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle({ dir }) {
      const assets = join(dir!, "assets");
      for (const name of readdirSync(assets)) {
        const content = readFileSync(join(assets, name));
        writeFileSync(join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
        // 11 takes five times as long for two per cent less.
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(content, { params }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), packed()],
  build: {
    target: "es2022",
    manifest: true,
    // The policy of the pages lets no data: scripts or styles through; small files stay files.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    // `npm run dev` beside a running stack: pages from here, everything else from the gateway.
    proxy: Object.fromEntries(
      ["/api", "/me", "/login", "/logout", "/local", "/status", "/verify", "/webhooks"].map((path) => [path, "http://127.0.0.1:8080"]),
    ),
  },
});
