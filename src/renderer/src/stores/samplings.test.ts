// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import { StudioError } from '#contract/error.ts';
import type { CallOutput } from '#contract/studio.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { useSamplings } from './samplings.ts';

const plan: CallOutput<'sampling.start'>['plan'] = {
  weights: 'raw',
  labels: null,
  count: 1,
  guidance: 5,
  sampler: 'ddpm',
  steps: 300,
  eta: 0,
  variance: 'beta',
  seed: 0,
};
const frame = (job: number, index: number) => ({
  job,
  index,
  of: 2,
  t: 1 - index,
  x: new Float32Array(784).fill(index),
  x0: new Float32Array(784),
});

function open(start: () => CallOutput<'sampling.start'> | Promise<CallOutput<'sampling.start'>>) {
  const scripted = scriptedLink({ 'sampling.start': start, 'sampling.cancel': () => undefined });
  openStudio(scripted.link);
  return { scripted, samplings: useSamplings() };
}

describe('samplings', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('gather their frames and end', async () => {
    const { scripted, samplings } = open(() => ({ job: 4, epoch: 3, plan }));
    const { key, started } = samplings.start({ run: 'a' });
    await started;
    scripted.tell('sampling.frame', frame(4, 0));
    scripted.tell('sampling.progress', { job: 4, step: 150, steps: 300, secondsPerStep: 0.1 });
    scripted.tell('sampling.frame', frame(4, 1));
    scripted.tell('sampling.ended', { job: 4, status: 'done' });
    expect(samplings.byKey.get(key)).toMatchObject({ epoch: 3, of: 2, progress: { step: 150 }, state: { status: 'done' } });
    expect(samplings.byKey.get(key)!.frames.map(({ index, x }) => [index, x[0]])).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('take what is told before the studio has answered, and nothing of others', async () => {
    let answer!: (value: CallOutput<'sampling.start'>) => void;
    const { scripted, samplings } = open(() => new Promise((resolve) => (answer = resolve)));
    const { key, started } = samplings.start({ run: 'a' });
    scripted.tell('sampling.frame', frame(4, 0));
    scripted.tell('sampling.frame', frame(9, 0));
    scripted.tell('sampling.ended', { job: 4, status: 'cancelled' });
    answer({ job: 4, epoch: 1, plan });
    await started;
    expect(samplings.byKey.get(key)).toMatchObject({ frames: [{ index: 0 }], state: { status: 'cancelled' } });
    scripted.tell('sampling.frame', frame(9, 1));
    expect(samplings.byKey.size).toBe(1);
  });

  it('say why one failed, and pass a refusal on', async () => {
    const { scripted, samplings } = open(() => ({ job: 1, epoch: 1, plan }));
    const { key, started } = samplings.start({ run: 'a' });
    await started;
    const error = { code: 'checkpoint', message: 'It is cut short.', hint: 'Sample from another.' };
    scripted.tell('sampling.ended', { job: 1, status: 'failed', error });
    expect(samplings.byKey.get(key)?.state).toEqual({ status: 'failed', error });

    setActivePinia(createPinia());
    const refusing = open(() => {
      throw new StudioError('not-found', 'There is no such run.', 'Look for it in the library.');
    });
    const refused = refusing.samplings.start({ run: 'b' });
    await expect(refused.started).rejects.toThrow('There is no such run.');
    expect(refusing.samplings.byKey.size).toBe(0);
  });

  it('are cancelled when they are dropped, even before the studio has answered', async () => {
    let job = 0;
    const { scripted, samplings } = open(() => ({ job: ++job, epoch: 1, plan }));
    const first = samplings.start({ run: 'a' });
    await first.started;
    samplings.drop(first.key);
    const second = samplings.start({ run: 'a' });
    samplings.drop(second.key);
    await second.started;
    await new Promise((resolve) => setTimeout(resolve));
    expect(scripted.asked.filter(({ name }) => name === 'sampling.cancel').map(({ input }) => input)).toEqual([
      { job: 1 },
      { job: 2 },
    ]);
    expect(samplings.byKey.size).toBe(0);
  });

  it('that are over are not cancelled', async () => {
    const { scripted, samplings } = open(() => ({ job: 1, epoch: 1, plan }));
    const { key, started } = samplings.start({ run: 'a' });
    await started;
    scripted.tell('sampling.ended', { job: 1, status: 'done' });
    await samplings.cancel(key);
    samplings.drop(key);
    expect(scripted.count('sampling.cancel')).toBe(0);
  });
});
