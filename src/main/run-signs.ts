import process from 'node:process';
import { app, BrowserWindow, Notification, powerSaveBlocker } from 'electron';
import type { CallOutput, EventPayload, Studio } from '#contract/studio.ts';
import { loss as lossText } from '#contract/words.ts';
import type { createRecentRuns } from './recent-runs.ts';
import type { FollowedTraining, TrainingSigns } from './training-signs.ts';
import type { Windows } from './window.ts';

/** The signs of a training as this system gives them: a bar on the dock or the taskbar, no sleep, a notification at the end. */
export function systemSigns(windows: Windows): TrainingSigns {
  let blocker: number | undefined;
  // Windows shows notifications of what it knows by this name: electron-builder's shortcut carries it
  if (process.platform === 'win32') app.setAppUserModelId(APP_ID);
  return {
    progress: windows.progress,
    awake(on) {
      if (blocker !== undefined) powerSaveBlocker.stop(blocker);
      // the screen may go dark: nothing is to be seen that isn't kept
      blocker = on ? powerSaveBlocker.start('prevent-app-suspension') : undefined;
    },
    ended({ id, name, state, progress }) {
      // the page says it where somebody looks at it
      if (BrowserWindow.getFocusedWindow()?.isVisible() === true || !Notification.isSupported()) return;
      const loss = progress.epochLosses.at(-1);
      const notification = new Notification({
        title: state.status === 'failed' ? `${name} failed` : `${name} is trained`,
        body:
          state.status === 'failed'
            ? state.error.message
            : `${progress.epoch} ${progress.epoch === 1 ? 'epoch' : 'epochs'}${loss === undefined ? '' : `, loss ${lossText(loss)}`}`,
      });
      notification.on('click', () => windows.open(`#/runs/${id}`));
      notification.show();
    },
  };
}
/** The same as appId in electron-builder.yml. */
const APP_ID = 'org.fromnoise.studio';

/** Follows the studio's runs from now on. */
export async function followRuns(
  studio: Studio,
  training: FollowedTraining,
  recent: ReturnType<typeof createRecentRuns>,
): Promise<void> {
  studio.subscribe((name, payload) => {
    if (name === 'run.changed') {
      const run = payload as EventPayload<'run.changed'>;
      training.take(run);
      recent.take([run]);
    } else if (name === 'runs.found') recent.take((payload as EventPayload<'runs.found'>).runs);
    else if (name === 'run.removed') {
      const { id } = payload as EventPayload<'run.removed'>;
      training.removed(id);
      recent.removed(id);
    }
  });
  const { runs } = (await studio.call('runs.list', undefined)) as CallOutput<'runs.list'>;
  for (const run of runs) training.take(run);
  recent.take(runs);
}
