// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref, shallowRef } from 'vue';
import { StudioError } from '#contract/error.ts';
import { presetRecipe } from '#contract/preset.ts';
import type { Recipe } from '#contract/recipe.ts';
import type { Estimate } from '#contract/studio.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { LONG, shorterWidth, useEstimate } from './estimate.ts';

const assigned = presetRecipe('denoiser', 'assigned');
const answer = (secondsPerStep: number, basis: Estimate['basis'] = 'measured'): Estimate => ({
  device: 'onnx-cpu',
  precision: 'float32',
  secondsPerStep,
  seconds: 0,
  basis,
});

function open(measure: (recipe: Recipe) => Promise<Estimate>) {
  const scripted = scriptedLink({ 'estimate.measure': ({ recipe }) => measure(recipe), 'estimate.cancel': () => undefined });
  openStudio(scripted.link);
  const recipe = shallowRef<Recipe | undefined>(assigned);
  const context = ref('auto 0');
  const scope = effectScope();
  const { state, again } = scope.run(() => useEstimate(recipe, () => context.value))!;
  const settle = async () => {
    await nextTick();
    await vi.advanceTimersByTimeAsync(1000);
  };
  return { scripted, recipe, context, scope, state, again, settle };
}

describe('the estimate', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    setActivePinia(createPinia());
  });
  afterEach(() => vi.useRealTimers());

  it('says that it is measuring, then gives the time of all steps', async () => {
    const { state, settle } = open(() => Promise.resolve(answer(0.305)));
    expect(state.value.status).toBe('measuring');
    await settle();
    expect(state.value).toMatchObject({ status: 'ready', steps: 1175, secondsPerStep: 0.305 });
    expect(state.value).toHaveProperty('seconds', expect.closeTo(358.4, 1));
  });

  it('does not measure again when only the number of steps changes', async () => {
    const { scripted, state, recipe, settle } = open(() => Promise.resolve(answer(0.1)));
    await settle();
    recipe.value = { ...assigned, epochs: 1, subset: 2560 };
    await settle();
    expect(state.value).toMatchObject({ status: 'ready', steps: 10, seconds: 1 });
    expect(scripted.count('estimate.measure')).toBe(1);
  });

  it('measures once for a value that is typed key by key, and remembers what it knows', async () => {
    const { scripted, recipe, settle } = open(({ width }) => Promise.resolve(answer(width / 1000)));
    await settle();
    for (const width of [6, 64]) {
      recipe.value = { ...assigned, width };
      await nextTick();
    }
    await settle();
    recipe.value = assigned;
    await settle();
    expect(
      scripted.asked.filter((a) => a.name === 'estimate.measure').map((a) => (a.input as { recipe: Recipe }).recipe.width),
    ).toEqual([128, 64]);
  });

  it('drops and cancels a measurement that nobody waits for any more', async () => {
    const answers: ((e: Estimate) => void)[] = [];
    const { scripted, state, recipe, settle } = open(() => new Promise((resolve) => answers.push(resolve)));
    await settle();
    recipe.value = { ...assigned, width: 32 };
    await settle();
    expect(scripted.count('estimate.cancel')).toBe(1);
    answers[0]!(answer(9));
    await settle();
    expect(state.value.status).toBe('measuring');
    answers[1]!(answer(0.02));
    await settle();
    expect(state.value).toMatchObject({ status: 'ready', secondsPerStep: 0.02 });
  });

  it('cancels when its page goes', async () => {
    const { scripted, scope, settle } = open(() => new Promise(() => undefined));
    await settle();
    scope.stop();
    expect(scripted.count('estimate.cancel')).toBe(1);
  });

  it('has none for an invalid recipe, and comes back with a valid one', async () => {
    const { state, recipe, settle } = open(() => Promise.resolve(answer(1)));
    await settle();
    recipe.value = undefined;
    await settle();
    expect(state.value.status).toBe('invalid');
    recipe.value = assigned;
    await settle();
    expect(state.value.status).toBe('ready');
  });

  it('measures again when device, threads or what trains meanwhile change', async () => {
    const { scripted, context, state, settle } = open(() => Promise.resolve(answer(1, 'live')));
    await settle();
    expect(state.value).toMatchObject({ basis: 'live' });
    context.value = 'reference 0';
    await settle();
    expect(scripted.count('estimate.measure')).toBe(2);
  });

  it('says why it failed, and tries again when asked', async () => {
    let fail = true;
    const { state, again, settle } = open(() =>
      fail
        ? Promise.reject(new StudioError('device', 'onnx-cpu does not start.', 'Choose another one.'))
        : Promise.resolve(answer(1)),
    );
    await settle();
    expect(state.value).toMatchObject({ status: 'failed', error: { message: 'onnx-cpu does not start.' } });
    fail = false;
    again();
    await settle();
    expect(state.value.status).toBe('ready');
  });
});

describe('a smaller width', () => {
  it('is the largest that should stay within twenty minutes', () => {
    expect(shorterWidth(assigned, 3 * LONG)).toEqual({ width: 48, seconds: expect.closeTo(3 * LONG * 0.375 ** 1.5) as number });
    expect(shorterWidth(assigned, 2 * LONG)).toMatchObject({ width: 64 });
  });
  it('is not offered where none helps', () => {
    expect(shorterWidth({ ...assigned, width: 8 }, 2 * LONG)).toBeUndefined();
  });
});
