/**
 * Programs that Node runs, in a process of their own. A plain Node process starts them itself. One of Electron's can't: its
 * program doesn't run as Node, and only the main process starts its utility processes. So it asks the main process.
 */
import process from 'node:process';
import * as z from 'zod/mini';
import { runChild, type ChildOptions, type Ended } from './child.ts';

const askSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run'),
    id: z.int(),
    file: z.string(),
    args: z.array(z.string()),
    env: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal('end'), id: z.int() }),
]);
const endedSchema = z.object({
  type: z.literal('ended'),
  id: z.int(),
  code: z.nullable(z.number()),
  stdout: z.string(),
  stderr: z.string(),
});
/** What an installation asks of the main process. */
export type ProgramRequest = z.infer<typeof askSchema>;
/** How a program that was asked for has ended. */
export type ProgramEnded = z.infer<typeof endedSchema>;

/** The request in a message of an installation's, if it is one. */
export const programRequest = (message: unknown): ProgramRequest | undefined => askSchema.safeParse(message).data;

/** Electron's end of a utility process's pipe. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  off(event: 'message', listener: (event: { data: unknown }) => void): void;
}

type NodeOptions = Omit<ChildOptions, 'cwd'>;

/** Runs a file by Node, as runChild runs programs. One of Electron's own processes ends only by process.exit. */
export async function runNode(file: string, args: readonly string[], options: NodeOptions): Promise<Ended> {
  const port = (process as { parentPort?: ParentPort }).parentPort;
  return port === undefined
    ? await runChild(process.execPath, [file, ...args], options)
    : await askFor(port, file, args, options);
}

let asked = 0;

async function askFor(
  port: ParentPort,
  file: string,
  args: readonly string[],
  { env = process.env, signal, limitMs }: NodeOptions,
): Promise<Ended> {
  signal?.throwIfAborted();
  const id = asked++;
  const send = (request: ProgramRequest): void => port.postMessage(request);
  const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const ended = Promise.withResolvers<ProgramEnded>();
  const listen = ({ data }: { data: unknown }): void => {
    const message = endedSchema.safeParse(data).data;
    if (message?.id === id) ended.resolve(message);
  };
  let timedOut = false;
  const end = (): void => send({ type: 'end', id });
  const expire = (): void => {
    timedOut = true;
    end();
  };
  port.on('message', listen);
  signal?.addEventListener('abort', end, { once: true });
  const timer = limitMs === undefined ? undefined : setTimeout(expire, limitMs);
  try {
    send({ type: 'run', id, file, args: [...args], env: Object.fromEntries(variables) });
    const { code, stdout, stderr } = await ended.promise;
    signal?.throwIfAborted();
    return { code, signal: null, timedOut, stdout, stderr };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    port.off('message', listen);
  }
}
