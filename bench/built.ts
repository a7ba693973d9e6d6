/** What measures, built as a release is: from the sources, Node takes the types out with a module on each thread, of 10 MB. */
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const root = resolve(import.meta.dirname, '..');
const source = (path: string): string => join(root, path);

/** Builds what measures, and the threads that it starts; calls `use` with the built file of `measuring`, and removes it all. */
export async function withBuilt<T>(measuring: 'measure-step' | 'measure-sample', use: (file: string) => Promise<T>): Promise<T> {
  // inside the project, where its packages are found
  mkdirSync(source('out'), { recursive: true });
  const folder = mkdtempSync(source('out/bench-'));
  try {
    await build({
      configFile: false,
      root,
      logLevel: 'error',
      build: {
        ssr: true,
        target: 'node24',
        outDir: folder,
        rolldownOptions: {
          input: {
            [measuring]: source(`bench/${measuring}.ts`),
            'onnx-worker': source('src/engine/executors/onnx/worker.ts'),
            'tensorflow-worker': source('src/engine/executors/tensorflow/worker.ts'),
          },
          output: { entryFileNames: '[name].js', chunkFileNames: 'shared-[name]-[hash].js' },
        },
      },
    });
    return await use(join(folder, `${measuring}.js`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
