import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRecipe } from '#contract/recipe.ts';
import type { RunFile } from '#contract/run.ts';

export const EPOCHS = 20;

/** Runs as twenty epochs leave them; what is inside checkpoints and samples does not matter to a list. */
export async function writeLibrary(folder: string, runs: number, points: number): Promise<void> {
  const lines = Array.from({ length: points }, (_, i) => {
    const loss = 0.02 + 0.3 / (i + 1) + 0.002 * Math.sin(i * i);
    return `{"step":${i + 1},"epoch":${Math.ceil(((i + 1) * EPOCHS) / points)},"loss":${loss},"learningRate":0.001,"seconds":${i / 3}}\n`;
  });
  await mkdir(join(folder, 'runs'), { recursive: true });
  const metrics = join(folder, 'metrics.jsonl');
  await writeFile(metrics, lines.join(''));
  for (let n = 0; n < runs; n++) {
    const id = `denoiser-2026-11-25-${String(n).padStart(4, '0')}`;
    const run = join(folder, 'runs', id);
    await mkdir(join(run, 'checkpoints'), { recursive: true });
    await copyFile(metrics, join(run, 'metrics.jsonl'));
    for (let epoch = 1; epoch <= EPOCHS; epoch++) {
      const name = `epoch-${String(epoch).padStart(4, '0')}`;
      await writeFile(join(run, 'checkpoints', `${name}.safetensors`), '');
      await mkdir(join(run, 'samples', name), { recursive: true });
      await writeFile(join(run, 'samples', name, 'results.safetensors'), '');
    }
    const file: RunFile = {
      format: 1,
      id,
      name: `Run ${n + 1}`,
      recipe: parseRecipe({ width: 16, batchSize: 64, subset: Math.round((points * 64) / EPOCHS), epochs: EPOCHS }),
      state: { status: 'completed', at: n },
      progress: {
        epoch: EPOCHS,
        step: points,
        seconds: 900,
        epochLosses: Array.from({ length: EPOCHS }, (_, e) => 0.1 / (e + 1)),
      },
      createdAt: 1_764_000_000_000 + n * 1000,
      tags: n % 3 === 0 ? ['hand-in'] : [],
      notes: '',
    };
    await writeFile(join(run, 'run.json'), JSON.stringify(file));
  }
}
