import { computed, type ComputedRef } from 'vue';
import type { Part } from '#contract/preset.ts';
import { mixed, rangeOf, type Noising, type Picture } from './noising.ts';
import { mixtureAt, useSchedules } from './schedule.ts';

interface UNetPictures {
  input: Picture | undefined;
  output: Picture | undefined;
  names: readonly [input: string, output: string];
}

const TIMESTEPS = 300;
/** where digit and noise are both to be seen */
const SHOWN_T = 100;

/** What goes into a part's network and what is to come out of it, of the first test digit. */
export function useUNetPictures(
  part: () => Part,
  noising: () => Noising | undefined,
  sigma: () => number,
): ComputedRef<UNetPictures> {
  const { tables } = useSchedules(['linear'], () => TIMESTEPS);
  return computed(() => {
    const images = noising();
    const of = (a: number, s: number, label: string): Picture | undefined =>
      images && { values: mixed(images, 0, a, s), range: rangeOf(a, s), label };
    switch (part()) {
      case 'denoiser':
        return {
          input: of(1, sigma(), `A digit with noise, σ = ${sigma()}`),
          output: of(1, 0, 'The clean digit'),
          names: ['z', 'x̂'],
        };
      case 'time':
      case 'class': {
        const table = tables.value?.get('linear');
        const { a, s } = table === undefined ? { a: 1, s: 0 } : mixtureAt(table, SHOWN_T);
        return {
          input: table && of(a, s, `The digit at t = ${SHOWN_T} of ${TIMESTEPS}`),
          output: of(0, 1, 'The noise in it'),
          names: ['xₜ', 'ε'],
        };
      }
      case 'flow':
        return {
          input: of(0.5, 0.5, 'The digit half way to its noise'),
          output: of(-1, 1, 'The direction from digit to noise'),
          names: ['xₜ', 'v'],
        };
    }
  });
}
