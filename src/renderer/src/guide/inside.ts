import { computed, type ComputedRef } from 'vue';
import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import type { BlockMaps, UnetBlock } from '#contract/inspection.ts';
import type { Part } from '#contract/preset.ts';
import type { Recipe } from '#contract/recipe.ts';
import type { Run } from '#contract/run.ts';
import type { CallInput } from '#contract/studio.ts';
import { useStudio } from '../client.ts';
import { noisyRange } from '../pixels.ts';
import { useLatest } from '../playground/use-latest.ts';
import { epochAt } from '../run/epochs.ts';
import { alphaBarOf } from '../sample/alpha-bar.ts';
import { mixAt, rangeOf } from '../sample/noise-level.ts';
import { useDeliverables } from '../stores/deliverables.ts';
import { useInside, type Instead } from '../stores/inside.ts';
import { usePlayground } from '../stores/playground.ts';
import { useRuns } from '../stores/runs.ts';
import type { Picture } from './noising.ts';
import { runsOfPart } from './part-run.ts';

/** What was found in a run's network. */
export interface Insights {
  input: Picture;
  blocks: ReadonlyMap<UnetBlock, BlockMaps>;
}

/** How a level of noise is written: σ = 0.50, t = 100 of 300. */
export function levelInWords({ objective, timesteps }: Recipe, level: number): string {
  if (objective === 'denoise') return `σ = ${level.toFixed(2)}`;
  return objective === 'ddpm' ? `t = ${Math.round(level * timesteps)} of ${timesteps}` : `t = ${level.toFixed(2)}`;
}

/** The run of a part that is proposed: one whose figures count, else the newest. All have checkpoints. */
export const proposed = (able: readonly Run[], counting: ReadonlySet<string>): Run | undefined =>
  able.find(({ id }) => counting.has(id)) ?? able[0];

/** What a choice means to a network; null: nothing else. */
export function insteadOf(choice: Instead, level: number, digit: number | null): CallInput<'playground.inspect'>['instead'] {
  if (choice === '') return null;
  if (choice === 'none') return { t: level, digit: null };
  const [kind, value] = choice.split(' ');
  return kind === 'class' ? { t: level, digit: Number(value) } : { t: Number(value), digit };
}

/** Looks into a part's trained network for as long as that is wanted: what may be chosen, and what is seen. */
export function useInsights(part: () => Part, model: () => Recipe['model'] | undefined) {
  const inside = useInside();
  const play = usePlayground();
  const runs = useRuns();
  const deliverables = useDeliverables();
  const studio = useStudio();

  const able = computed(() => runsOfPart(part(), runs.list, model()).filter(({ checkpoints }) => checkpoints.length > 0));
  const counting = computed(
    () =>
      new Set(
        deliverables.list.flatMap(({ part: of, state, run }) => (of === part() && state === 'done' && run ? [run.id] : [])),
      ),
  );
  const run = computed(() => able.value.find(({ id }) => id === inside.chosen?.run) ?? proposed(able.value, counting.value));
  const isOpen = computed(() => inside.open && run.value !== undefined);
  const epoch = computed(() => {
    if (run.value === undefined) return undefined;
    const asked = inside.chosen?.run === run.value.id ? inside.chosen.epoch : undefined;
    return epochAt(run.value, asked ?? NaN);
  });

  // a run that trains is another object at every step: the question is made of what does not change with it
  const id = computed(() => run.value?.id);
  const conditioning = computed(() => run.value?.recipe.conditioning);
  const objective = computed(() => run.value?.recipe.objective);
  const trainedAt = computed(() => run.value?.recipe.sigma ?? 0);
  const weights = computed(() => (run.value !== undefined && run.value.recipe.ema > 0 ? inside.weights : 'raw'));
  const level = computed({
    get: () => (objective.value === 'denoise' ? (inside.sigma ?? trainedAt.value) : inside.t),
    set: (value) => {
      if (objective.value === 'denoise') inside.sigma = value;
      else inside.t = value;
    },
  });
  const told = computed(() => {
    if (conditioning.value !== 'class' || inside.told === 'none') return null;
    return inside.told === 'own' ? inside.digit : Number(inside.told);
  });
  /** only what the network is told at all */
  const instead = computed((): Instead => {
    if (conditioning.value === undefined || conditioning.value === 'none') return '';
    return conditioning.value === 'time' && !inside.instead.startsWith('t') ? '' : inside.instead;
  });
  const drawing = computed(() => play.digits[inside.digit]?.slice());
  const question = computed((): CallInput<'playground.inspect'> | undefined => {
    if (!isOpen.value || id.value === undefined || epoch.value === undefined || drawing.value === undefined) return undefined;
    return {
      run: id.value,
      epoch: epoch.value,
      weights: weights.value,
      digit: told.value,
      drawing: drawing.value,
      level: level.value,
      seed: inside.seed,
      instead: insteadOf(instead.value, level.value, told.value),
    };
  });
  const { answer, error, busy } = useLatest(question, async (asked) => ({
    asked,
    ...(await studio.call('playground.inspect', asked)),
  }));

  const alphaBar = alphaBarOf(() => run.value?.recipe);
  const insights = computed((): Insights | undefined => {
    const [given, of] = [answer.value, run.value];
    // of another run: its blocks have other shapes
    if (given === undefined || of === undefined || given.asked.run !== of.id) return undefined;
    const { recipe } = of;
    const { level: at } = given.asked;
    return {
      input: {
        values: given.noisy,
        range: recipe.objective === 'denoise' ? noisyRange(at) : rangeOf(mixAt(at, alphaBar.value)),
        label: `The digit that is looked at, ${levelInWords(recipe, at)}`,
      },
      blocks: new Map(given.blocks.map((block) => [block.block, block])),
    };
  });
  const failure: ComputedRef<ErrorInfo | undefined> = computed(() =>
    error.value === undefined ? undefined : toErrorInfo(error.value),
  );
  return { able, run, isOpen, epoch, level, told, instead, insights, failure, busy };
}
