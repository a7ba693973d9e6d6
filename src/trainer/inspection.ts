import { StudioError } from '#contract/error.ts';
import { MOST_MAPS, type BlockMaps, type ChannelMaps } from '#contract/inspection.ts';
import type { FeatureMaps } from '#engine/training/inspector.ts';

/** A value's place between the ends of a byte. */
const WHITE = 255;

/**
 * What is told of a block: its first maps in bytes, and readings over all of them. `other` is what the same block gives when the
 * network is told something else. Throws a StudioError `checkpoint` where a value is no number.
 */
export function blockMaps(maps: FeatureMaps, other?: FeatureMaps): BlockMaps {
  const { block, channels, side, values } = maps;
  for (const given of [maps, ...(other === undefined ? [] : [other])])
    if (!given.values.every(Number.isFinite))
      throw new StudioError(
        'checkpoint',
        `The network’s block ${block} gives values that are no numbers.`,
        'Its training went astray. Choose an earlier epoch, or train again with a lower learning rate.',
      );
  const size = side * side;
  const shown = Math.min(channels, MOST_MAPS);
  const ofChannel = (i: number): Float32Array => values.subarray(i * size, (i + 1) * size);
  const readings = Array.from({ length: channels }, (_, i) => readingsOf(ofChannel(i)));
  const all = readingsOf(values);
  return {
    block,
    channels,
    maps: inBytes(values, shown, side),
    means: Float32Array.from(readings.slice(0, shown), ({ mean }) => mean),
    deviations: Float32Array.from(readings.slice(0, shown), ({ deviation }) => deviation),
    low: all.low,
    high: all.high,
    mean: all.mean,
    deviation: all.deviation,
    closed: values.reduce((count, v) => count + (v <= 0 ? 1 : 0), 0) / values.length,
    off: readings.filter(({ high }) => high <= 0).length,
    ...(other !== undefined && { change: changeOf(values, other.values, shown, side) }),
  };
}

function changeOf(told: Float32Array, instead: Float32Array, shown: number, side: number): BlockMaps['change'] {
  const change = told.map((v, i) => v - instead[i]!);
  const length = (v: Float32Array): number => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
  const changed = length(change);
  // of nothing a change has no share; it is then told as a length
  return { maps: inBytes(change, shown, side), share: changed === 0 ? 0 : changed / (length(told) || 1) };
}

/** Lowest and highest value, mean, and standard deviation. */
function readingsOf(values: Float32Array): { low: number; high: number; mean: number; deviation: number } {
  let low = Infinity;
  let high = -Infinity;
  let sum = 0;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
    sum += v;
  }
  const mean = sum / values.length;
  const squares = values.reduce((total, v) => total + (v - mean) ** 2, 0);
  return { low, high, mean, deviation: Math.sqrt(squares / values.length) };
}

/** The first `count` maps, each from its lowest value to its highest. One that is the same all over is black. */
function inBytes(values: Float32Array, count: number, side: number): ChannelMaps {
  const size = side * side;
  const low = new Float32Array(count);
  const high = new Float32Array(count);
  const bytes = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    const map = values.subarray(i * size, (i + 1) * size);
    const ends = readingsOf(map);
    [low[i], high[i]] = [ends.low, ends.high];
    const scale = ends.high > ends.low ? WHITE / (ends.high - ends.low) : 0;
    for (let at = 0; at < size; at++) bytes[i * size + at] = Math.round((map[at]! - ends.low) * scale);
  }
  return { side, low, high, bytes };
}
