import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReport } from './report.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'report-'))));
afterEach(() => rm(folder, { recursive: true }));

describe("a library's report", () => {
  it('is empty at first, and keeps what is changed, all changes of one moment too', async () => {
    const report = openReport(folder);
    expect(await report.read()).toEqual({ name: '', captions: {}, runs: {} });
    expect(await readdir(folder)).toEqual([]);
    const after = report.change({ name: 'Someone' }).then(() => undefined);
    expect((await report.read()).name).toBe('Someone');
    await after;
    await Promise.all([
      report.change({ name: 'Ada' }),
      report.change({ captions: { noising: 'Grey.' } }),
      report.change({ runs: { 'time-loss': 'a-run' } }),
    ]);
    expect(await openReport(folder).read()).toEqual({
      name: 'Ada',
      captions: { noising: 'Grey.' },
      runs: { 'time-loss': 'a-run' },
    });
    expect(await readdir(folder)).toEqual(['report.json']);
  });
  it('is neither read nor written over where its file is damaged', async () => {
    const file = join(folder, 'report.json');
    await writeFile(file, '{"format": 1, "name"');
    const report = openReport(folder);
    await expect(report.read()).rejects.toMatchObject({ code: 'library' });
    await expect(report.change({ name: 'Ada' })).rejects.toMatchObject({ code: 'library' });
    expect(await readFile(file, 'utf8')).toBe('{"format": 1, "name"');
    await rm(file);
    expect((await report.change({ name: 'Ada' })).name).toBe('Ada');
  });
});
