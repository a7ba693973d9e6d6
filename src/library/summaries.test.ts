import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultRecipe } from '#contract/recipe.ts';
import { fingerprintOf } from './fingerprint.ts';
import { openLibrary, type Library } from './library.ts';
import { lockRun, readRun, type StoredRun } from './run-folder.ts';
import { openSummaries, type Summaries } from './summaries.ts';

let folder: string;
let library: Library;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'from-noise-summaries-'));
  library = await openLibrary(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A run that was last written a minute ago. */
async function settledRun(): Promise<StoredRun> {
  const { id, folder } = await library.runs.create({ recipe: defaultRecipe });
  await library.runs.update(id, { state: { status: 'completed', at: 1 } });
  await age(folder);
  return await readRun(folder);
}
async function age(folder: string): Promise<void> {
  const then = new Date(Date.now() - 60_000);
  for (const name of ['run.json', 'checkpoints', 'samples']) await utimes(join(folder, name), then, then);
}
async function keep(summaries: Summaries, run: StoredRun): Promise<void> {
  summaries.keep(run, await fingerprintOf(run.folder), Date.now());
  await summaries.save();
}
/** What a program that starts now finds. */
const find = async ({ id, folder: run }: StoredRun): Promise<StoredRun | undefined> =>
  (await openSummaries(folder)).find(id, run, await fingerprintOf(run));

describe('a summary', () => {
  it('gives the run as reading its folder does', async () => {
    const run = await settledRun();
    await writeFile(join(run.folder, 'checkpoints/epoch-0001.safetensors'), 'weights');
    await age(run.folder);
    const read = await readRun(run.folder);
    expect(read.checkpoints).toHaveLength(1);
    await keep(await openSummaries(folder), read);
    expect(await find(read)).toEqual(read);
  });

  it.each([
    ['run.json was replaced', (run: StoredRun) => library.runs.update(run.id, { notes: 'better' })],
    ['a checkpoint was taken away', (run: StoredRun) => rm(join(run.folder, 'checkpoints/epoch-0001.safetensors'))],
    ['samples were taken away', (run: StoredRun) => rm(join(run.folder, 'samples'), { recursive: true })],
    ['a process writes the run', (run: StoredRun) => lockRun(run.folder)],
  ])('is not believed once %s', async (_, change) => {
    const run = await settledRun();
    await writeFile(join(run.folder, 'checkpoints/epoch-0001.safetensors'), 'weights');
    await age(run.folder);
    await keep(await openSummaries(folder), await readRun(run.folder));
    expect(await find(run)).toBeDefined();
    await change(run);
    expect(await find(run)).toBeUndefined();
  });

  it('is not kept of a run that changed a moment ago: it may change within the same tick of the clock', async () => {
    const run = await settledRun();
    await library.runs.update(run.id, { notes: 'now' });
    const summaries = await openSummaries(folder);
    await keep(summaries, await readRun(run.folder));
    expect(await find(run)).toBeUndefined();
  });

  it('is not kept of a run that somebody writes', async () => {
    const run = await settledRun();
    const lock = await lockRun(run.folder);
    const summaries = await openSummaries(folder);
    await keep(summaries, await readRun(run.folder));
    await lock.release();
    expect(await find(run)).toBeUndefined();
  });

  it('keeps what was noted, for this state of the run alone', async () => {
    const run = await settledRun();
    const summaries = await openSummaries(folder);
    await keep(summaries, run);
    const findings = { bytes: 1234, sparkline: { of: 'x', steps: [1, 2], losses: [0.5, null] } };
    summaries.note(run, findings);
    await summaries.save();
    const later = await openSummaries(folder);
    const found = later.find(run.id, run.folder, await fingerprintOf(run.folder))!;
    expect(later.findings(found)).toEqual(findings);
    await later.save();
    await keep(later, await readRun(run.folder));
    expect(later.findings(found)).toBeUndefined();
  });

  it('is forgotten with its run', async () => {
    const [run, other] = [await settledRun(), await settledRun()];
    const summaries = await openSummaries(folder);
    await keep(summaries, run);
    await keep(summaries, other);
    summaries.forget(run.id);
    await summaries.save();
    expect([await find(run), (await find(other))?.id]).toEqual([undefined, other.id]);
  });

  it('is not taken for another run, as in a copied folder', async () => {
    const run = await settledRun();
    await keep(await openSummaries(folder), run);
    const fingerprint = await fingerprintOf(run.folder);
    expect((await openSummaries(folder)).find('copy', join(folder, 'runs/copy'), fingerprint)).toBeUndefined();
  });
});

describe('the file of summaries', () => {
  const file = (): string => join(folder, 'summaries.json');

  it('counts as none wherever it is cut or a bit of it has flipped', async () => {
    const run = await settledRun();
    await keep(await openSummaries(folder), run);
    const whole = await readFile(file());
    for (let at = 0; at < whole.length - 1; at += 37) {
      await writeFile(file(), whole.subarray(0, at));
      expect(await find(run)).toBeUndefined();
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1;
      await writeFile(file(), flipped);
      expect(await find(run)).toBeUndefined();
    }
    await writeFile(file(), whole);
    expect(await find(run)).toEqual(run);
  });

  it('counts as none when a program with other fields wrote it', async () => {
    const run = await settledRun();
    await keep(await openSummaries(folder), run);
    const text = await readFile(file(), 'utf8');
    await writeFile(
      file(),
      text.replace(/"fields":"./, (start) => start.slice(0, -1) + (start.endsWith('0') ? '1' : '0')),
    );
    expect(await find(run)).toBeUndefined();
  });

  it('is whole whichever of two writers comes last', async () => {
    const [run, other] = [await settledRun(), await settledRun()];
    const [one, two] = [await openSummaries(folder), await openSummaries(folder)];
    const fingerprints = [await fingerprintOf(run.folder), await fingerprintOf(other.folder)] as const;
    for (let i = 0; i < 20; i++) {
      one.keep(run, fingerprints[0], Date.now());
      two.keep(other, fingerprints[1], Date.now());
      await Promise.all([one.save(), two.save()]);
      const found = [await find(run), await find(other)].filter((each) => each !== undefined);
      expect(found).toHaveLength(1);
    }
  });

  it('is the old or the new one when its writer is killed', async () => {
    const run = await settledRun();
    const source = `
      import { openSummaries } from ${JSON.stringify(join(import.meta.dirname, 'summaries.ts'))};
      import { fingerprintOf } from ${JSON.stringify(join(import.meta.dirname, 'fingerprint.ts'))};
      import { readRun } from ${JSON.stringify(join(import.meta.dirname, 'run-folder.ts'))};
      const [library, folder] = process.argv.slice(1);
      const summaries = await openSummaries(library);
      const run = await readRun(folder);
      for (;;) {
        summaries.keep(run, await fingerprintOf(folder), Date.now());
        await summaries.save();
        process.stdout.write('.');
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source, folder, run.folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let saved = 0;
    child.stdout.on('data', (dots: Buffer) => (saved += dots.length));
    await expect.poll(() => saved, { timeout: 10_000, interval: 5 }).toBeGreaterThan(3);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    expect(await find(run)).toEqual(run);
    expect((await readdir(folder)).filter((name) => name.endsWith('.json'))).toEqual(['summaries.json']);
  });

  it('is not written again while nothing is new', async () => {
    const run = await settledRun();
    const summaries = await openSummaries(folder);
    await keep(summaries, run);
    await rm(file());
    await summaries.save();
    expect((await readdir(folder)).includes('summaries.json')).toBe(false);
  });
});
