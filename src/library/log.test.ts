import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendLog, readLog } from './log.ts';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'from-noise-log-'));
});
afterEach(() => rm(run, { recursive: true, force: true }));

describe('a log', () => {
  it('is empty at first, then a line an entry, each with its time', async () => {
    expect(await readLog(run)).toBe('');
    await appendLog(run, 'started');
    await appendLog(run, 'failed:\nno space');
    expect(await readLog(run)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z started\n\S+Z failed:\n {2}no space\n$/);
  });
  it('shows its end, from the start of a line, when it is long', async () => {
    await writeFile(join(run, 'log.txt'), Array.from({ length: 50_000 }, (_, i) => `line ${i}\n`).join(''));
    const text = await readLog(run);
    expect(text.length).toBeLessThanOrEqual(262_144);
    expect(text).toMatch(/^line \d+\n/);
    expect(text.endsWith('line 49999\n')).toBe(true);
  });
});
