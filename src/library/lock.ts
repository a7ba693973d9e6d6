import { createHash, randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import process from 'node:process';
import * as z from 'zod/mini';
import { temporaryName } from './atomic-file.ts';
import { diskError, systemCode } from './disk-error.ts';
import { processStart } from './process-identity.ts';

/** What a lock file says: which process holds it. */
const holderSchema = z.object({
  host: z.string(),
  pid: z.int(),
  /** when that process started, as its system says it; see processStart */
  startedAt: z.string(),
  /** this acquisition and no other; it becomes part of a file's name */
  token: z.string().check(z.regex(/^[0-9a-f-]{16,64}$/)),
});
export type LockHolder = z.infer<typeof holderSchema>;

export type Acquisition =
  | { acquired: true; /** Gives the lock back, if it is still ours. */ release(): Promise<void> }
  | { acquired: false; holder: LockHolder };

/**
 * Takes the lock file at `path`, at once or not at all. A lock whose process is dead is taken over; one of
 * another host is believed to be held. The file appears with its content, so a reader never sees half of it.
 * Throws StudioError `library` or `disk-full` when the disk refuses.
 */
export async function acquireLock(path: string): Promise<Acquisition> {
  const mine: LockHolder = {
    host: hostname(),
    pid: process.pid,
    startedAt: (await processStart(process.pid)) ?? '',
    token: randomUUID(),
  };
  const text = JSON.stringify(mine);
  const temporary = temporaryName(path);
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    try {
      const holder = await take(path, temporary, text);
      if (holder !== undefined) return { acquired: false, holder };
      return { acquired: true, release: () => release(path, mine.token) };
    } finally {
      await rm(temporary, { force: true });
    }
  } catch (error) {
    throw diskError(error, 'lock', path);
  }
}

/** Puts the file `temporary` at `path`, or tells who is in the way. */
async function take(path: string, temporary: string, text: string): Promise<LockHolder | undefined> {
  for (;;) {
    if (await create(path, temporary, text)) return undefined;
    const found = await readLock(path);
    if (found === undefined) continue; // given back between the two
    if (await isHeld(found)) return found;
    // Of all who see this dead lock only the one that holds its successor's guard may replace it, and only if
    // it is still there then. The guard is a lock of the same kind, so a crash in here heals in the same way.
    const guard = await acquireLock(`${path}.${found.token}`);
    if (!guard.acquired) return guard.holder;
    try {
      if ((await readLock(path))?.token === found.token) {
        await rename(temporary, path);
        return undefined;
      }
    } finally {
      await guard.release();
    }
  }
}

/** False when something is there already. */
async function create(path: string, temporary: string, text: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR'].includes(systemCode(error) ?? '')) throw error;
  }
  // a disk without hard links (exFAT, some network shares)
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** A lock that can't be parsed counts as being written, by an unknown process, for this long. */
const BEING_WRITTEN_MS = 10_000;

async function readLock(path: string): Promise<LockHolder | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const parsed = holderSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const { mtimeMs } = await stat(path);
    const token = createHash('sha256').update(`${text}/${mtimeMs}`).digest('hex').slice(0, 32);
    const fresh = Date.now() - mtimeMs < BEING_WRITTEN_MS;
    // pid 0 is no process that could hold a lock
    return { host: fresh ? '' : hostname(), pid: 0, startedAt: '', token };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether the holder is alive, as far as this host can tell. */
async function isHeld(holder: LockHolder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  if (holder.pid <= 0) return false;
  const start = await processStart(holder.pid);
  return start !== undefined && (start === holder.startedAt || start === '' || holder.startedAt === '');
}

/** The process that holds the lock at `path`, or undefined when nobody alive does. */
export async function lockHolder(path: string): Promise<LockHolder | undefined> {
  try {
    const found = await readLock(path);
    return found !== undefined && (await isHeld(found)) ? found : undefined;
  } catch (error) {
    throw diskError(error, 'read', path);
  }
}

async function release(path: string, token: string): Promise<void> {
  try {
    if ((await readLock(path))?.token === token) await rm(path, { force: true });
  } catch (error) {
    throw diskError(error, 'unlock', path);
  }
}
