import * as z from 'zod/mini';
import { importProgressSchema, type Archives } from './archive.ts';
import { engineKindSchema, engineStateSchema } from './engine.ts';
import { figureRequestSchema } from './figure.ts';
import { metricColumnsSchema } from './metrics.ts';
import { errorSchema } from './error.ts';
import { inspectionRequestSchema, inspectionSchema } from './inspection.ts';
import { lookRequestSchema, lookSchema, walkRequestSchema } from './playground.ts';
import { DEVICES, PRECISIONS, recipeSchema } from './recipe.ts';
import { reportPatchSchema, reportSchema } from './report.ts';
import { scoreSchema } from './score.ts';
import { thinningRequestSchema, thinningSchema, trashedRunSchema, trashEntrySchema, usageSchema } from './housekeeping.ts';
import { notesSchema, runIdSchema, runSchema, tagsSchema } from './run.ts';
import {
  gridSchema,
  samplingFrameSchema,
  samplingPlanSchema,
  samplingRequestSchema,
  scheduleTableSchema,
  scoringRequestSchema,
} from './sampling.ts';
import { settingsPatchSchema, settingsSchema } from './settings.ts';

/**
 * The whole conversation between a window and the studio: what may be asked, and what is told.
 * Both transports (ipcMain and WebSocket) serve this one map. Inputs are checked where they arrive;
 * images, frames and metrics cross as typed arrays.
 */
const id = z.object({ id: runIdSchema });
const nothing = z.undefined();
const u8 = z.instanceof(Uint8Array);
const f32 = z.instanceof(Float32Array);
const f64 = z.instanceof(Float64Array);

/** What was found when the same steps were trained in bfloat16 and in float32. */
const bfloat16Schema = z.object({
  /** whether precision `auto` takes it: it is faster, and its loss within 1 % */
  chosen: z.boolean(),
  /** why not; empty where it is chosen */
  why: z.string(),
  imagesPerSecond: z.optional(z.number()),
  /** its loss in parts of float32's, after some steps */
  lossRatio: z.optional(z.number()),
});
export const deviceInfoSchema = z.object({
  name: z.string(), // onnx-cpu
  label: z.string(), // ONNX Runtime on the processor
  /** it starts here, and its self-check passed */
  available: z.boolean(),
  /** engine and version, or why it is not there */
  detail: z.string(),
  /** what would help; empty where nothing is amiss */
  hint: z.string(),
  /** its training step beside the reference's: the comparison that came nearest to its tolerance, or missed it */
  selfCheck: z.optional(z.object({ check: z.string(), error: z.number(), tolerance: z.number() })),
  /** digits a second in the training of a Quick look (D = 16, batch 64); absent where it could not be timed */
  imagesPerSecond: z.optional(z.number()),
  /** absent where it has not been tried */
  bfloat16: z.optional(bfloat16Schema),
});
export type DeviceInfo = z.infer<typeof deviceInfoSchema>;

const estimateSchema = z.object({
  device: z.string(),
  precision: z.enum(PRECISIONS),
  secondsPerStep: z.number(),
  /** for the whole run */
  seconds: z.number(),
  /** measured: timed just now; live: scaled from the run that is training */
  basis: z.enum(['measured', 'live']),
});
export type Estimate = z.infer<typeof estimateSchema>;

export const calls = {
  'app.info': {
    input: nothing,
    output: z.object({
      shell: z.enum(['electron', 'browser']),
      version: z.string(),
      platform: z.string(),
      libraryFolder: z.string(),
      processor: z.string(),
    }),
  },
  'settings.get': { input: nothing, output: settingsSchema },
  'settings.set': { input: settingsPatchSchema, output: settingsSchema },
  /** Every device as it is here; those that aren't known yet are tried first, each in a process of its own. */
  'devices.list': { input: nothing, output: z.array(deviceInfoSchema) },
  /** Tries every device again. */
  'devices.check': { input: nothing, output: z.array(deviceInfoSchema) },
  'engines.list': { input: nothing, output: engineStateSchema },
  /** Begins to install TensorFlow; how it goes is told by events. */
  'engines.install': { input: z.object({ kind: engineKindSchema }), output: engineStateSchema },
  /** Ends the installation, or the question whether there should be one; the studio asks and begins no more by itself. */
  'engines.cancel': { input: nothing, output: engineStateSchema },
  'engines.remove': { input: nothing, output: engineStateSchema },
  /** Times a few warm steps of the recipe on its device; a second call cancels the first. */
  'estimate.measure': { input: z.object({ recipe: recipeSchema }), output: estimateSchema },
  'estimate.cancel': { input: nothing, output: nothing },

  /** Runs, newest first, from behind a place in that order. `more` when others follow; see `runs.found`. */
  'runs.list': {
    input: z.optional(z.object({ before: z.object({ createdAt: z.number(), id: runIdSchema }) })),
    output: z.object({ runs: z.array(runSchema), more: z.boolean() }),
  },
  'runs.get': { input: id, output: runSchema },
  /** Makes a run and queues it; it trains at once when nothing else does. */
  'runs.create': {
    input: z.object({ recipe: recipeSchema, name: z.optional(z.string().check(z.minLength(1), z.maxLength(200))) }),
    output: runSchema,
  },
  'runs.rename': {
    input: z.object({ id: runIdSchema, name: z.string().check(z.minLength(1), z.maxLength(200)) }),
    output: runSchema,
  },
  'runs.pause': { input: id, output: runSchema },
  /** `device` takes the place of the one that it was trained on: the rest then need not repeat an uninterrupted run's bits. */
  'runs.resume': { input: z.object({ id: runIdSchema, device: z.optional(z.enum(DEVICES)) }), output: runSchema },
  'runs.stop': { input: id, output: runSchema },
  /** Sets what is named. */
  'runs.annotate': {
    input: z.object({ id: runIdSchema, tags: z.optional(tagsSchema), notes: z.optional(notesSchema) }),
    output: runSchema,
  },
  /** A new run with the recipe, name and tags of another; it is queued. */
  'runs.duplicate': { input: id, output: runSchema },
  /**
   * A new run that goes on where a checkpoint of another stands, up to `epochs` in all. It has the other's metrics and
   * samples up to there; the other stays as it is.
   */
  'runs.continue': {
    input: z.object({
      id: runIdSchema,
      epoch: z.int().check(z.minimum(1)),
      epochs: z.int().check(z.minimum(2), z.maximum(1000)),
    }),
    output: runSchema,
  },
  /** Puts a queued run before another one in the queue, or at its end. */
  'runs.move': { input: z.object({ id: runIdSchema, before: z.nullable(runIdSchema) }), output: nothing },
  /** Moves the run to the trash; what it is called there brings it back. */
  'runs.delete': { input: id, output: z.object({ entry: trashEntrySchema }) },
  /** The smoothed loss in some sixty points. */
  'runs.sparkline': { input: id, output: z.object({ steps: f64, losses: f32 }) },
  /** What a thinning would take away. */
  'runs.thinning': { input: thinningRequestSchema, output: thinningSchema },
  'runs.thin': { input: thinningRequestSchema, output: runSchema },
  /** A checkpoint as a file. */
  'runs.checkpoint': {
    input: z.object({ id: runIdSchema, epoch: z.int().check(z.minimum(1)) }),
    output: z.object({ fileName: z.string(), bytes: u8 }),
  },
  'library.usage': { input: nothing, output: usageSchema },
  'trash.list': { input: nothing, output: z.array(trashedRunSchema) },
  'trash.restore': { input: z.object({ entry: trashEntrySchema }), output: runSchema },
  /** Deletes what was in the trash, for good. */
  'trash.empty': { input: nothing, output: z.object({ bytes: z.number() }) },
  'runs.metrics': { input: id, output: metricColumnsSchema },
  'runs.log': { input: id, output: z.object({ text: z.string() }) },
  /** The same test digits after an epoch, as floats in [0, 1] but unclamped: each array is count × 784. */
  'runs.samples': {
    input: z.object({ id: runIdSchema, epoch: z.int().check(z.minimum(1)) }),
    output: z.object({
      count: z.number(),
      sigma: z.number(),
      clean: f32,
      noisy: f32,
      denoised: f32,
      /** one digit at NOISE_LEVELS: levels × 784 */
      levels: z.object({ sigmas: f32, noisy: f32, denoised: f32 }),
    }),
  },
  /** The samples that a ddpm or flow run keeps of an epoch. */
  'runs.grid': { input: z.object({ id: runIdSchema, epoch: z.int().check(z.minimum(1)) }), output: gridSchema },
  /** What the digit scorer said of the run's checkpoints, by epoch. */
  'runs.scores': { input: id, output: z.array(scoreSchema) },
  /**
   * A run as one file. The window's studio writes it into the library's folder `exports` and opens that where it can be done; the
   * browser's says where the page downloads it. Refused while a process writes the run.
   */
  'runs.export': {
    input: id,
    output: z.discriminatedUnion('how', [
      z.object({ how: z.literal('file'), file: z.string(), opened: z.boolean() }),
      z.object({ how: z.literal('download'), path: z.string(), fileName: z.string() }),
    ]),
  },
  /** Ends the taking in of a file, with nothing taken; one that is over stays as it is. */
  'imports.cancel': { input: z.object({ job: z.int() }), output: nothing },
  /** Opens the run's folder in the system's file manager; in a browser it only says where it is. */
  'runs.reveal': { input: id, output: z.object({ opened: z.boolean(), folder: z.string() }) },

  /** The noising process on the first test digits, or on the first few of each class from 0 to 9: digits × levels × 784, unclamped. */
  'dataset.noising': {
    input: z.object({
      seed: z.int().check(z.minimum(0), z.maximum(0xffffffff)),
      ofEach: z.optional(z.int().check(z.minimum(1), z.maximum(10))),
    }),
    output: z.object({ digits: z.number(), classes: u8, sigmas: f32, images: f32 }),
  },
  /**
   * Samples from a run's checkpoint, in a process of its own. Several wait for each other, in the order they came.
   * Frames come as events, and `sampling.ended` last, whatever happens.
   */
  'sampling.start': {
    input: samplingRequestSchema,
    output: z.object({ job: z.int(), epoch: z.int(), plan: samplingPlanSchema }),
  },
  /** Ends a sampling within a step; one that is over stays as it is. */
  'sampling.cancel': { input: z.object({ job: z.int() }), output: nothing },
  /**
   * Has the digit scorer read samples of a run's checkpoints, in a process of its own, beside samplings; the scores are kept
   * with the run. Several wait for each other. How it goes comes as events, and `scoring.ended` last, whatever happens.
   */
  'scoring.start': {
    input: scoringRequestSchema,
    output: z.object({ job: z.int(), epochs: z.array(z.int()), plan: samplingPlanSchema }),
  },
  /** Ends a scoring within a step; what was scored until then is kept. */
  'scoring.cancel': { input: z.object({ job: z.int() }), output: nothing },
  /** One look of a checkpoint's network at a drawing with noise; answered within a frame or two of a screen. */
  'playground.look': { input: lookRequestSchema, output: lookSchema },
  /** What each block of a checkpoint's network makes of an image with noise. */
  'playground.inspect': { input: inspectionRequestSchema, output: inspectionSchema },
  /** A walk from noise, in steps. Its frames come as events, and `playground.ended` last, whatever happens. */
  'playground.walk': { input: walkRequestSchema, output: z.object({ job: z.int() }) },
  /** Ends a walk within a step; one that is over stays as it is. */
  'playground.cancel': { input: z.object({ job: z.int() }), output: nothing },
  'schedule.table': {
    input: z.object({ schedule: z.enum(['linear', 'cosine']), timesteps: z.int().check(z.minimum(2), z.maximum(4000)) }),
    output: scheduleTableSchema,
  },
  /** A figure as a file. PNGs have `scale` pixels for each unit of the drawing. */
  'figures.render': {
    input: z.object({
      request: figureRequestSchema,
      format: z.enum(['svg', 'png', 'gif']),
      scale: z.number().check(z.minimum(0.5), z.maximum(8)),
    }),
    output: z.object({ fileName: z.string(), bytes: u8 }),
  },
  'report.get': { input: nothing, output: reportSchema },
  'report.set': { input: reportPatchSchema, output: reportSchema },
  /** The report as one web page that needs nothing else. */
  'report.page': { input: nothing, output: z.object({ fileName: z.string(), bytes: u8 }) },
  /** The web page and each figure as files in a new folder of the library, which is opened where that can be done. */
  'report.write': {
    input: z.object({ data: z.boolean() }),
    output: z.object({ folder: z.string(), files: z.number(), opened: z.boolean() }),
  },
  /** The numbers that a figure is drawn from: curves as CSV, images as safetensors. */
  'figures.data': { input: z.object({ request: figureRequestSchema }), output: z.object({ fileName: z.string(), bytes: u8 }) },
} as const;

/** How a job ended, and why it failed. */
const outcome = { status: z.enum(['done', 'cancelled', 'failed']), error: z.optional(errorSchema) };

export const events = {
  /** a run was made or changed in any way; while it trains at most four times a second */
  'run.changed': runSchema,
  /** runs that the studio's first look at its library has found since a list was asked for */
  'runs.found': z.object({ runs: z.array(runSchema) }),
  'run.removed': id,
  /** steps that were added since the last such event */
  'run.metrics': z.object({ id: runIdSchema, columns: metricColumnsSchema }),
  /** the steps of this run after `step` are void: it was resumed from there */
  'run.cut': z.object({ id: runIdSchema, step: z.number() }),
  'settings.changed': settingsSchema,
  'report.changed': reportSchema,
  'engines.changed': engineStateSchema,
  /** what was found out about one device, while a list of them is on its way */
  'devices.found': deviceInfoSchema,
  /** finished steps of a sampling, at most ten times a second */
  'sampling.progress': z.object({ job: z.int(), step: z.number(), steps: z.number(), secondsPerStep: z.number() }),
  'sampling.frame': z.extend(samplingFrameSchema, { job: z.int() }),
  /** finished steps of a scoring, over all of its checkpoints, at most ten times a second */
  'scoring.progress': z.object({
    job: z.int(),
    run: runIdSchema,
    step: z.number(),
    steps: z.number(),
    secondsPerStep: z.number(),
  }),
  /** the score of an epoch's checkpoint is there */
  'scoring.scored': z.object({ job: z.int(), run: runIdSchema, epoch: z.int() }),
  /** the last that is told of a scoring */
  'scoring.ended': z.object({ job: z.int(), run: runIdSchema, ...outcome }),
  /** the last that is told of a sampling */
  'sampling.ended': z.object({ job: z.int(), ...outcome }),
  /** how far a file is that is taken in, at most ten times a second */
  'import.progress': importProgressSchema,
  /** the last that is told of a file that is taken in */
  'import.ended': z.object({ job: z.int(), file: z.string(), ...outcome }),
  /** a moment of a walk, as of a sampling */
  'playground.frame': z.extend(samplingFrameSchema, { job: z.int() }),
  /** the last that is told of a walk */
  'playground.ended': z.object({ job: z.int(), ...outcome }),
} as const;

type Calls = typeof calls;
type Events = typeof events;
export type CallName = keyof Calls;
export type EventName = keyof Events;
export type CallInput<K extends CallName> = z.input<Calls[K]['input']>;
/** the input after its check, as a handler gets it */
export type CallArguments<K extends CallName> = z.output<Calls[K]['input']>;
export type CallOutput<K extends CallName> = z.output<Calls[K]['output']>;
export type EventPayload<K extends EventName> = z.output<Events[K]>;

/** The studio as its shells see it: answers calls, tells events. */
export interface Studio {
  /** Checks name and input, runs the handler. Rejects with a StudioError. */
  call(name: string, input: unknown): Promise<unknown>;
  subscribe(listener: <K extends EventName>(name: K, payload: EventPayload<K>) => void): () => void;
  /** runs as files, in and out */
  readonly archives: Archives;
  /** Ends what runs, with a checkpoint; a run that was training reads `interrupted`. */
  close(): Promise<void>;
}
