import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { root } from './root.mjs';
import { run } from './run.mjs';

const node = process.execPath;
describe('a program that is run', () => {
  it('gives its exit code and what it said', async () => {
    expect(await run(node, ['-e', 'console.log("out"); console.error("err"); process.exitCode = 3'], { quiet: true })).toEqual({
      code: 3,
      output: 'out\nerr\n',
      timedOut: false,
    });
  });

  it('has no exit code when it can not be started', async () => {
    const { code, output } = await run(join(root, 'no-such-program'), [], { quiet: true });
    expect(code).toBeNull();
    expect(output).toContain('ENOENT');
  });

  it('is ended with all that it started when it takes too long', async () => {
    // the grandchild holds standard output open: this waits for as long as it lives
    const sleep = 'setInterval(() => {}, 1000)';
    const script = `require('child_process').spawn(process.execPath, ['-e', '${sleep}'], { stdio: 'inherit' }); ${sleep}`;
    expect(await run(node, ['-e', script], { quiet: true, limitMs: 1000 })).toEqual({ code: null, output: '', timedOut: true });
  });
});

describe('two set-ups at once', () => {
  const lock = join(root, '.cache', `setup-${process.pid}.lock`);
  afterEach(() => rm(lock, { force: true }));
  /** A process that holds the lock until its input ends. */
  const holder = (what: string) => {
    const script = `
      const { withSetUpLock } = await import(${JSON.stringify(join(root, 'scripts', 'setup-lock.mjs'))});
      await withSetUpLock((line) => console.log(line), async () => {
        console.log('in');
        ${what}
      }, ${JSON.stringify(lock)});`;
    const child = spawn(node, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    return { child, said: () => said, ended: once(child, 'exit') };
  };

  it('come one after the other', async () => {
    const first = holder('await new Promise((done) => process.stdin.once("data", done)); process.stdin.destroy();');
    await vi.waitUntil(() => first.said() === 'in\n', { timeout: 10_000 });
    const second = holder('');
    await vi.waitUntil(() => second.said().startsWith('Waiting'), { timeout: 10_000 });
    first.child.stdin.write('go\n');
    await Promise.all([first.ended, second.ended]);
    expect(second.said()).toBe('Waiting for the set-up that another process is doing\nin\n');
  });

  it('do not wait for one that was killed', async () => {
    const first = holder('await new Promise(() => setInterval(() => {}, 1000));');
    await vi.waitUntil(() => first.said() === 'in\n', { timeout: 10_000 });
    first.child.kill('SIGKILL');
    await first.ended;
    const second = holder('');
    await second.ended;
    expect(second.said()).toMatch(/in\n$/);
  });
});
