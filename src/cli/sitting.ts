import type { RunState } from '#contract/run.ts';
import { StudioError } from '#contract/error.ts';
import type { Library } from '#library/library.ts';
import type { StoredRun } from '#library/run-folder.ts';
import type { Command } from '#trainer/messages.ts';
import { trainRun } from '#trainer/run-job.ts';
import type { Override } from '#trainer/resolve.ts';
import { keepHeapSmall } from '#trainer/small-heap.ts';
import type { Devices } from '#studio/devices.ts';
import { onEndRequest } from './ending.ts';
import { EXIT, exitCodeOf, reportError, type Output } from './output.ts';
import { reportSitting } from './sitting-report.ts';

export interface Sitting {
  library: Library;
  run: StoredRun;
  devices: Devices;
  /** `--device` of a resume */
  override?: Override;
  output: Output;
}

/**
 * Trains a run in this process, saying how it goes; the run folder's path is the last line. Waits while another run of
 * the library trains. Gives the exit code: 0 when the run is complete, 130 when it was ended and can be resumed.
 */
export async function sitWith({ library, run, devices, override, output }: Sitting): Promise<number> {
  keepHeapSmall();
  let wish: Command | undefined;
  const giveBack = onEndRequest(() => {
    wish = 'interrupt';
    output.say('Ending after this step. Ctrl-C once more leaves at once, and loses the steps since the last checkpoint.');
  });
  let waitingFor: number | undefined;
  output.tell({ type: 'run', run: run.id, name: run.name, folder: run.folder, recipe: run.recipe });
  output.say(`Run ${run.id}: ${run.name}`);
  try {
    const state = await trainRun({
      library,
      id: run.id,
      preferences: () => devices.resolve(run.recipe),
      ...(override === undefined ? {} : { override }),
      resume: true,
      wish: () => wish,
      onEvent: reportSitting(output, run.recipe),
      onWaiting: ({ host, pid }) => {
        if (waitingFor === pid) return;
        waitingFor = pid;
        output.tell({ type: 'waiting', host, pid });
        output.say(`Waiting: process ${pid} on ${host} trains another run of this library.`);
      },
    });
    return end(state, run, output);
  } finally {
    giveBack();
  }
}

function end(state: RunState, { id, folder }: StoredRun, output: Output): number {
  let code: number = EXIT.ok;
  if (state.status === 'failed') {
    code = exitCodeOf(state.error);
    reportError(output, StudioError.fromInfo(state.error));
  } else if (state.status !== 'completed') {
    code = EXIT.interrupted;
    output.say(`The run is ${state.status}. Go on with: from-noise resume ${id}`);
  }
  output.tell({ type: 'ended', run: id, status: state.status, folder });
  output.say(folder);
  return code;
}
