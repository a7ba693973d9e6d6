import process from 'node:process';
import { utilityProcess } from 'electron';
import { trainerEntry } from '#host/program-files.ts';
import type { TrainerChannel } from '#studio/trainer-channel.ts';

/** Starts a trainer as one of Electron's own processes: a crash in native code takes no window with it. */
export function forkTrainerUtility(environment: Readonly<Record<string, string>>): TrainerChannel {
  const child = utilityProcess.fork(trainerEntry, [], {
    serviceName: 'From Noise trainer',
    stdio: 'inherit',
    // TensorFlow is installed by the person, and signed by nobody that a signed application trusts
    allowLoadingUnsignedLibraries: true,
    env: { ...process.env, ...environment },
  });
  let gone = false;
  let exitListener: ((code: number | null) => void) | undefined;
  child.on('exit', (code) => {
    if (gone) return; // it can come twice
    gone = true;
    exitListener?.(code);
  });
  return {
    get pid() {
      return child.pid;
    },
    send(message) {
      if (gone) return;
      try {
        child.postMessage(message);
      } catch {
        // it has gone, and `exit` is on its way: the message is lost, as the channel says
      }
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => (exitListener = listener),
    kill() {
      // kill() of its own is SIGTERM, at which a trainer first finishes its step; a step that hangs has no end
      if (gone || child.pid === undefined) child.kill();
      else process.kill(child.pid, 'SIGKILL');
    },
  };
}
