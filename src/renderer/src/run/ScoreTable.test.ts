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
  const scripted = scriptedLink({
    'runs.scores': () => [...scores],
    'scoring.start': ({ run }) => ({ job: run === 'a' ? 4 : 0, epochs: [5], plan: { ...plan, labels: null } }),
    'scoring.cancel': () => undefined,
  });
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

  it('are made at a press, with how far it is and an end to it, and come into the table', async () => {
    const scores: Score[] = [];
    const { table, scripted } = await open(scores);
    const button = (name: string) => table.findAll('button').find((each) => each.text() === name)!;
    await button('Score epoch 5').trigger('click');
    await flushPromises();
    expect(scripted.asked.find(({ name }) => name === 'scoring.start')?.input).toEqual({ run: 'a', count: 200, epoch: 5 });
    expect(table.text()).toContain('Waiting for its turn.');
    scripted.tell('scoring.progress', { job: 9, run: 'b', step: 290, steps: 300, secondsPerStep: 1 });
    scripted.tell('scoring.progress', { job: 4, run: 'a', step: 100, steps: 300, secondsPerStep: 0.1 });
    await flushPromises();
    expect(table.text()).toContain('Step 100 of 300, 0:20 left.');
    // an epoch's score comes as soon as it is there
    scores.push({ ...score, epoch: 4 });
    scripted.tell('scoring.scored', { job: 4, run: 'a', epoch: 4 });
    await flushPromises();
    expect(table.findAll('tbody tr')).toHaveLength(2);
    expect(button('Cancel scoring').exists()).toBe(true);
    await button('Cancel scoring').trigger('click');
    expect(scripted.asked.at(-1)).toEqual({ name: 'scoring.cancel', input: { job: 4 } });
    scores.push(score);
    scripted.tell('scoring.ended', { job: 4, run: 'a', status: 'done' });
    await flushPromises();
    expect(table.findAll('tbody tr')).toHaveLength(3);
    expect(button('Score all').exists()).toBe(true);
  });

  it('say why a scoring failed', async () => {
    const { table, scripted } = await open([]);
    const error = { code: 'checkpoint', message: 'It is damaged.', hint: 'Take another.' };
    scripted.tell('scoring.ended', { job: 4, run: 'a', status: 'failed', error });
    await flushPromises();
    expect(table.text()).toContain('It is damaged.');
  });

  it('are fetched again when one comes back to the window', async () => {
    const { scripted } = await open([]);
    window.dispatchEvent(new Event('focus'));
    await flushPromises();
    expect(scripted.count('runs.scores')).toBe(2);
  });
});
