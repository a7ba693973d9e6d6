import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from './studio.ts';

// `npx from-noise` and what it must leave as it is: standard output, signals, the exit code

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}
/** Runs the command as npx would; `during` is given what it has said so far, and a way to send a signal. */
async function fromNoise(
  args: string[],
  env: NodeJS.ProcessEnv,
  during?: (said: string, kill: (s: NodeJS.Signals) => void) => void,
) {
  const child = spawn(process.execPath, ['scripts/from-noise.mjs', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended: Ended = { code: null, signal: null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ended.out += text;
    during?.(ended.out, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.err += text));
  [ended.code, ended.signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return ended;
}

test('standard output belongs to the command, and its exit code comes through', async ({ studio }) => {
  expect(await fromNoise(['--version'], studio.env)).toMatchObject({ code: 0, signal: null, out: '0.1.0\n' });
  const unknown = await fromNoise(['nonsense'], studio.env);
  expect(unknown).toMatchObject({ code: 2, out: '' });
  expect(unknown.err).toContain("unknown command 'nonsense'");
});

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  test(`${signal} reaches the command, which ends in its own time`, async ({ studio }) => {
    const ended = await fromNoise(['serve', '--port', '0'], studio.env, (said, kill) => {
      if (said.includes('token=')) kill(signal);
    });
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.err).toContain('Closing');
  });

test('a port that is taken is named', async ({ studio }) => {
  await studio.open();
  const port = new URL(studio.running.page.url()).port;
  const { code, out, err } = await fromNoise(['serve', '--port', port], studio.env);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain(`Port ${port} on 127.0.0.1 is in use by another program.`);
  expect(err).toContain('--port 0');
});
