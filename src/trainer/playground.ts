import { StudioError } from '#contract/error.ts';
import type { BetweenRequest, LookRequest, WayRequest } from '#contract/playground.ts';
import { openGuidedModel } from '#engine/diffusion/guidance.ts';
import { samplerNoise } from '#engine/diffusion/sampling.ts';
import { sampleDdim } from '#engine/diffusion/samplers/ddim.ts';
import { sampleEuler } from '#engine/diffusion/samplers/euler.ts';
import { combine, type Frames, type Model } from '#engine/diffusion/samplers/sampler.ts';
import { scheduleNamed } from '#engine/diffusion/schedule.ts';
import type { Executor } from '#engine/executors/executor.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { normals } from '#engine/random/draws.ts';
import { openScorer, type Scorer } from '#engine/scoring/scorer.ts';
import { epochCheckpoint, readCheckpoint } from '#library/checkpoint.ts';
import { scorerWeights } from './scoring.ts';
import type { Network } from './sampling.ts';

type Asked = Pick<LookRequest, 'run' | 'epoch' | 'digit' | 'guidance'>;
interface Open {
  network: Network;
  model: Model;
  dispose: () => Promise<void>;
}

/** What is asked of networks while one plays with them. They stay open from one question to the next. Calls must not overlap. */
export interface Playground {
  look(request: LookRequest): Promise<{ noisy: Float32Array; seen: Float32Array; ofDrawing: Float32Array; ofSeen: Float32Array }>;
  way(request: WayRequest): Promise<{ t: Float32Array; x: Float32Array; x0: Float32Array }>;
  between(request: BetweenRequest): Promise<{ noise: Float32Array; images: Float32Array }>;
}

/** Networks that are kept open: the one that is drawn for, one for each kind of question, and the last choice. */
const KEPT = 4;
/** Images that are read at a time: a drawing, and what the network sees. */
const READ = 2;

/** `folderOf` gives a run's folder. */
export function createPlayground(executor: Executor, folderOf: (run: string) => string): Playground {
  const kept = new Map<string, Open>();
  let reader: Scorer | undefined;

  async function open(asked: Asked, count: number): Promise<Open> {
    const { run, epoch, digit, guidance } = asked;
    const key = JSON.stringify([run, epoch, digit, digit === null ? 0 : guidance, count]);
    const found = kept.get(key);
    kept.delete(key);
    const opened = found ?? (await load(asked, count));
    // the last one that was used is the last to go
    kept.set(key, opened);
    const oldest = kept.size > KEPT ? kept.entries().next().value : undefined;
    if (oldest !== undefined) {
      kept.delete(oldest[0]);
      await oldest[1].dispose();
    }
    return opened;
  }
  async function load({ run, epoch, digit, guidance }: Asked, count: number): Promise<Open> {
    const network = await readCheckpoint(epochCheckpoint(folderOf(run), epoch));
    const labels = new Array<number>(count).fill(digit ?? 0);
    const how = { count, labels, guidance: digit === null ? 0 : guidance };
    return { network, ...(await openGuidedModel(executor, network.recipe, network.tensors, how)) };
  }

  return {
    async look(request) {
      const { network, model } = await open(request, 1);
      const { signal, noise, level } = mixOf(network, request.level);
      const epsilon = normals(new Float32Array(PIXELS), { seed: request.seed, stream: 'noising', step: 0 });
      const noisy = combine([signal, request.drawing], [noise, epsilon]);
      const seen = level === 0 ? request.drawing.slice() : seenIn(network, noisy, await model(noisy, level), level);
      reader ??= await openScorer(executor, await scorerWeights(), READ);
      const both = new Float32Array(READ * PIXELS);
      both.set(request.drawing);
      both.set(seen, PIXELS);
      const { probabilities } = await reader.read(both);
      return { noisy, seen, ofDrawing: probabilities.slice(0, 10), ofSeen: probabilities.slice(10) };
    },
    async way(request) {
      const { network, model } = await open(request, 1);
      const { signal, noise } = mixOf(network, request.t);
      const epsilon = normals(new Float32Array(PIXELS), { seed: request.seed, stream: 'noising', step: 0 });
      const start = combine([signal, request.drawing], [noise, epsilon]);
      const moments: { t: number; x: Float32Array; x0: Float32Array }[] = [];
      for await (const moment of wayFrom(network, model, start, request.t, request.steps)) moments.push(moment);
      const all = (key: 'x' | 'x0') => {
        const out = new Float32Array(moments.length * PIXELS);
        moments.forEach((moment, i) => out.set(moment[key], i * PIXELS));
        return out;
      };
      return { t: Float32Array.from(moments, ({ t }) => t), x: all('x'), x0: all('x0') };
    },
    async between(request) {
      const { count, from, to, steps } = request;
      const { network, model } = await open(request, count);
      const noise = circle(samplerNoise(from, 1).start(), samplerNoise(to, 1).start(), count);
      let images: Float32Array = noise;
      for await (const { x } of wayFrom(network, model, noise, 1, steps)) images = x;
      return { noise, images };
    },
  };
}

/** How much of an image and of noise is in one at a level, and the level as the network is told it. */
function mixOf({ recipe }: Network, level: number): { signal: number; noise: number; level: number } {
  if (recipe.objective === 'denoise') return { signal: 1, noise: level, level: 1 };
  if (level > 1) throw new StudioError('bad-input', `t is ${level}; it must be from 0 to 1.`, 'Choose a time that there is.');
  if (recipe.objective === 'flow') return { signal: 1 - level, noise: level, level };
  const { alphaBar, timesteps } = scheduleNamed(recipe.schedule, recipe.timesteps);
  const t = Math.round(level * timesteps);
  return { signal: Math.sqrt(alphaBar[t]!), noise: Math.sqrt(1 - alphaBar[t]!), level: t / timesteps };
}

/** x̂_0 out of what a network answers: an image, the noise in x_t, or the velocity at it. */
function seenIn({ recipe }: Network, x: Float32Array, answer: Float32Array, t: number): Float32Array {
  if (recipe.objective === 'denoise') return answer;
  if (recipe.objective === 'flow') return combine([1, x], [-t, answer]);
  const { alphaBar, timesteps } = scheduleNamed(recipe.schedule, recipe.timesteps);
  const bar = alphaBar[Math.round(t * timesteps)]!;
  return combine([1 / Math.sqrt(bar), x], [-Math.sqrt(1 - bar) / Math.sqrt(bar), answer]);
}

/** From x_t to an image, without fresh noise. Throws a StudioError `bad-input` for a denoiser, which has no way. */
function wayFrom({ recipe }: Network, model: Model, start: Float32Array, t: number, steps: number): Frames {
  if (recipe.objective === 'denoise')
    throw new StudioError('bad-input', 'A denoiser has one step and no way from noise.', 'Choose a run of part 2.');
  if (recipe.objective === 'flow') return sampleEuler(model, { start: () => start }, steps, t);
  const schedule = scheduleNamed(recipe.schedule, recipe.timesteps);
  const from = Math.max(1, Math.round(t * schedule.timesteps));
  const noise = { start: () => start, at: () => new Float32Array(start.length) };
  return sampleDdim(model, noise, schedule, { steps: Math.min(steps, from), eta: 0, from });
}

/**
 * Points on the great circle from one vector to another, ends included: spherical interpolation (Shoemake 1985). Points on the
 * straight line would have less noise in them than the network knows.
 */
export function circle(a: Float32Array, b: Float32Array, count: number): Float32Array {
  const dot = (v: Float32Array, w: Float32Array): number => v.reduce((sum, x, i) => sum + x * w[i]!, 0);
  const angle = Math.acos(Math.min(1, Math.max(-1, dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)))));
  const out = new Float32Array(count * a.length);
  for (let i = 0; i < count; i++) {
    const share = i / (count - 1);
    const [ofA, ofB] =
      angle < 1e-6
        ? [1 - share, share]
        : [Math.sin((1 - share) * angle), Math.sin(share * angle)].map((s) => s / Math.sin(angle));
    out.set(combine([ofA!, a], [ofB!, b]), i * a.length);
  }
  return out;
}
