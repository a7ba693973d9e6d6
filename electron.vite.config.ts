import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';
import { requireProjectNode } from './scripts/node-version.mjs';

requireProjectNode();
const here = import.meta.dirname;

/**
 * electron-vite declares `require` and `__dirname` in every chunk whose text looks like CommonJS. Ours is not, and declares
 * its own `require` where it has to find a package's folder: twice is a syntax error.
 */
const noCommonJsShim: Plugin = {
  name: 'no-commonjs-shim',
  configResolved({ plugins }) {
    const shim = plugins.find(({ name }) => name === 'vite:esm-shim');
    if (shim === undefined) throw new Error("electron-vite's shim has another name now: see noCommonJsShim");
    delete shim.renderChunk;
  },
};

/** PyTorch's numbers, which src/installer/prove.ts compares an engine's with, beside what it is built to. */
const goldenFile: Plugin = {
  name: 'golden-file',
  generateBundle() {
    const source = readFileSync(resolve(here, 'src/engine/fixtures/golden/unet-class.safetensors'));
    this.emitFile({ type: 'asset', fileName: 'golden.safetensors', source });
  },
};

export default defineConfig({
  main: {
    plugins: [noCommonJsShim, goldenFile],
    build: {
      rolldownOptions: {
        input: {
          index: resolve(here, 'src/main/index.ts'),
          trainer: resolve(here, 'src/trainer/main.ts'),
          cli: resolve(here, 'src/cli/main.ts'),
          'onnx-worker': resolve(here, 'src/engine/executors/onnx/worker.ts'),
          'engine-proof': resolve(here, 'src/installer/prove.ts'),
          'tensorflow-worker': resolve(here, 'src/engine/executors/tensorflow/worker.ts'),
        },
        // shared code beside the entries: its import.meta.dirname is theirs (src/host/program-files.ts)
        output: { entryFileNames: '[name].js', chunkFileNames: 'shared-[name]-[hash].js' },
      },
    },
  },
  preload: {
    // a sandboxed preload must be one CommonJS file
    build: {
      rolldownOptions: { input: resolve(here, 'src/preload/index.ts'), output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: resolve(here, 'src/renderer'),
    plugins: [vue(), tailwindcss()],
    build: {
      minify: true,
      // the page's policy refuses fonts from data: addresses
      assetsInlineLimit: 0,
      // it is loaded from this machine: one file is faster than several
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: resolve(here, 'src/renderer/index.html') },
    },
  },
});
