import { once } from 'node:events';
import process from 'node:process';
import { PassThrough } from 'node:stream';
import { utilityProcess, type UtilityProcess } from 'electron';
import { commandEntry } from '#host/program-files.ts';
import { programRequest, type ProgramEnded, type ProgramRequest, type RunningCommand } from '#studio/install-process.ts';

/** So much of what a program says is kept, from its end. */
const KEPT = 262_144;
/** For what a process that has ended has said, if nothing says that it was all. */
const LAST_WORDS_MS = 1000;

/**
 * Runs the command line as one of Electron's own processes, since Electron's program doesn't run as Node; and the programs
 * that an installation asks for, which end with it.
 */
export function runCommandUtility(args: readonly string[]): RunningCommand {
  const child = utilityProcess.fork(commandEntry, [...args], {
    serviceName: 'From Noise installer',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const programs = new Map<number, UtilityProcess>();
  child.on('message', (message) => {
    const request = programRequest(message);
    if (request?.type === 'end') kill(programs.get(request.id));
    else if (request !== undefined) void answer(request);
  });
  const exited = exitOf(child);
  void exited.then(() => programs.forEach(kill));
  const output = new PassThrough();
  const ended = Promise.all([exited, follow(child, child.stdout!, (text) => output.write(text))]);
  void ended.then(() => output.end());

  async function answer(request: Extract<ProgramRequest, { type: 'run' }>): Promise<void> {
    const ended = await runToEnd(request, (program) => programs.set(request.id, program));
    programs.delete(request.id);
    try {
      child.postMessage(ended);
    } catch {
      // it has gone, and nobody waits for the answer
    }
  }
  return {
    output,
    onEnd: (listener) => void Promise.all([ended, once(output, 'close')]).then(([[code]]) => listener(`code ${code}`)),
    end: () => void child.kill(),
    kill: () => kill(child),
  };
}

async function runToEnd(
  { id, file, args, env }: Extract<ProgramRequest, { type: 'run' }>,
  onStart: (program: UtilityProcess) => void,
): Promise<ProgramEnded> {
  const program = utilityProcess.fork(file, args, {
    serviceName: 'From Noise installer',
    stdio: 'pipe',
    env,
    allowLoadingUnsignedLibraries: true,
  });
  onStart(program);
  const said = { stdout: '', stderr: '' };
  const keep = (name: keyof typeof said) =>
    follow(program, program[name]!, (text) => (said[name] = (said[name] + text).slice(-KEPT)));
  const [code] = await Promise.all([exitOf(program), keep('stdout'), keep('stderr')]);
  return { type: 'ended', id, code, ...said };
}

/** `exit` can come twice: the first one counts. */
const exitOf = (child: UtilityProcess): Promise<number> => new Promise((resolve) => child.once('exit', resolve));

/**
 * Tells what comes out of a stream of a process, to its end. Electron takes all listeners off the stream once it has told of
 * the exit, when the last of it may still be on its way: so they are put on again.
 */
function follow(child: UtilityProcess, stream: NodeJS.ReadableStream, tell: (text: string) => void): Promise<void> {
  stream.setEncoding('utf8').on('data', tell);
  return new Promise((resolve) => {
    stream.once('end', resolve);
    child.once('exit', () =>
      process.nextTick(() => {
        stream.off('data', tell).on('data', tell).once('end', resolve);
        setTimeout(resolve, LAST_WORDS_MS);
      }),
    );
  });
}

/** Not to be waited for, as kill() of its own may be. */
function kill(child: UtilityProcess | undefined): void {
  if (child?.pid !== undefined) process.kill(child.pid, 'SIGKILL');
}
