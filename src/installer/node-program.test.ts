import { EventEmitter } from 'node:events';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { programRequest, runNode, type ProgramRequest } from './node-program.ts';

/** The pipe of one of Electron's processes, and what was asked through it. */
let port: EventEmitter;
let asked: (ProgramRequest | undefined)[];
beforeEach(() => {
  asked = [];
  port = Object.assign(new EventEmitter(), { postMessage: (message: unknown) => void asked.push(programRequest(message)) });
  Object.assign(process, { parentPort: port });
});
afterEach(() => {
  Reflect.deleteProperty(process, 'parentPort');
});
const end = (id: number, code: number): boolean =>
  port.emit('message', { data: { type: 'ended', id, code, stdout: 'out', stderr: '' } });

it('asks the main process where only that can start one, and takes the answer to its own question', async () => {
  const ended = runNode('/prove.js', ['a'], { env: { A: 'b', C: undefined } });
  const { id } = asked[0]!;
  expect(asked).toEqual([{ type: 'run', id, file: '/prove.js', args: ['a'], env: { A: 'b' } }]);
  end(id + 1, 1);
  end(id, 3);
  expect(await ended).toEqual({ code: 3, signal: null, timedOut: false, stdout: 'out', stderr: '' });
  expect(port.listenerCount('message')).toBe(0);
});

it('has it ended when it is aborted or takes too long', async () => {
  const abort = new AbortController();
  const aborted = runNode('/prove.js', [], { signal: abort.signal });
  abort.abort(new Error('no more'));
  const { id } = asked[0]!;
  expect(asked[1]).toEqual({ type: 'end', id });
  end(id, 137);
  await expect(aborted).rejects.toThrow('no more');

  const late = runNode('/prove.js', [], { limitMs: 1 });
  await expect.poll(() => asked.at(-1)).toEqual({ type: 'end', id: id + 1 });
  end(id + 1, 137);
  expect(await late).toMatchObject({ timedOut: true });
});
