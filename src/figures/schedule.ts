import { logTicks } from '#contract/curve.ts';
import type { CallOutput } from '#contract/studio.ts';
import { count } from '#contract/words.ts';
import { at, CONTENT_TOP, INK, line, MARGIN, page, text } from './drawing.ts';

type Table = CallOutput<'schedule.table'>;

const PANEL = { width: 300, height: 170 };
/** Room for an axis' numbers, and between panels. */
const AXIS = 46;
const BETWEEN = 44;

interface Panel {
  name: string;
  /** t = first … T */
  values: Float64Array;
  first: number;
  scale: 'linear' | 'log';
  range?: readonly [number, number];
}

/** β, α, ᾱ and the signal-to-noise ratio over t. Returns SVG. */
export function scheduleFigure(name: 'linear' | 'cosine', timesteps: number, table: Table): string {
  const panels: Panel[] = [
    { name: 'β', values: table.beta, first: 1, scale: 'linear' },
    { name: 'α = 1 − β', values: table.alpha, first: 1, scale: 'linear' },
    { name: 'ᾱ, the signal that is left', values: table.alphaBar, first: 0, scale: 'linear', range: [0, 1] },
    { name: 'Signal to noise, ᾱ / (1 − ᾱ)', values: table.snr, first: 1, scale: 'log' },
  ];
  const content = panels.map((panel, i) => {
    const left = MARGIN + AXIS + (i % 2) * (PANEL.width + AXIS + BETWEEN);
    const top = CONTENT_TOP + 16 + Math.floor(i / 2) * (PANEL.height + BETWEEN + 16);
    return drawn(panel, timesteps, left, top);
  });
  const last = table.alphaBar.at(-1)!;
  return page({
    title: `The ${name} noise schedule, T = ${count(timesteps)}`,
    width: 2 * (PANEL.width + AXIS) + BETWEEN,
    bottom: CONTENT_TOP + 16 + 2 * PANEL.height + BETWEEN + 16 + 18,
    content: content.join('\n'),
    caption: {
      facts: [
        name === 'linear'
          ? `β_t is linear from 0.0001 to 0.02 over t = 1 … ${count(timesteps)} (Ho et al. 2020); ᾱ_T = ${last.toPrecision(3)}.`
          : `ᾱ_t follows cos² (Nichol & Dhariwal 2021), β_t is at most 0.999; ᾱ_T = ${last.toPrecision(3)}.`,
      ],
      preview: undefined,
    },
  });
}

function drawn({ name, values, first, scale, range }: Panel, timesteps: number, left: number, top: number): string {
  const shown = [...values.subarray(first)];
  const [low, high] = range ?? (scale === 'log' ? [Math.min(...shown), Math.max(...shown)] : linearRange(shown));
  const bottom = top + PANEL.height;
  const share = (v: number): number =>
    scale === 'log' ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low || 1);
  const x = (t: number): number => left + (PANEL.width * t) / timesteps;
  const y = (v: number): number => bottom - PANEL.height * share(v);
  const ticks = scale === 'log' ? decades(low, high) : Array.from({ length: 5 }, (_, i) => low + ((high - low) * i) / 4);
  const parts = [text(left, top - 10, name, { fill: INK.text, size: 12 })];
  for (const tick of ticks) {
    parts.push(line(left, y(tick), left + PANEL.width, y(tick), { stroke: INK.grid }));
    parts.push(text(left - 8, y(tick) + 4, tickName(tick), { anchor: 'end' }));
  }
  parts.push(line(left, bottom, left + PANEL.width, bottom, { stroke: INK.axis }));
  for (const t of [0, Math.round(timesteps / 2), timesteps])
    parts.push(
      text(x(t), bottom + 16, t === timesteps ? `t = ${count(t)}` : count(t), { anchor: t === timesteps ? 'end' : 'middle' }),
    );
  // no more points than the panel has pixels
  const every = Math.max(1, Math.floor(shown.length / (2 * PANEL.width)));
  const points = shown.flatMap((v, i) => (i % every === 0 || i === shown.length - 1 ? [`${at(x(i + first))},${at(y(v))}`] : []));
  parts.push(`<polyline points="${points.join(' ')}" fill="none" stroke="${INK.accent}" stroke-width="1.75"/>`);
  return parts.join('\n');
}

/** From a round number below to a round number above: a quarter of the distance has few digits. */
function linearRange(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const unit = 10 ** Math.floor(Math.log10(high - low || 1)) * 0.4;
  return [Math.floor(low / unit + 1e-9) * unit, Math.ceil(high / unit - 1e-9) * unit];
}

const decades = (low: number, high: number): number[] =>
  logTicks(low, high).filter((tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9);

const tickName = (value: number): string => count(Number(value.toPrecision(4)));
