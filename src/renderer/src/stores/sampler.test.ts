// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import { framesFor, useSampler } from './sampler.ts';

const class_ = scriptedRun('class', { recipe: { objective: 'ddpm', conditioning: 'class', width: 8 }, epochs: 2 });
const flow = scriptedRun('flow', { recipe: { objective: 'flow', conditioning: 'time', ema: 0.99 }, epochs: 2 });

function open() {
  let job = 0;
  const scripted = scriptedLink({
    'sampling.start': () => ({ job: ++job, epoch: 1, plan: useSampler().planFor(class_)! }),
    'sampling.cancel': () => undefined,
  });
  openStudio(scripted.link);
  return { scripted, sampler: useSampler() };
}

describe('the sampler', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('takes what fits the run, and keeps the rest for another', () => {
    const { sampler } = open();
    sampler.set({ sampler: 'ddim', steps: 20, weights: 'ema', guidance: 2 });
    expect(sampler.planFor(class_)).toMatchObject({ sampler: 'ddim', steps: 20, weights: 'raw', guidance: 2 });
    expect(sampler.planFor(flow)).toMatchObject({ sampler: 'euler', steps: 20, weights: 'ema', labels: null });
    sampler.set({ sampler: 'ddpm' });
    expect(sampler.planFor(class_)).toMatchObject({ sampler: 'ddpm', steps: 300 });
    sampler.set({ sampler: 'ddim', steps: 4000 });
    expect(sampler.planFor(class_)).toMatchObject({ steps: 300 });
    expect([sampler.problemsFor(class_), sampler.problemsFor(flow)]).toEqual([[], []]);
  });

  it('has nothing for a run that denoises in one step', () => {
    const { sampler } = open();
    expect(sampler.planFor(scriptedRun('denoiser'))).toBeUndefined();
    expect(sampler.problemsFor(scriptedRun('denoiser'))[0]).toContain('denoises in one step');
  });

  it('asks for as many frames as there are steps, within what a window takes', async () => {
    expect([framesFor(1, 300), framesFor(1, 20), framesFor(40, 300)]).toEqual([101, 21, 51]);
    const { scripted, sampler } = open();
    sampler.set({ count: 4, sampler: 'ddim', steps: 10 });
    await sampler.start(class_, 2);
    expect(scripted.asked[0]).toMatchObject({
      name: 'sampling.start',
      input: { run: 'class', epoch: 2, count: 4, frames: 11, steps: 10 },
    });
  });

  it('ends the sampling before when another is started, and when it is told to', async () => {
    const { scripted, sampler } = open();
    await sampler.start(class_, 2);
    await sampler.start(class_, 1);
    await sampler.cancel();
    const cancelled = scripted.asked.filter(({ name }) => name === 'sampling.cancel').map(({ input }) => input);
    expect(cancelled).toEqual([{ job: 1 }, { job: 2 }]);
    expect(sampler.current?.state.status).toBe('running');
    scripted.tell('sampling.ended', { job: 2, status: 'cancelled' });
    expect(sampler.current?.state.status).toBe('cancelled');
  });
});
