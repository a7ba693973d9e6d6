import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forkTrainer, type TrainerChannel } from './trainer-channel.ts';
import { createTrainerProcess, type TrainerProcess } from './trainer-process.ts';

/** A trainer that does as the library's name in a train task says; `wait` ends when it is commanded to. */
const SCRIPT = `
const done = (job, status) => process.send({ type: 'done', job, result: { kind: 'train', state: { status, at: 1 } } });
process.on('message', ({ type, job, task, command }) => {
  if (type === 'command') return command === 'pause' ? done(job, 'paused') : done(job, 'interrupted');
  if (task.library === 'finish') done(job, 'completed');
  if (task.library === 'refuse') process.send({ type: 'error', job, error: { code: 'busy', message: 'It is taken.', hint: 'Wait.' } });
  if (task.library === 'crash') process.exit(7);
  if (task.library === 'die') process.kill(process.pid, 'SIGKILL');
  if (task.library === 'babble') process.send({ type: 'done', job, result: 'all well' });
});
process.on('disconnect', () => process.exit());
`;
const task = (library: string) =>
  ({ kind: 'train', library, id: 'a', preferences: { device: 'onnx-cpu', precision: 'float32', threads: 0 } }) as const;

let folder: string;
let spawned: TrainerChannel[];
let trainer: TrainerProcess;
const open = (idleMs: number): TrainerProcess =>
  createTrainerProcess(() => {
    const channel = forkTrainer(join(folder, 'trainer.mjs'));
    spawned.push(channel);
    return channel;
  }, idleMs);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainer-'));
  await writeFile(join(folder, 'trainer.mjs'), SCRIPT);
  spawned = [];
  trainer = open(60_000);
});
afterEach(async () => {
  await trainer.close(0);
  await rm(folder, { recursive: true });
});

describe('a trainer process', () => {
  it('answers jobs one after another from one process', async () => {
    expect(await trainer.start(task('finish')).result).toEqual({ kind: 'train', state: { status: 'completed', at: 1 } });
    await trainer.start(task('finish')).result;
    expect(spawned).toHaveLength(1);
  });

  it('passes on commands', async () => {
    const job = trainer.start(task('wait'));
    job.command('pause');
    expect(await job.result).toMatchObject({ state: { status: 'paused' } });
  });

  it("hands over a trainer's refusal as the error it is", async () => {
    await expect(trainer.start(task('refuse')).result).rejects.toMatchObject({
      code: 'busy',
      message: 'It is taken.',
      hint: 'Wait.',
    });
  });

  it.each([
    ['crash', 'ended with code 7'],
    ['die', 'was killed'],
    ['babble', 'was killed'],
  ])('fails the job when the process does %s, and starts another for the next', async (how, message) => {
    await expect(trainer.start(task(how)).result).rejects.toMatchObject({
      code: 'trainer',
      message: expect.stringContaining(message) as string,
    });
    await trainer.start(task('finish')).result;
    expect(spawned).toHaveLength(2);
  });

  it('is ended when it has been idle, and only then', async () => {
    trainer = open(1);
    await trainer.start(task('finish')).result;
    const exit = Promise.withResolvers<undefined>();
    spawned[0]!.onExit(() => exit.resolve(undefined));
    await exit.promise;
    await trainer.start(task('finish')).result;
    expect(spawned).toHaveLength(2);
  });

  it('lets its job end when it is closed', async () => {
    const job = trainer.start(task('wait'));
    await trainer.close(10_000);
    expect(await job.result).toMatchObject({ state: { status: 'interrupted' } });
  });

  it('fails a job whose process ends before it has begun', async () => {
    await writeFile(join(folder, 'trainer.mjs'), 'process.exit(3);');
    await expect(trainer.start(task('finish')).result).rejects.toMatchObject({ code: 'trainer' });
  });
});
