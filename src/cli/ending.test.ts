import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** A process that is asked to end, says so, and doesn't. */
const stubborn = `
  const { onEndRequest } = await import(${JSON.stringify(join(import.meta.dirname, 'ending.ts'))});
  onEndRequest(() => console.log('asked'));
  setInterval(() => {}, 1000);
  console.log('ready');
`;

it('asks once, takes a double signal for one, and ends at once when it is asked again', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', stubborn], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exit = once(child, 'exit');
  await expect.poll(() => said, { timeout: 20_000 }).toContain('ready');
  child.kill('SIGINT');
  child.kill('SIGINT');
  await expect.poll(() => said).toContain('asked');
  expect(child.exitCode).toBeNull();
  // until the second one counts as another, however long that is here
  const again = setInterval(() => child.kill('SIGINT'), 20);
  expect(await exit).toEqual([130, null]);
  clearInterval(again);
  expect(said.match(/asked/g)).toHaveLength(1);
});
