import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ARCHIVE_EXTENSION,
  ARCHIVE_TYPE,
  exportPath,
  isArchiveName,
  notTaken,
  type Archives,
  type ImportOutcome,
} from '#contract/archive.ts';
import type { ErrorCode } from '#contract/error.ts';
import type { Reply } from '#contract/link.ts';
import { runIdSchema } from '#contract/run.ts';
import { replyTo } from './answer.ts';

/** A browser that sends or takes nothing for so long is gone, though nobody said so. */
const IDLE_MS = 120_000;
/** What is still on its way of a file that was refused is read for so long: a browser hears the answer after it has sent all. */
const DRAIN_MS = 5000;

const STATUS: Partial<Record<ErrorCode, number>> = {
  'bad-input': 400,
  'not-found': 404,
  busy: 409,
  'disk-full': 507,
  closed: 503,
};
const statusOf = (reply: Reply): number => (reply.ok ? 200 : (STATUS[reply.error.code as ErrorCode] ?? 500));

/** The run that a path asks to be downloaded; undefined where it is no such path. */
export function exportedRun(pathname: string): string | undefined {
  const id = pathname.slice(exportPath('').length - ARCHIVE_EXTENSION.length, -ARCHIVE_EXTENSION.length);
  return runIdSchema.safeParse(id).success && pathname === exportPath(id) ? id : undefined;
}

/** Takes in the run whose archive is a request's body, and answers with a Reply as JSON. It ends when its browser goes away. */
export async function takeArchive(
  archives: Archives,
  name: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const file = plain(name ?? '');
  const reply = await replyTo('An import', () => {
    if (!isArchiveName(file)) return Promise.reject(notTaken(file === '' ? 'A file without a name' : file));
    const bytes = Number(request.headers['content-length']);
    return archives.importStream(bodyOf(request), { name: file, bytes, signal: gone.signal });
  });
  if (!request.complete) {
    // who cancelled it waits for no answer, and the rest of it needn't come
    if (reply.ok && (reply.value as ImportOutcome).status === 'cancelled') return void request.destroy();
    await drain(request);
  }
  if (response.destroyed) return;
  const body = JSON.stringify(reply);
  response
    .writeHead(statusOf(reply), {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(!request.complete && { connection: 'close' }),
    })
    .end(body);
}

/** A request's body. It is read only when it is asked for, and a browser may be slow, but not silent. */
async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  request.setTimeout(IDLE_MS, () => void request.destroy());
  try {
    for await (const piece of request.iterator({ destroyOnReturn: false })) yield piece as Uint8Array;
  } finally {
    request.setTimeout(0);
    // what is left of it is for nobody, see drain()
    request.resume();
  }
}

async function drain(request: IncomingMessage): Promise<void> {
  request.resume();
  const over = new AbortController();
  try {
    await Promise.race([once(request, 'close', over), once(request, 'end', over), delay(DRAIN_MS, undefined, over)]);
  } catch {
    // its browser is gone: nobody waits for the answer
  } finally {
    over.abort();
  }
}

/** Hands out a run as a download. What can't be is said in words, for a person who sees them instead of a file. */
export async function sendArchive(archives: Archives, id: string, response: ServerResponse): Promise<void> {
  const opening = await replyTo('An export', () => archives.open(id));
  if (!opening.ok) {
    const { message, hint } = opening.error;
    response.writeHead(statusOf(opening), { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
    response.end(`${message} ${hint}\n`);
    return;
  }
  const archive = opening.value as Awaited<ReturnType<Archives['open']>>;
  try {
    response.setTimeout(IDLE_MS, () => response.destroy());
    response.writeHead(200, {
      'content-type': ARCHIVE_TYPE,
      // an id holds nothing that would have to be quoted
      'content-disposition': `attachment; filename="${archive.fileName}"`,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    await pipeline(archive.stream, response);
  } catch (error) {
    // a download that breaks off is told by the browser; one that its person cancelled is no fault
    if (!response.destroyed) response.destroy();
    if (!isGone(error)) console.error(`The export of ${id} broke off:`, error);
  } finally {
    await archive.close();
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes(String(error.code));

/** A file's name as it may stand in a sentence: without a folder, and no longer than one line. */
const LONGEST_NAME = 120;
function plain(name: string): string {
  const last = name
    .replace(/\p{Cc}|[\u2028\u2029]/gu, '')
    .split(/[/\\]/)
    .at(-1)!
    .trim();
  return last.length > LONGEST_NAME ? `${last.slice(0, LONGEST_NAME - 20)}…${last.slice(-19)}` : last;
}
