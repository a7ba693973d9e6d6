import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRecipe } from '#contract/recipe.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { openReport } from '#library/report.ts';
import { metricsFile } from '#library/run-folder.ts';

let folder: string;
let library: Library;
let run: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-report-'));
  library = await openLibrary(join(folder, 'library'));
  const recipe = parseRecipe({ objective: 'flow', conditioning: 'time', width: 4, subset: 64, epochs: 1 });
  run = (await library.runs.create({ recipe, name: undefined })).id;
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command line in `folder`; its exit code, and what it said on either stream. */
const command = (...args: string[]): Promise<{ code: number; lines: string[]; errors: string }> =>
  new Promise((done) => {
    const env = { ...process.env, FROM_NOISE_LIBRARY: library.folder, FROM_NOISE_CONFIG: join(folder, 'config') };
    const main = join(import.meta.dirname, 'main.ts');
    const child = execFile(process.execPath, [main, ...args], { env, cwd: folder }, (_, out, errors) =>
      done({ code: child.exitCode ?? -1, lines: out.trimEnd().split('\n'), errors }),
    );
  });

describe('from-noise figures', () => {
  it('says that a run without a step has none', async () => {
    const { code, errors } = await command('figures', run, '--out', 'none');
    expect([code, errors]).toEqual([2, expect.stringContaining('has no figures yet')]);
    expect(await readdir(folder)).not.toContain('none');
  });
  it("writes a run's figures and their numbers into a folder, which is its last line", async () => {
    await writeFile(
      metricsFile(library.runs.folder(run)),
      `${JSON.stringify({ step: 1, epoch: 1, loss: 1, learningRate: 0.01, seconds: 1 })}\n`,
    );
    await library.runs.update(run, { progress: { epoch: 1, step: 1, seconds: 1, epochLosses: [1] } });
    const { code, lines } = await command('figures', run, '--out', 'figures', '--data');
    expect([code, lines.at(-1)]).toEqual([0, join(folder, 'figures')]);
    expect((await readdir(join(folder, 'figures'))).sort()).toEqual(['csv', 'png', 'svg'].map((type) => `loss-${run}.${type}`));
  });
});

describe('from-noise report', () => {
  it("writes the library's report with the name and captions that are kept, and says what is missing", async () => {
    await openReport(library.folder).change({ name: 'Ada', captions: { 'flow-loss': 'It fell.' } });
    const { code, lines } = await command('report', '--out', 'report.html');
    expect([code, lines.at(-1)]).toEqual([0, join(folder, 'report.html')]);
    expect(lines.find((line) => line.startsWith('fig. 4, '))).toMatch(/missing$/);
    expect(lines.find((line) => line.startsWith('Training loss'))).toMatch(
      new RegExp(`preview, ${run}: D = 4, not 64; .*1 of 10 epochs$`),
    );
    const html = await readFile(join(folder, 'report.html'), 'utf8');
    expect(html).toMatch(/<p class="by">Ada, /);
    expect(html).toContain('<p>It fell.</p>');
    const named = await command('report', '--out', 'other.html', '--name', 'Grace', '--json');
    expect(JSON.parse(named.lines.at(-1)!)).toEqual({ type: 'ended', status: 'done', out: join(folder, 'other.html') });
    expect(await readFile(join(folder, 'other.html'), 'utf8')).toMatch(/<p class="by">Grace, /);
    // what the window keeps is not changed by it
    expect((await openReport(library.folder).read()).name).toBe('Ada');
  });
  it.each([
    [['--out', 'report.pdf']],
    [['--out', 'nowhere/report.html']],
    [['--out', 'r.html', '--data']],
    // each by itself: a command takes seconds to start where the machine is busy
  ])('is refused before anything is written where it can not be: %j', async (args) => {
    expect((await command('report', ...args)).code).toBe(2);
    expect(await readdir(folder)).not.toContain('r.html');
  });
});
