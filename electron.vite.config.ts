// Builds every program of LiveDB into out/: the two hosts and the child processes (out/main),
// the preload bridge (out/preload, CommonJS because it runs sandboxed) and the page (out/renderer).
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const root = import.meta.dirname;

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      externalizeDeps: true,
      rollupOptions: {
        input: {
          index: resolve(root, 'src/main/index.ts'),
          browser: resolve(root, 'src/main/browser.ts'),
          broker: resolve(root, 'src/broker/main.ts'),
          postgres: resolve(root, 'src/postgres/main.ts'),
          writer: resolve(root, 'src/stages/writer/main.ts'),
          producer: resolve(root, 'src/stages/producer/main.ts'),
          processor: resolve(root, 'src/stages/processor/main.ts'),
          replay: resolve(root, 'src/stages/replay/main.ts'),
          audit: resolve(root, 'src/stages/audit/main.ts'),
          faults: resolve(root, 'src/faults/main.ts'),
        },
        output: { format: 'es' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      rollupOptions: {
        input: { index: resolve(root, 'src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'src/renderer'),
    base: './',
    build: {
      outDir: resolve(root, 'out/renderer'),
      // electron-vite builds for its own Chromium and without minifying; any browser may open the browser edition.
      target: 'baseline-widely-available',
      minify: true,
      rollupOptions: { input: resolve(root, 'src/renderer/index.html') },
      chunkSizeWarningLimit: 2000,
    },
    plugins: [react()],
  },
});
