// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { nextTick, shallowRef, watch } from 'vue';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import { usePlayground } from '../stores/playground.ts';
import { useNetwork } from './use-network.ts';

const training = (step: number) =>
  scriptedRun('a', {
    epochs: 1,
    recipe: { objective: 'ddpm', conditioning: 'class', ema: 0.999 },
    progress: { epoch: 1, step, seconds: step, epochLosses: [0.02] },
  });

describe('the network that the playground asks', () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    openStudio(scriptedLink({}).link);
  });

  it('stays the same while its run trains, and is another at the next epoch', async () => {
    const [run, epoch] = [shallowRef(training(400)), shallowRef(1)];
    const network = useNetwork(
      () => run.value,
      () => epoch.value,
    );
    const changed = vi.fn();
    watch(network, changed);
    run.value = training(401);
    await nextTick();
    expect(changed).not.toHaveBeenCalled();
    epoch.value = 2;
    await nextTick();
    expect(changed).toHaveBeenCalledOnce();
  });

  it('is asked by the choices as far as they apply to its run', () => {
    const play = usePlayground();
    Object.assign(play, { digit: 3, guidance: 2, weights: 'ema' });
    const of = (run: ReturnType<typeof scriptedRun>) =>
      useNetwork(
        () => run,
        () => 1,
      ).value;
    expect(of(training(1))).toEqual({ run: 'a', epoch: 1, weights: 'ema', digit: 3, guidance: 2 });
    expect(of(scriptedRun('b', { epochs: 1 }))).toEqual({ run: 'b', epoch: 1, weights: 'raw', digit: null, guidance: 2 });
  });
});
