// Builds the console into `dist`, which the binary carries. In development everything that is not
// of the console is asked of a running `jikimi demo`.

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const service = process.env["JIKIMI"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/web/",
  plugins: [svelte()],
  build: {
    // The last two years of Chromium, Firefox and Safari; a control room's browser is kept up.
    target: "es2022",
    modulePreload: { polyfill: false },
    // A picture inside the style sheet would be `data:`, which the page's policy refuses.
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": service, "/readyz": service, "/healthz": service } },
});
