import { constants, setPriority } from 'node:os';
import process from 'node:process';
import type { SamplingFrame } from '#contract/sampling.ts';
import { openLibrary } from '#library/library.ts';
import { errorInfoOf } from './error-info.ts';
import { measureStep } from './measure.ts';
import { toTrainerSchema, type Command, type Result, type ResultOf, type Task } from './messages.ts';
import { openDevice } from './open-device.ts';
import { connectParent } from './parent.ts';
import { createPlayground, walk, type Playground } from './playground.ts';
import { probeDevice } from './probe.ts';
import { trainRun } from './run-job.ts';
import { createFrameGate, sampleCheckpoint, type FrameGate } from './sample-job.ts';
import { scoreRun } from './score-job.ts';
import { keepHeapSmall } from './small-heap.ts';

/**
 * A trainer process: it owns the device, so that neither a step that blocks nor a crash in native code reaches a window.
 * Works on one job at a time. When its parent goes, the run it trains is interrupted with a resume point.
 */
const parent = connectParent();
keepHeapSmall();
/** The jobs that aren't over, and how each was asked to end. */
const wishes = new Map<number, Command | undefined>();
/** of the samplings and walks that aren't over */
const gates = new Map<number, FrameGate>();
let playground: Promise<Playground> | undefined;
let work = Promise.resolve();
let leaving = false;

async function perform(job: number, task: Task): Promise<Result> {
  const wish = (): Command | undefined => (leaving ? 'interrupt' : wishes.get(job));
  switch (task.kind) {
    case 'train': {
      const library = await openLibrary(task.library);
      const state = await trainRun({ library, id: task.id, preferences: () => task.preferences, wish });
      return { kind: 'train', state };
    }
    case 'measure': {
      const { device, precision, threads } = task.preferences;
      const executor = await openDevice(device, threads, precision);
      const secondsPerStep = await measureStep(executor, task.recipe, () => wish() !== undefined);
      return { kind: 'measure', measurement: { device, precision, secondsPerStep } };
    }
    case 'probe':
      return { kind: 'probe', probe: await probeDevice(task.device, task.threads, task.timed) };
    case 'sample': {
      // before the device starts threads, which inherit it: a run that trains goes first
      lowerPriority(constants.priority.PRIORITY_LOW);
      const status = await sampleCheckpoint(task, {
        isCancelled: () => wish() !== undefined,
        onProgress: (progress) => parent.send({ type: 'progress', job, ...progress }),
        onFrame: frameSender(job),
      });
      return { kind: 'sample', status };
    }
    case 'score': {
      lowerPriority(constants.priority.PRIORITY_LOW);
      const status = await scoreRun(
        task,
        () => wish() !== undefined,
        (progress) => parent.send({ type: 'progress', job, ...progress }),
        (epoch) => parent.send({ type: 'scored', job, epoch }),
      );
      return { kind: 'score', status };
    }
    case 'look':
      return { kind: 'look', answer: (await (await opened(task)).look(task.ask)) as ResultOf<'look'>['answer'] };
    case 'inspect':
      return { kind: 'inspect', answer: await (await opened(task)).inspect(task.ask) };
    case 'walk': {
      const send = frameSender(job);
      const isCancelled = (): boolean => wish() !== undefined;
      return { kind: 'walk', status: await walk(await opened(task), task.ask, isCancelled, send) };
    }
  }
}

/** Sends a job's frames as they are received. */
function frameSender(job: number): (frame: SamplingFrame) => Promise<void> {
  const gate = createFrameGate();
  gates.set(job, gate);
  return async (frame) => {
    await gate.pass();
    parent.send({ type: 'frame', job, frame });
  };
}

/** The playground; its networks stay open from one question to the next. */
async function opened({ library, preferences }: Extract<Task, { kind: 'look' | 'inspect' | 'walk' }>): Promise<Playground> {
  const { device, threads, precision } = preferences;
  playground ??= openLibrary(library).then(async ({ runs }) =>
    createPlayground(await openDevice(device, threads, precision), (run) => runs.folder(run)),
  );
  // a device that did not open may the next time
  playground.catch(() => (playground = undefined));
  return playground;
}

async function answer(job: number, task: Task): Promise<void> {
  try {
    parent.send({ type: 'done', job, result: await perform(job, task) });
  } catch (error) {
    const info = errorInfoOf(error);
    if (info.code === 'internal') console.error(error);
    parent.send({ type: 'error', job, error: info });
  } finally {
    wishes.delete(job);
    gates.delete(job);
  }
}

/** Ends the process once the job under way has saved what it must. */
function leave(): void {
  if (leaving) return;
  leaving = true;
  void work.finally(() => process.exit());
}

parent.onMessage((data) => {
  // what we don't understand comes from a studio that is not ours: better to end than to guess
  const message = toTrainerSchema.parse(data);
  if (message.type === 'command') {
    if (wishes.has(message.job)) wishes.set(message.job, message.command);
    return;
  }
  if (message.type === 'received') {
    gates.get(message.job)?.received();
    return;
  }
  wishes.set(message.job, undefined);
  work = work.then(() => answer(message.job, message.task));
});
parent.onGone(leave);
process.on('SIGTERM', leave);
// Ctrl-C in a terminal reaches the parent too, which decides
process.on('SIGINT', () => undefined);
// a window is more urgent than a training step
lowerPriority(constants.priority.PRIORITY_BELOW_NORMAL);

/** Where it isn't allowed, windows are only less smooth. */
function lowerPriority(priority: number): void {
  try {
    setPriority(priority);
  } catch {
    console.error('The trainer keeps its priority: the system refused to lower it.');
  }
}
