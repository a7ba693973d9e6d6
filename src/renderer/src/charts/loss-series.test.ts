import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shallowRef } from 'vue';
import { smoothLosses } from '#contract/curve.ts';
import { defaultRecipe, totalSteps } from '#contract/recipe.ts';
import { CurveColumns } from '../stores/curve-columns.ts';
import { bestPoint } from './drawing.ts';
import { useLossSeries, type CurveSource } from './loss-series.ts';

const recipe = { ...defaultRecipe, subset: 640, batchSize: 64, epochs: 60 };
const value = fc.oneof(
  { weight: 8, arbitrary: fc.float({ min: Math.fround(0.001), max: 10, noNaN: true }) },
  fc.constantFrom(NaN, Infinity),
);
const steps = fc.array(fc.tuple(value, value, value, value), { maxLength: 80 });
const sourceOf = (columns: CurveColumns): CurveSource => ({
  key: 'a',
  name: 'A',
  colour: 'd1',
  recipe,
  curve: columns.view(),
  live: true,
});

describe('the lines of a curve that grows and is cut back', () => {
  it.each([false, true])('are at every moment those of the whole curve (by t: %s)', (byTime) => {
    fc.assert(
      fc.property(fc.array(fc.record({ cut: fc.nat(120), add: steps }), { minLength: 1, maxLength: 8 }), (events) => {
        const columns = new CurveColumns();
        const sources = shallowRef<CurveSource[]>([sourceOf(columns)]);
        const series = useLossSeries(
          () => sources.value,
          () => byTime,
        );
        for (const { cut, add } of events) {
          // every other event is a resume
          if (cut % 2 === 0) columns.cut(cut);
          const from = columns.lastStep;
          columns.append({
            steps: Int32Array.from(add, (_, i) => from + i + 1),
            losses: Float32Array.from(add, ([a]) => a),
            quarterLosses: Float32Array.from(add.flat()),
            learningRates: new Float32Array(add.length),
            seconds: new Float32Array(add.length),
            testSteps: new Int32Array(0),
            testLosses: new Float32Array(0),
          });
          sources.value = [sourceOf(columns)];
          const { losses, quarterLosses } = columns.view();
          const whole =
            quarterLosses === undefined || !byTime
              ? [losses]
              : [0, 1, 2, 3].map((q) => quarterLosses.filter((_, i) => i % 4 === q));
          expect(series.value.map((line) => line.losses)).toEqual(whole);
          for (const [i, line] of series.value.entries()) {
            const smooth = smoothLosses(whole[i]!, totalSteps(recipe));
            expect(new Float32Array(line.smooth)).toEqual(smooth);
            const finite = [...smooth].filter(Number.isFinite);
            expect(bestPoint(line)?.y).toBe(finite.length === 0 ? undefined : Math.min(...finite));
            const raw = [...whole[i]!].filter(Number.isFinite);
            line.extremes.look(0, line.losses.length);
            expect([line.extremes.low, line.extremes.high]).toEqual([Math.min(...raw), Math.max(...raw)]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
