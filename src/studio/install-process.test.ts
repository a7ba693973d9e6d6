import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spawnCommand, startInstallBy } from './install-process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'install-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A command line that runs a script of the test's. */
async function command(script: string) {
  const entry = join(folder, 'cli.mjs');
  await writeFile(entry, `const say = (line) => console.log(JSON.stringify(line));\n${script}`);
  return startInstallBy(spawnCommand(entry));
}

describe('the process that installs', () => {
  it('is the command line, whose lines are told on', async () => {
    const start = await command(`
      import { writeFileSync } from 'node:fs';
      writeFileSync(${JSON.stringify(join(folder, 'arguments'))}, process.argv.slice(2).join(' '));
      say({ type: 'progress', stage: 'download', bytesDone: 1, bytesTotal: 2 });
      console.log('no JSON');
      say({ type: 'refused', reason: 'unknown here' });
      say({ type: 'installed', folder: '/x' });`);
    const seen: unknown[] = [];
    await start('gpu', (...progress) => seen.push(progress)).result;
    expect(seen).toEqual([['download', 1, 2]]);
    expect(await readFile(join(folder, 'arguments'), 'utf8')).toBe('engine install tensorflow --gpu --json');
  });

  it('fails with the error that it says, or with how it ended', async () => {
    const error = { code: 'device', message: 'There is no pip.', hint: 'Install it.' };
    const refusing = await command(`say({ type: 'error', ...${JSON.stringify(error)} }); process.exitCode = 2;`);
    await expect(refusing('cpu', () => undefined).result).rejects.toMatchObject(error);
    const dying = await command('process.kill(process.pid, "SIGKILL");');
    await expect(dying('cpu', () => undefined).result).rejects.toMatchObject({
      message: expect.stringContaining('SIGKILL') as string,
    });
  });

  it('is asked to end when it is cancelled', async () => {
    const start = await command(`
      process.on('SIGTERM', () => { say({ type: 'cancelled' }); process.exit(130); });
      say({ type: 'progress', stage: 'look', bytesDone: 0, bytesTotal: 0 });
      setInterval(() => undefined, 1000);`);
    const begun = Promise.withResolvers<undefined>();
    const job = start('cpu', () => begun.resolve(undefined));
    await begun.promise;
    job.cancel();
    await expect(job.result).rejects.toMatchObject({ code: 'state' });
    expect(job.cancelled).toBe(true);
  });
});
