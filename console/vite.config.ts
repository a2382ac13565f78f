// How the console is built: hashed files under /console/assets/, nothing inline, so that a strict
// Content-Security-Policy holds.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The server that `npm run dev` passes API calls on to. */
const server = process.env['MARGAY_URL'] ?? 'http://127.0.0.1:8080';
/** Where the server's own routes begin; everything else is the console's. */
const passedOn = ['/internal', '/public', '/alerts', '/alert-comments', '/api-tokens', '/audit-log', '/deliveries',
  '/destinations', '/roles', '/schemas', '/users', '/readyz', '/log-sources', '/log-source-alarms', '/http', '/content',
  '/globals', '/data-models', '/destination-types', '/openapi.json', '/healthz'];

export default defineConfig({
  base: '/console/',
  plugins: [react()],
  logLevel: 'warn',
  build: {
    // `scripts/finish.mjs` holds the budget, compressed.
    chunkSizeWarningLimit: 2_000,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    // What several pages need is fetched at once: a browser asks for few files rather than for many small ones.
    rolldownOptions: { output: { codeSplitting: { groups: [
      { name: 'patternfly', test: /node_modules[\\/](@patternfly|focus-trap|tabbable)[\\/]/, minShareCount: 2 },
      { name: 'console', test: /src[\\/](api|app|live|parts[\\/][^\\/]+$)/, minShareCount: 3 },
    ] } } },
  },
  // The guides are pages of the documentation.
  server: { fs: { allow: ['..'] }, proxy: Object.fromEntries(passedOn.map((path) => [path, server])) },
});
