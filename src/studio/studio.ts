import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { ARCHIVE_EXTENSION, exportPath } from '#contract/archive.ts';
import { StudioError } from '#contract/error.ts';
import type { Settings } from '#contract/settings.ts';
import type { CallArguments, CallName, CallOutput, EventName, Studio } from '#contract/studio.ts';
import { readGrid } from '#library/grids.ts';
import { readScores } from '#library/scores.ts';
import { checkpointBytes } from '#library/checkpoint.ts';
import { diskError } from '#library/disk-error.ts';
import { makeFolder } from '#library/make-folder.ts';
import { exportRun } from '#library/run-archive.ts';
import { openLibrary } from '#library/library.ts';
import { readLog } from '#library/log.ts';
import { readMetrics } from '#library/metrics.ts';
import { metricsFile } from '#library/run-folder.ts';
import { readSamples } from '#library/samples.ts';
import type { SettingsStore } from '#library/settings.ts';
import { openSummaries } from '#library/summaries.ts';
import { planThinning } from '#library/thinning.ts';
import { processorName } from '#trainer/processor.ts';
import { createArchives } from './archives.ts';
import { checkCall } from './check-input.ts';
import { createDevices } from './devices.ts';
import { createEngines } from './engines.ts';
import { createEstimator } from './estimate.ts';
import type { StartInstall } from './install-process.ts';
import { figureData } from './figure-data.ts';
import { listPage } from './listing.ts';
import { noising } from './noising.ts';
import { createPlays } from './plays.ts';
import { createQueue } from './queue.ts';
import { renderFigure } from './render-figure.ts';
import { createReadings } from './readings.ts';
import { createReportCalls } from './report-calls.ts';
import { createRunCalls } from './run-calls.ts';
import { createSamplings } from './samplings.ts';
import { createScorings } from './scorings.ts';
import { scheduleTable } from './schedule-table.ts';
import { startTraining } from './start-training.ts';
import { createTrainerProcess, type SpawnTrainer } from './trainer-process.ts';
import { createWatcher, type Emit } from './watcher.ts';

export interface StudioOptions {
  shell: 'electron' | 'browser';
  version: string;
  /** the library's folder, absolute; another one in the settings counts from the next start */
  library: string;
  settings: SettingsStore;
  spawnTrainer: SpawnTrainer;
  /** how TensorFlow is installed; absent where this studio doesn't */
  startInstall?: StartInstall;
  /** opens a folder in the system's file manager; false when it can't */
  reveal?: (folder: string) => Promise<boolean>;
}

/** A trainer is kept for the next run of the queue, one for estimates for the next change of the recipe. */
const TRAINER_IDLE_MS = 2000;
const ESTIMATES_IDLE_MS = 60_000;
/** A step takes seconds at full width, and saving its state some more. */
const CLOSING_MS = 60_000;

type Handlers = {
  readonly [K in CallName]: (
    input: CallArguments<K>,
  ) => Promise<CallOutput<K>> | CallOutput<K> | (undefined extends CallOutput<K> ? void | Promise<void> : never);
};

/**
 * The application: a library with its queue, a trainer, and the answers to every call of the contract.
 * Throws a StudioError when the library can't be used.
 */
export async function createStudio(options: StudioOptions): Promise<Studio> {
  const { settings } = options;
  const library = await openLibrary(options.library);
  const summaries = await openSummaries(library.folder);
  const listeners = new Set<(name: EventName, payload: never) => void>();
  const emit: Emit = (name, payload) => {
    for (const listener of [...listeners]) listener(name, payload as never);
  };

  const trainer = createTrainerProcess(options.spawnTrainer, TRAINER_IDLE_MS);
  const estimates = createTrainerProcess(options.spawnTrainer, ESTIMATES_IDLE_MS);
  const watcher = createWatcher({
    library,
    summaries,
    emit,
    isOurs: ({ host, pid }) => host === hostname() && (pid === trainer.pid || pid === process.pid),
    onChange: () => queue.kick(),
  });
  const devices = createDevices({
    spawn: options.spawnTrainer,
    folder: settings.folder,
    settings: () => settings.get(),
    busy: () => watcher.training() !== undefined,
    onFound: (device) => emit('devices.found', device),
  });
  const engines = createEngines({
    startInstall: options.startInstall ?? refuseInstall,
    settings,
    onChange: (state) => emit('engines.changed', state),
    onEngine() {
      devices.forget();
      // it is tried now, so that the next run needn't wait for that
      devices.resolve({ device: 'auto', precision: 'auto' }).catch(() => undefined);
    },
  });
  const queue = createQueue({
    library,
    known: () => watcher.known(),
    start: (id) => startTraining({ library, trainer, devices }, id),
    onEnd: (id) => watcher.look(id),
  });
  const runs = createRunCalls(library, watcher, queue);
  const archives = createArchives({ library, emit, look: (id) => watcher.look(id) });
  const samplings = createSamplings({ library, spawn: options.spawnTrainer, devices, emit });
  const plays = createPlays({ library, spawn: options.spawnTrainer, devices, emit });
  const scorings = createScorings({ library, spawn: options.spawnTrainer, devices, emit });
  const readings = createReadings(library, summaries, () => watcher.known());
  const estimator = createEstimator(estimates, () => watcher.training(), devices);

  const folderOf = async (id: string): Promise<string> => (await library.runs.read(id)).folder;
  const handlers: Handlers = {
    'app.info': () => ({
      shell: options.shell,
      version: options.version,
      platform: process.platform,
      libraryFolder: library.folder,
      processor: processorName(),
    }),
    'settings.get': () => settings.get(),
    'settings.set': (patch) => settings.set(patch as Partial<Settings>),
    'devices.list': () => devices.list(),
    'devices.check': () => devices.check(),
    'engines.list': () => engines.state(),
    'engines.install': ({ kind }) => engines.install(kind),
    'engines.cancel': () => engines.cancel(),
    'engines.remove': () => engines.remove(),
    'estimate.measure': ({ recipe }) => estimator.measure(recipe),
    'estimate.cancel': () => estimator.cancel(),

    'runs.list': (page) => listPage(watcher, page?.before),
    'runs.get': ({ id }) => watcher.look(id),
    'runs.create': ({ recipe, name }) => runs.create(recipe, name),
    'runs.rename': ({ id, name }) => runs.rename(id, name),
    'runs.pause': ({ id }) => runs.pause(id),
    'runs.resume': ({ id, device }) => runs.resume(id, device),
    'runs.stop': ({ id }) => runs.stop(id),
    'runs.delete': async ({ id }) => ({ entry: await runs.remove(id) }),
    'runs.annotate': ({ id, ...change }) => runs.annotate(id, change),
    'runs.duplicate': ({ id }) => runs.duplicate(id),
    'runs.continue': ({ id, epoch, epochs }) => runs.continueFrom(id, epoch, epochs),
    'runs.move': ({ id, before }) => runs.move(id, before),
    'runs.sparkline': async ({ id }) =>
      readings.sparkline(watcher.known().find((run) => run.id === id) ?? (await library.runs.read(id))),
    'runs.thinning': async ({ id, ...wish }) => planThinning(await folderOf(id), wish),
    'runs.thin': (request) => runs.thin(request),
    'runs.checkpoint': async ({ id, epoch }) => ({
      fileName: `${id}-epoch-${String(epoch).padStart(4, '0')}.safetensors`,
      bytes: await checkpointBytes(await folderOf(id), epoch),
    }),
    'library.usage': () => readings.usage(),
    'trash.list': () => library.trash.list(),
    'trash.restore': ({ entry }) => runs.restore(entry),
    'trash.empty': async () => ({ bytes: await library.trash.empty() }),
    'runs.metrics': async ({ id }) => readMetrics(metricsFile(await folderOf(id))),
    'runs.log': async ({ id }) => ({ text: await readLog(await folderOf(id)) }),
    'runs.samples': async ({ id, epoch }) => readSamples(await folderOf(id), epoch),
    'runs.scores': async ({ id }) => readScores(await folderOf(id)),
    'runs.grid': async ({ id, epoch }) => readGrid(await folderOf(id), epoch),
    'runs.export': async ({ id }) => {
      const run = await library.runs.read(id);
      archives.refuseWritten(run);
      const fileName = `${id}${ARCHIVE_EXTENSION}`;
      if (options.shell === 'browser') return { how: 'download', path: exportPath(id), fileName };
      const exports = join(library.folder, 'exports');
      const file = join(exports, fileName);
      await makeFolder(exports).catch((error: unknown) => {
        throw diskError(error, 'make', exports);
      });
      await exportRun(run, file);
      return { how: 'file', file, opened: (await options.reveal?.(exports)) ?? false };
    },
    'imports.cancel': ({ job }) => archives.cancel(job),
    'runs.reveal': async ({ id }) => {
      const folder = await folderOf(id);
      return { opened: (await options.reveal?.(folder)) ?? false, folder };
    },

    'sampling.start': (request) => samplings.start(request),
    'sampling.cancel': ({ job }) => samplings.cancel(job),
    'scoring.start': (request) => scorings.start(request),
    'scoring.cancel': ({ job }) => scorings.cancel(job),
    'playground.look': (ask) => plays.look(ask),
    'playground.inspect': (ask) => plays.inspect(ask),
    'playground.walk': (ask) => plays.walk(ask),
    'playground.cancel': ({ job }) => plays.cancel(job),
    'schedule.table': (input) => scheduleTable(input),
    'dataset.noising': ({ seed, ofEach }) => noising(seed, ofEach),
    'figures.render': ({ request, format, scale }) => renderFigure(library, request, format, scale),
    ...createReportCalls({
      library,
      known: () => watcher.complete.then(() => watcher.known()),
      version: options.version,
      reveal: options.reveal,
      emit,
    }),
    'figures.data': ({ request }) => figureData(library, request),
  };

  const forgetSettings = settings.onChange((now) => emit('settings.changed', now));
  await watcher.start();
  // whose turn it is can be told once all runs are known
  void watcher.complete.then(() => queue.kick());
  if (options.startInstall !== undefined && !isSet(process.env['FROM_NOISE_NO_ENGINE_INSTALL']))
    engines.begin().catch((error: unknown) => console.error('TensorFlow could not be looked for:', error));
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    forgetSettings();
    estimator.cancel();
    await archives.close();
    await engines.close();
    await devices.close();
    await samplings.close();
    await scorings.close();
    await plays.close();
    await queue.close(() => trainer.close(CLOSING_MS));
    await estimates.close(0);
    await watcher.close();
    listeners.clear();
  }

  return {
    archives,
    async call(name, input) {
      const checked = checkCall(name, input);
      if (closed !== undefined) throw new StudioError('closed', 'The studio is closing.', 'Start it again.');
      return await (handlers[checked.name] as (input: unknown) => unknown)(checked.input);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => (closed ??= close()),
  };
}

const isSet = (variable: string | undefined): boolean => variable !== undefined && variable !== '' && variable !== '0';

const refuseInstall: StartInstall = () => {
  throw new StudioError('state', 'This studio installs no engines.', '`from-noise engine install tensorflow` does.');
};
