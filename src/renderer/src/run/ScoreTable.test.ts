// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { describe, expect, it } from 'vitest';
import type { Score } from '#contract/score.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import ScoreTable from './ScoreTable.vue';

const plan: Score['plan'] = {
  weights: 'raw',
  count: 200,
  guidance: 5,
  sampler: 'ddpm',
  steps: 300,
  eta: 0,
  variance: 'beta',
  seed: 0,
};
const score: Score = {
  epoch: 5,
  plan,
  accuracy: 0.965,
  frechet: 4.321,
  real: { accuracy: 0.995, frechet: 0.654 },
  device: 'onnx-cpu, float32',
  scoredAt: 1,
};

async function open(scores: Score[], recipe: object = { objective: 'ddpm', conditioning: 'class' }) {
  const scripted = scriptedLink({ 'runs.scores': () => scores });
  openStudio(scripted.link);
  const pinia = createPinia();
  setActivePinia(pinia);
  const table = mount(ScoreTable, { props: { run: scriptedRun('a', { epochs: 5, recipe }) }, global: { plugins: [pinia] } });
  await flushPromises();
  return { table, scripted };
}

describe('the scores of a run', () => {
  it('stand beside chance and real digits', async () => {
    const { table } = await open([score]);
    const rows = table.findAll('tbody tr').map((row) => row.findAll('td').map((cell) => cell.text()));
    expect(rows).toEqual([
      ['5', '96.5 %', '4.32', '200 samples, ddpm × 300, γ = 5'],
      ['Real digits', '99.5 % · chance 10.0 %', '0.65', 'as many'],
    ]);
  });

  it('leave accuracy out where no class is asked for', async () => {
    const { table } = await open([{ ...score, accuracy: null }], { objective: 'ddpm', conditioning: 'time' });
    expect(table.text()).not.toContain('Reads as asked');
    expect(table.text()).not.toContain('γ');
  });

  it('say how to get them while there are none', async () => {
    const { table } = await open([]);
    expect(table.text()).toContain('npx from-noise score a');
  });

  it('are not there for a denoiser, and not asked for', async () => {
    const { table, scripted } = await open([], {});
    expect(table.text()).toBe('');
    expect(scripted.count('runs.scores')).toBe(0);
  });

  it('are fetched again when one comes back to the window', async () => {
    const { scripted } = await open([]);
    window.dispatchEvent(new Event('focus'));
    await flushPromises();
    expect(scripted.count('runs.scores')).toBe(2);
  });
});
