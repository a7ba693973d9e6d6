/** Five long curves in one chart, that grow at every frame while it is zoomed, moved and read. Frame times go to window. */
import '../../src/renderer/src/styles/app.css';
import { createPinia } from 'pinia';
import { TooltipProvider } from 'reka-ui';
import { createApp, h, nextTick, shallowRef } from 'vue';
import type { MetricColumns } from '#contract/metrics.ts';
import { defaultRecipe } from '#contract/recipe.ts';
import type { CurveSource } from '../../src/renderer/src/charts/loss-series.ts';
import LossPanel from '../../src/renderer/src/charts/LossPanel.vue';
import type { Range } from '../../src/renderer/src/charts/viewport.ts';
import { CurveColumns } from '../../src/renderer/src/stores/curve-columns.ts';

const params = new URLSearchParams(location.search);
const points = Number(params.get('points'));
const runs = Number(params.get('runs'));
const seconds = Number(params.get('seconds'));
const gain = Number(params.get('gain'));

// room to grow for the whole measurement
const recipe = { ...defaultRecipe, subset: 6400, batchSize: 64, epochs: Math.ceil((points * 1.4) / 100) };
const lossAt = (run: number, step: number): number => {
  const noise = Math.sin(step * 12.9898 + run * 78.233) * 43758.5453;
  return (0.02 + 0.01 * run + 0.3 / (1 + step / 300)) * Math.exp(0.25 * (noise - Math.floor(noise) - 0.5));
};
function columns(run: number, from: number, to: number): MetricColumns {
  const steps = Int32Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const tests = steps.filter((step) => step % 5000 === 0);
  return {
    steps,
    losses: Float32Array.from(steps, (step) => lossAt(run, step)),
    learningRates: new Float32Array(steps.length).fill(1e-3),
    seconds: Float32Array.from(steps, (step) => (0.02 + 0.005 * run) * step),
    testSteps: tests,
    testLosses: Float32Array.from(tests, (step) => lossAt(run, step)),
  };
}

const curves = Array.from({ length: runs }, () => new CurveColumns());
let reached = points;
for (const [run, curve] of curves.entries()) curve.append(columns(run, 1, points));
const sources = shallowRef<CurveSource[]>([]);
function publish(): void {
  sources.value = curves.map((curve, run) => ({
    key: String(run),
    name: `Run ${run + 1}`,
    mark: 'ABCDE'[run]!,
    colour: (['d1', 'd2', 'd3', 'd4', 'd5'] as const)[run % 5]!,
    recipe,
    curve: curve.view(),
    live: true,
  }));
}
publish();
const range = shallowRef<Range | undefined>();
const at = shallowRef<number | undefined>();
createApp({
  render: () =>
    h(TooltipProvider, () =>
      h(LossPanel, {
        sources: sources.value,
        title: 'Training loss',
        plot: 'h-[520px]',
        range: range.value,
        at: at.value,
        'onUpdate:range': (value: Range | undefined) => (range.value = value),
        'onUpdate:at': (value: number | undefined) => (at.value = value),
      }),
    ),
})
  .use(createPinia())
  .mount('#app');

function grow(): void {
  for (const [run, curve] of curves.entries()) curve.append(columns(run, reached + 1, reached + gain));
  reached += gain;
  publish();
}
/** What a frame does beside growing, t in [0, 1]. */
const acts: Record<string, (t: number) => void> = {
  growing: () => undefined,
  zooming: (t) => {
    const width = reached * (0.05 + 0.9 * Math.abs(Math.cos(t * 9)));
    range.value = [0.3 * (reached - width), 0.3 * (reached - width) + width];
  },
  moving: (t) => {
    const from = 0.7 * reached * Math.abs(Math.sin(t * 5));
    range.value = [from, from + 0.3 * reached];
  },
  reading: (t) => {
    range.value = undefined;
    at.value = reached * Math.abs(Math.sin(t * 7));
  },
};

/** Milliseconds between frames while something is done at each of them. */
async function measure(name: string): Promise<number[]> {
  await document.fonts.ready;
  const act = acts[name]!;
  const frames: number[] = [];
  const began = performance.now();
  let before = await new Promise<number>(requestAnimationFrame);
  while (performance.now() - began < seconds * 1000) {
    performance.mark('frame');
    grow();
    act((performance.now() - began) / (seconds * 1000));
    await nextTick();
    const frame = await new Promise<number>(requestAnimationFrame);
    frames.push(frame - before);
    before = frame;
  }
  return frames;
}
Object.assign(window, { measure, acts: Object.keys(acts) });
