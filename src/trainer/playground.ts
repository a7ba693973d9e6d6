import { StudioError } from '#contract/error.ts';
import type { Inspection, InspectionRequest } from '#contract/inspection.ts';
import type { LookRequest, WalkRequest } from '#contract/playground.ts';
import type { SamplingFrame } from '#contract/sampling.ts';
import { isMixed, oneHot, openGuidedModel, type GuidedModel } from '#engine/diffusion/guidance.ts';
import { samplerNoise } from '#engine/diffusion/sampling.ts';
import { sampleDdim } from '#engine/diffusion/samplers/ddim.ts';
import { sampleEuler } from '#engine/diffusion/samplers/euler.ts';
import { combine, type Frames, type Model } from '#engine/diffusion/samplers/sampler.ts';
import { scheduleNamed } from '#engine/diffusion/schedule.ts';
import type { Executor } from '#engine/executors/executor.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { normals } from '#engine/random/draws.ts';
import { openScorer, type Scorer } from '#engine/scoring/scorer.ts';
import { openInspector, type FeatureMaps, type Inspector } from '#engine/training/inspector.ts';
import { epochCheckpoint, readCheckpoint } from '#library/checkpoint.ts';
import { blockMaps } from './inspection.ts';
import { scorerWeights } from './scoring.ts';
import { weightsOf, type Network } from './sampling.ts';

type Asked = Pick<LookRequest, 'run' | 'epoch' | 'weights' | 'digit' | 'guidance'>;
interface Open extends GuidedModel {
  network: Network;
  /** nothing has been asked of it before */
  isNew: boolean;
}
interface Look {
  noisy: Float32Array;
  seen: Float32Array;
  ofDrawing: Float32Array;
  ofSeen: Float32Array;
  opened: boolean;
}
/** The moments of a walk, from noise to image, and how many there are. */
interface Walk {
  of: number;
  frames: Frames;
}

/** What is asked of networks while one plays with them. They stay open from one question to the next. Calls must not overlap. */
export interface Playground {
  look(request: LookRequest): Promise<Look>;
  /** Throws a StudioError `checkpoint` for a network that gives what is no number. */
  inspect(request: InspectionRequest): Promise<Inspection>;
  /** Throws a StudioError `bad-input` for a denoiser, which has no way from noise. */
  walk(request: WalkRequest): Promise<Walk>;
}

/** Networks that are kept open: the one that is drawn for, one for each kind of question, and the last choice. */
const KEPT = 4;
/** Images that are read at a time: a drawing, and what the network sees. */
const READ = 2;

/** `folderOf` gives a run's folder. */
export function createPlayground(executor: Executor, folderOf: (run: string) => string): Playground {
  const kept = new Map<string, Open>();
  /** the network that is looked into; it makes way for the next one, and for any other question */
  let inspected: { key: string; network: Network; inspector: Inspector } | undefined;
  let reader: Scorer | undefined;

  async function open(asked: Asked, count: number): Promise<Open> {
    await closeInspector();
    const { run, epoch, weights, digit } = asked;
    const guidance = digit === null ? 0 : asked.guidance;
    // one network for every γ that mixes both of its answers: a slider opens none
    const key = JSON.stringify([run, epoch, weights, digit, isMixed(guidance) ? 'mixed' : guidance, count]);
    const found = kept.get(key);
    kept.delete(key);
    const opened = found === undefined ? await load(asked, guidance, count) : { ...found, isNew: false };
    if (isMixed(guidance) && opened.network.recipe.conditioning === 'class') opened.guide(guidance);
    // the last one that was used is the last to go
    kept.set(key, opened);
    const oldest = kept.size > KEPT ? kept.entries().next().value : undefined;
    if (oldest !== undefined) {
      kept.delete(oldest[0]);
      await oldest[1].dispose();
    }
    return opened;
  }
  async function read({ run, epoch, weights }: Pick<Asked, 'run' | 'epoch' | 'weights'>): Promise<Network> {
    const { recipe, tensors } = await readCheckpoint(epochCheckpoint(folderOf(run), epoch));
    return { recipe, tensors: weightsOf(tensors, weights) };
  }
  async function load(asked: Asked, guidance: number, count: number): Promise<Open> {
    const { digit } = asked;
    const network = await read(asked);
    const { recipe } = network;
    const labels = new Array<number>(count).fill(digit ?? 0);
    const how = { count, labels, guidance };
    return { network, isNew: true, ...(await openGuidedModel(executor, recipe, network.tensors, how)) };
  }

  async function closeInspector(): Promise<void> {
    const closing = inspected;
    inspected = undefined;
    await closing?.inspector.dispose();
  }
  async function lookInto(asked: InspectionRequest): Promise<{ network: Network; inspector: Inspector; isNew: boolean }> {
    const key = JSON.stringify([asked.run, asked.epoch, asked.weights]);
    if (inspected?.key === key) return { ...inspected, isNew: false };
    await closeInspector();
    const network = await read(asked);
    inspected = { key, network, inspector: await openInspector(executor, network.recipe, network.tensors) };
    return { ...inspected, isNew: true };
  }

  return {
    async look(request) {
      const { network, model, isNew } = await open(request, 1);
      const { signal, noise, level } = mixOf(network, request.level);
      const epsilon = normals(new Float32Array(PIXELS), { seed: request.seed, stream: 'noising', step: 0 });
      const noisy = combine([signal, request.drawing], [noise, epsilon]);
      const seen = level === 0 ? request.drawing.slice() : seenIn(network, noisy, await model(noisy, level), level);
      reader ??= await openScorer(executor, await scorerWeights(), READ);
      const both = new Float32Array(READ * PIXELS);
      both.set(request.drawing);
      both.set(seen, PIXELS);
      const { probabilities } = await reader.read(both);
      return { noisy, seen, ofDrawing: probabilities.slice(0, 10), ofSeen: probabilities.slice(10), opened: isNew };
    },
    async inspect(request) {
      const { network, inspector, isNew } = await lookInto(request);
      const { conditioning } = network.recipe;
      const { signal, noise, level } = mixOf(network, request.level);
      const epsilon = normals(new Float32Array(PIXELS), { seed: request.seed, stream: 'noising', step: 0 });
      const noisy = combine([signal, request.drawing], [noise, epsilon]);
      const ask = (t: number, digit: number | null): Promise<FeatureMaps[]> =>
        inspector.inspect(
          noisy,
          conditioning === 'none' ? undefined : Float32Array.of(t),
          conditioning === 'class' ? oneHot([digit ?? 0], () => digit !== null) : undefined,
        );
      const told = await ask(level, request.digit);
      const { instead } = request;
      const other = instead === null ? undefined : await ask(mixOf(network, instead.t).level, instead.digit);
      return { noisy, blocks: told.map((maps, i) => blockMaps(maps, other?.[i])), opened: isNew } as Inspection;
    },
    async walk(request) {
      if (request.kind === 'between') {
        const { count, from, to, steps } = request;
        const { network, model } = await open(request, count);
        const noise = circle(samplerNoise(from, 1).start(), samplerNoise(to, 1).start(), count);
        return walkFrom(network, model, noise, 1, steps);
      }
      const { network, model } = await open(request, 1);
      const { signal, noise } = mixOf(network, request.t);
      const epsilon = normals(new Float32Array(PIXELS), { seed: request.seed, stream: 'noising', step: 0 });
      return walkFrom(network, model, combine([signal, request.drawing], [noise, epsilon]), request.t, request.steps);
    },
  };
}

/** Walks, and hands each moment on as it comes; it is asked before every one whether to go on. */
export async function walk(
  playground: Playground,
  request: WalkRequest,
  isCancelled: () => boolean,
  onFrame: (frame: SamplingFrame) => Promise<void>,
): Promise<'done' | 'cancelled'> {
  if (isCancelled()) return 'cancelled';
  const { of, frames } = await playground.walk(request);
  let index = 0;
  for await (const { t, x, x0 } of frames) {
    if (isCancelled()) return 'cancelled';
    await onFrame({ index: index++, of, t, x, x0 } as SamplingFrame);
  }
  return 'done';
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

/** From x_t to an image, without fresh noise. */
function walkFrom({ recipe }: Network, model: Model, start: Float32Array, t: number, steps: number): Walk {
  if (recipe.objective === 'denoise')
    throw new StudioError('bad-input', 'A denoiser has one step and no way from noise.', 'Choose a run of part 2.');
  if (recipe.objective === 'flow') return { of: steps + 1, frames: sampleEuler(model, { start: () => start }, steps, t) };
  const schedule = scheduleNamed(recipe.schedule, recipe.timesteps);
  const from = Math.max(1, Math.round(t * schedule.timesteps));
  const taken = Math.min(steps, from);
  const noise = { start: () => start, at: () => new Float32Array(start.length) };
  return { of: taken + 1, frames: sampleDdim(model, noise, schedule, { steps: taken, eta: 0, from }) };
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
