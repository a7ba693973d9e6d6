import { dialog, Menu, Tray, type BrowserWindow } from 'electron';
import type { Run } from '#contract/run.ts';
import type { Settings } from '#contract/settings.ts';
import { resourceFile } from '#library/resources.ts';

export interface LeavingOptions {
  /** the run that trains in this app */
  training: () => Run | undefined;
  /** what a person has decided once and for all */
  settings: { get(): Pick<Settings, 'closing'>; set(patch: Pick<Settings, 'closing'>): unknown };
  show: (route?: string) => void;
  quit: () => void;
}

/** What the dialog's buttons stand for; the last one is Cancel. */
const CHOICES = ['keep', 'quit'] as const;

export interface Leaving {
  /** For a window that was asked to close: true when it is to stay, hidden or not. */
  keeps: (window: BrowserWindow) => boolean;
  /** The app is ending: windows close without a question. */
  end: () => void;
}

/**
 * What becomes of a training whose window is closed: a person decides. It goes on without a window, and an icon in the tray
 * brings that back; or the app ends, and the run saves its place. They are asked, until they ask not to be.
 */
export function createLeaving({ training, settings, show, quit }: LeavingOptions): Leaving {
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
    const { response, checkboxChecked } = await dialog.showMessageBox(window, {
      type: 'question',
      message: `“${run.name}” is training.`,
      detail:
        'It can go on without the window; an icon in the tray brings it back. Or it saves its place, and goes on when you resume it.',
      buttons: ['Keep training', 'Quit', 'Cancel'],
      defaultId: 0,
      cancelId: 2,
      checkboxLabel: 'Don’t ask again',
      noLink: true,
    });
    isAsking = false;
    const choice = CHOICES[response];
    if (choice === undefined) return;
    act(choice, window);
    if (checkboxChecked) settings.set({ closing: choice });
  }
  function act(choice: 'keep' | 'quit', window: BrowserWindow): void {
    if (choice === 'quit') quit();
    else if (!window.isDestroyed()) hide(window);
  }
  return {
    keeps(window) {
      const run = training();
      if (isEnding || run === undefined) return false;
      const { closing } = settings.get();
      if (closing !== 'ask') act(closing, window);
      else if (!isAsking) ask(window, run).catch((error: unknown) => console.error('The question could not be asked:', error));
      return true;
    },
    end() {
      isEnding = true;
      tray?.destroy();
    },
  };
}
