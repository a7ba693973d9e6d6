import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLibrary, type Library } from '#library/library.ts';
import { createReportCalls } from './report-calls.ts';
import { writeReport } from './report-folder.ts';

let folder: string;
let library: Library;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-folder-'));
  library = await openLibrary(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const built = { page: new TextEncoder().encode('<p>'), figures: [{ figure: 'noising' as const, seed: 1 }] };
const at = new Date(2026, 10, 5, 9, 7);

describe('a report that is written', () => {
  it('is a folder of its own, beside those of before', async () => {
    const first = await writeReport(library, built, true, at);
    expect(first).toEqual({ folder: join(folder, 'reports/2026-11-05-0907'), files: 3 });
    expect(await readFile(join(first.folder, 'report.html'), 'utf8')).toBe('<p>');
    expect((await readdir(join(first.folder, 'figures'))).sort()).toEqual(
      ['png', 'safetensors', 'svg'].map((type) => `figure-3-noising.${type}`),
    );
    expect((await writeReport(library, built, false, at)).folder).toBe(join(folder, 'reports/2026-11-05-0907-2'));
    expect((await readdir(join(folder, 'reports'))).sort()).toEqual(['2026-11-05-0907', '2026-11-05-0907-2']);
  });
  it('leaves nothing where a figure fails', async () => {
    const broken = { ...built, figures: [...built.figures, { figure: 'loss' as const, run: 'gone' }] };
    await expect(writeReport(library, broken, false, at)).rejects.toMatchObject({ code: 'not-found' });
    expect(await readdir(join(folder, 'reports'))).toEqual([]);
  });
  it('can not be written where the folder for it is a file', async () => {
    await writeFile(join(folder, 'reports'), '');
    await expect(writeReport(library, built, false, at)).rejects.toMatchObject({ code: 'library' });
  });
});

describe('calls about the report', () => {
  it('tell every window of a change, and show the folder that was written', async () => {
    const told: unknown[] = [];
    const shown: string[] = [];
    const calls = createReportCalls({
      library,
      known: () => Promise.resolve([]),
      version: '1',
      reveal: (path) => Promise.resolve(shown.push(path) > 0),
      emit: (name, payload) => void told.push([name, payload]),
    });
    const report = await calls['report.set']({ name: 'Ada' });
    expect(told).toEqual([['report.changed', report]]);
    const { folder: written, opened, files } = await calls['report.write']({ data: false });
    expect([shown, opened, files]).toEqual([[written], true, 2]);
    expect(await readFile(join(written, 'report.html'), 'utf8')).toContain('Ada, ');
    const page = await calls['report.page'](undefined);
    expect(new TextDecoder().decode(page.bytes)).toContain('Ada, ');
  });
});
