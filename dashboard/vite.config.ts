import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { firstLoad } from './build/first-load.ts';
import { mantineStyles } from './build/mantine-styles.ts';

const hookyard = process.env.HOOKYARD_URL ?? 'http://127.0.0.1:8013';

export default defineConfig({
  plugins: [
    react(),
    mantineStyles('src/ui/mantine.css'),
    firstLoad({ page: '/src/pages/overview/', limit: 300_000 }),
  ],
  base: '/',
  build: {
    outDir: 'dist',
    // The Content-Security-Policy lets scripts come from files only, so nothing is put into the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    sourcemap: false,
    chunkSizeWarningLimit: 700,
    target: 'es2022',
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    proxy: Object.fromEntries(
      ['/api', '/livez', '/problems'].map((path) => [path, { target: hookyard, changeOrigin: true }]),
    ),
  },
});
