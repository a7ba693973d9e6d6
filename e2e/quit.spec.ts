import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './studio.ts';

test('quitting while a run trains saves its place', async ({ studio }) => {
  const page = await studio.open();
  await page.getByRole('radio', { name: 'Quick look' }).click();
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  const runs = join(studio.library, 'runs');
  const folder = (): string => join(runs, readdirSync(runs)[0]!);
  const steps = (): number => {
    const metrics = join(folder(), 'metrics.jsonl');
    return existsSync(metrics) ? readFileSync(metrics, 'utf8').split('\n').length - 1 : 0;
  };
  await expect
    .poll(() => (existsSync(runs) && readdirSync(runs).length > 0 ? steps() : 0), { timeout: 30_000 })
    .toBeGreaterThan(3);
  await studio.close();

  const { state, progress } = JSON.parse(readFileSync(join(folder(), 'run.json'), 'utf8')) as {
    state: { status: string };
    progress: { step: number };
  };
  expect(state.status).toBe('interrupted');
  expect(progress.step).toBe(steps());
  expect(readdirSync(folder())).toContain('resume.safetensors');
  expect(readdirSync(folder())).not.toContain('lock');
});
