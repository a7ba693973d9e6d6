import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requestCommand, takeCommand } from './run-command.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'command-'))));
afterEach(() => rm(folder, { recursive: true }));

it('is there once, the later of two winning, and leaves nothing behind', async () => {
  expect(await takeCommand(folder)).toBeUndefined();
  await requestCommand(folder, 'pause');
  await requestCommand(folder, 'stop');
  expect(await takeCommand(folder)).toBe('stop');
  expect(await takeCommand(folder)).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
});

it('takes away what it does not know', async () => {
  await writeFile(join(folder, 'command'), 'explode');
  expect(await takeCommand(folder)).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
});
