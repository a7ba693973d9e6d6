import { describe, expect, it } from 'vitest';
import { deliverables, servings, statementOf } from './deliverables.ts';
import { presetRecipe, type Part } from './preset.ts';
import { stepsPerEpoch, type Recipe } from './recipe.ts';
import type { Run } from './run.ts';

/** A run of a part, as assigned unless told otherwise, with `epochs` of them finished. */
function runOf(part: Part, epochs: number, recipe: Partial<Recipe> = {}, rest: Partial<Run> = {}): Run {
  const full = { ...presetRecipe(part, 'assigned'), ...recipe };
  const finished = Array.from({ length: epochs }, (_, i) => i + 1);
  return {
    format: 1,
    id: `${part}-${epochs}`,
    name: `${part} ${epochs}`,
    recipe: full,
    state: { status: 'completed', at: 0 },
    progress: { epoch: epochs, step: epochs * stepsPerEpoch(full), seconds: 0, epochLosses: finished.map(() => 0.1) },
    createdAt: 0,
    writer: 'none',
    checkpoints: [],
    sampledEpochs: part === 'denoiser' ? finished : [],
    gridEpochs: part === 'denoiser' ? [] : finished,
    folder: '',
    tags: [],
    notes: '',
    ...rest,
  };
}
/** States of a part's deliverables, by their ids. */
const states = (part: Part, ...runs: Run[]) =>
  Object.fromEntries(deliverables(runs).flatMap((d) => (d.part === part ? [[d.id.replace(`${part}-`, ''), d.state]] : [])));
const find = (id: string, ...runs: Run[]) => deliverables(runs).find((d) => d.id === id)!;

describe('the deliverables', () => {
  it('are nine that are asked for and four bells and whistles, open but for the noising figure', () => {
    const all = deliverables([]);
    expect(all.filter((d) => d.required)).toHaveLength(9);
    expect(all.filter((d) => !d.required)).toHaveLength(4);
    expect(all.filter((d) => d.state !== 'open').map((d) => d.id)).toEqual(['noising']);
    expect(deliverables([], { seed: 7 })[0]!.request).toEqual({ figure: 'noising', seed: 7 });
  });

  it.each<[Part, number, string[]]>([
    ['denoiser', 5, ['loss', 'first', 'last', 'levels']],
    ['time', 20, ['loss', 'samples', 'gif']],
    ['class', 20, ['loss', 'samples', 'gif']],
    ['flow', 10, ['loss', 'samples']],
  ])('of %s are done by a run at the assigned settings after %i epochs', (part, epochs, ids) => {
    expect(states(part, runOf(part, epochs))).toEqual(Object.fromEntries(ids.map((id) => [id, 'done'])));
    expect(Object.values(states(part, runOf(part, epochs - 1)))).not.toContain('done');
  });

  it.each<Partial<Recipe>>([
    { width: 16 },
    { subset: 20_000 },
    { sigma: 0.4 },
    { batchSize: 64 },
    { learningRate: 1e-3 },
    { learningRateDecay: 0.1 },
    { ema: 0.999 },
    { epochs: 6 },
  ])('are previews at other settings: %o', (recipe) => {
    const run = runOf('denoiser', recipe.epochs ?? 5, recipe);
    expect(new Set(Object.values(states('denoiser', run)))).toEqual(new Set(['preview']));
    expect(find('denoiser-loss', run).shortfalls).toHaveLength(1);
  });

  it.each<[Part, Partial<Recipe>]>([
    ['time', { timesteps: 1000 }],
    ['time', { schedule: 'cosine' }],
    ['class', { dropClass: 0 }],
    ['flow', { timeSampling: 'logit-normal' }],
  ])('of %s are previews at other settings: %o', (part, recipe) => {
    const run = runOf(part, presetRecipe(part, 'assigned').epochs, recipe);
    expect(new Set(Object.values(states(part, run)))).toEqual(new Set(['preview']));
  });

  it('do not mind the seed, the device, how often it was saved, nor settings without an effect', () => {
    const free = { seed: 7, save: 5, device: 'reference', timesteps: 10, dropClass: 0.5 } as const;
    expect(Object.values(states('denoiser', runOf('denoiser', 5, free)))).toEqual(['done', 'done', 'done', 'done']);
    expect(Object.values(states('flow', runOf('flow', 10, { conditioning: 'class' })))).toEqual(['done', 'done']);
  });

  it('are not ticked by pictures that were never saved', () => {
    const first = runOf('denoiser', 5, {}, { sampledEpochs: [5] });
    expect(states('denoiser', first)).toEqual({ loss: 'done', first: 'open', last: 'done', levels: 'done' });
    const five = runOf('class', 20, {}, { gridEpochs: [1, 2, 3, 4, 20] });
    expect(states('class', five)).toEqual({ loss: 'done', samples: 'preview', gif: 'done' });
    expect(find('class-samples', five)).toMatchObject({
      request: { figure: 'samples', epochs: [20] },
      shortfalls: ['epoch 5 is not among its pictures'],
    });
  });

  it('say what keeps a preview from counting', () => {
    expect(find('denoiser-last', runOf('denoiser', 2, { width: 8, subset: 1024, epochs: 2 })).shortfalls).toEqual([
      'D = 8, not 128',
      '1,024 of 60,000 digits',
      '2 of 5 epochs',
    ]);
    expect(find('time-loss', runOf('time', 3)).shortfalls).toEqual(['3 of 20 epochs']);
    expect(find('time-loss', runOf('time', 20, { ema: 0.99 })).shortfalls).toEqual(['EMA decay 0.99, not 0']);
    expect(find('denoiser-loss', runOf('denoiser', 5)).shortfalls).toEqual([]);
  });

  it('are drawn from the epochs that are asked for, or from the nearest that a run has', () => {
    const request = (id: string, run: Run) => find(id, run).request;
    expect(request('denoiser-first', runOf('denoiser', 5))).toMatchObject({ figure: 'results', epoch: 1 });
    expect(request('denoiser-last', runOf('denoiser', 5))).toMatchObject({ figure: 'results', epoch: 5 });
    expect(request('denoiser-last', runOf('denoiser', 10, { epochs: 10 }))).toMatchObject({ epoch: 5 });
    expect(request('denoiser-last', runOf('denoiser', 3))).toMatchObject({ epoch: 3 });
    // it would be figure 5 once more
    expect(request('denoiser-last', runOf('denoiser', 1))).toBeUndefined();
    expect(request('denoiser-levels', runOf('denoiser', 1))).toMatchObject({ figure: 'noise-levels', epoch: 1 });
    expect(request('time-samples', runOf('time', 20))).toMatchObject({ epochs: [5, 20] });
    expect(request('time-samples', runOf('time', 7))).toMatchObject({ epochs: [5] });
    expect(request('time-samples', runOf('time', 2))).toMatchObject({ epochs: [2] });
    expect(request('time-gif', runOf('time', 20))).toMatchObject({ figure: 'denoising', epoch: 20 });
    expect(request('time-loss', runOf('time', 0))).toBeUndefined();
  });

  it('take a run that counts before a newer preview', () => {
    const quick = runOf('denoiser', 5, { width: 16 }, { id: 'quick' });
    const older = runOf('denoiser', 5, { width: 32 }, { id: 'older' });
    const full = runOf('denoiser', 5, {}, { id: 'full' });
    expect(find('denoiser-loss', quick, full, older)).toMatchObject({ state: 'done', run: { id: 'full' } });
    const begun = runOf('denoiser', 0, {}, { id: 'begun' });
    expect(find('denoiser-loss', begun, quick)).toMatchObject({ run: { id: 'quick' } });
  });

  /** A run of the denoiser whose last epoch has a loss. */
  const withLoss = (id: string, epochs: number, loss: number, recipe: Partial<Recipe> = {}): Run => {
    const run = runOf('denoiser', epochs, recipe, { id });
    const epochLosses = run.progress.epochLosses.map((_, i) => (i === epochs - 1 ? loss : 0.1));
    return { ...run, progress: { ...run.progress, epochLosses } };
  };
  it('take the preview that comes closest: by epochs at the assigned settings, by the task, by the loss', () => {
    const three = withLoss('three', 3, 0.02);
    const one = withLoss('one', 1, 0.01);
    const longer = withLoss('longer', 4, 0.02, { epochs: 10 });
    const otherNoise = withLoss('other noise', 5, 0.001, { sigma: 0.2 });
    const improved = withLoss('improved', 5, 0.002, { model: 'improved' });
    const narrow = withLoss('narrow', 5, 0.03, { width: 16 });
    const wider = withLoss('wider', 5, 0.02, { width: 32, batchSize: 64 });
    const begun = { ...runOf('denoiser', 0, {}, { id: 'begun' }) };
    begun.progress = { ...begun.progress, step: 12 };
    const closest = [longer, three, one, wider, narrow, begun, improved, otherNoise].map(({ id }) => id);
    const runs = [begun, improved, narrow, otherNoise, one, wider, three, longer];
    for (const given of [runs, runs.toReversed()]) {
      const served = servings('denoiser-loss', given).map((d) => d.run?.id);
      // alike in all: as they come
      expect(served.slice(0, 6)).toEqual(closest.slice(0, 6));
      expect(served.slice(6).sort()).toEqual(closest.slice(6).sort());
      expect(find('denoiser-loss', ...given)).toMatchObject({ state: 'preview', run: { id: 'longer' } });
    }
    expect(find('denoiser-loss', one, wider, three)).toMatchObject({ run: { id: 'three' }, shortfalls: ['3 of 5 epochs'] });
  });
  it('take the newest of runs that come equally close', () => {
    const [newer, older] = [withLoss('newer', 3, 0.02), withLoss('older', 3, 0.02)];
    expect(find('denoiser-loss', newer, older).run?.id).toBe('newer');
    expect(find('denoiser-loss', older, newer).run?.id).toBe('older');
  });
  it('take the next where the closest has nothing for one of them', () => {
    const [one, quick] = [withLoss('one', 1, 0.02), withLoss('quick', 5, 0.02, { width: 16 })];
    // after its first epoch figure 6 would be figure 5 once more
    expect([find('denoiser-last', one, quick), find('denoiser-first', one, quick)].map((d) => d.run?.id)).toEqual([
      'quick',
      'one',
    ]);
  });
});

describe('the run that serves a deliverable', () => {
  const quick = runOf('denoiser', 5, { width: 16 }, { id: 'quick' });
  const full = runOf('denoiser', 5, {}, { id: 'full' });
  const begun = runOf('denoiser', 0, {}, { id: 'begun' });
  const loss = (runs: Record<string, string>) =>
    deliverables([begun, quick, full], { runs }).find((d) => d.id === 'denoiser-loss')!;

  it('is the one that is wished for, also where another counts', () => {
    expect(loss({ 'denoiser-loss': 'quick' })).toMatchObject({ state: 'preview', run: { id: 'quick' } });
    expect(loss({ 'denoiser-levels': 'quick' })).toMatchObject({ state: 'done', run: { id: 'full' } });
  });
  it('is the best where the wished one has nothing for it, or is gone', () => {
    expect(loss({ 'denoiser-loss': 'begun' })).toMatchObject({ run: { id: 'full' } });
    expect(loss({ 'denoiser-loss': 'deleted' })).toMatchObject({ run: { id: 'full' } });
  });
  it('is one of those that can serve, those that count first', () => {
    const runs = [begun, quick, runOf('time', 20), full];
    expect(servings('denoiser-loss', runs).map((d) => [d.run?.id, d.state])).toEqual([
      ['full', 'done'],
      ['quick', 'preview'],
    ]);
    expect(servings('noising', runs)).toEqual([]);
    expect(servings('nothing', runs)).toEqual([]);
  });
});

describe('the statement of a run', () => {
  it('names width, epochs, data, precision and device', () => {
    expect(statementOf(runOf('denoiser', 5))).toBe('D = 128, 5 epochs, 60,000 digits, float32');
    const resolved = { device: 'onnx-cpu', precision: 'bfloat16' as const, threads: 2, engine: '', processor: '' };
    expect(statementOf(runOf('time', 3, { width: 32, precision: 'auto' }, { resolved }))).toBe(
      'D = 32, 3 of 20 epochs, 60,000 digits, bfloat16, onnx-cpu',
    );
    expect(statementOf(runOf('denoiser', 1, { epochs: 1, subset: 1024, precision: 'auto' }))).toBe(
      'D = 128, 1 epoch, 1,024 digits',
    );
  });
});
