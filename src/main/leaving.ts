import { dialog, Menu, Tray, type BrowserWindow } from 'electron';
import type { Run } from '#contract/run.ts';
import { resourceFile } from '#library/resources.ts';

export interface LeavingOptions {
  /** the run that trains in this app */
  training: () => Run | undefined;
  show: (route?: string) => void;
  quit: () => void;
}

export interface Leaving {
  /** For a window that was asked to close: true when it is to stay, hidden or not. */
  keeps: (window: BrowserWindow) => boolean;
  /** The app is ending: windows close without a question. */
  end: () => void;
}

/**
 * What becomes of a training whose window is closed: a person decides. It goes on without a window, and an icon in the tray
 * brings that back; or the app ends, and the run saves its place.
 */
export function createLeaving({ training, show, quit }: LeavingOptions): Leaving {
  let tray: Tray | undefined;
  let isEnding = false;
  let isAsking = false;

  function hide(window: BrowserWindow): void {
    tray ??= makeTray();
    window.hide();
  }
  function makeTray(): Tray {
    const made = new Tray(resourceFile('tray.png'));
    made.setToolTip('From Noise');
    made.setContextMenu(
      Menu.buildFromTemplate([
        { id: 'tray-open', label: 'Open From Noise', click: () => show() },
        { type: 'separator' },
        { id: 'tray-quit', label: 'Quit', click: quit },
      ]),
    );
    made.on('click', () => show());
    return made;
  }
  async function ask(window: BrowserWindow, run: Run): Promise<void> {
    isAsking = true;
    const { response } = await dialog.showMessageBox(window, {
      type: 'question',
      message: `“${run.name}” is training.`,
      detail:
        'It can go on without the window; an icon in the tray brings it back. Or it saves its place, and goes on when you resume it.',
      buttons: ['Keep training', 'Quit', 'Cancel'],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    });
    isAsking = false;
    if (response === 0 && !window.isDestroyed()) hide(window);
    else if (response === 1) quit();
  }
  return {
    keeps(window) {
      const run = training();
      if (isEnding || run === undefined) return false;
      if (!isAsking) ask(window, run).catch((error: unknown) => console.error('The question could not be asked:', error));
      return true;
    },
    end() {
      isEnding = true;
      tray?.destroy();
    },
  };
}
