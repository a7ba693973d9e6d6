import process from 'node:process';
import { app, BrowserWindow, dialog, nativeTheme, shell } from 'electron';
import ElectronStore from 'electron-store';
import { toErrorInfo } from '#contract/error.ts';
import type { Studio } from '#contract/studio.ts';
import { libraryFolder } from '#library/folder.ts';
import { openSettings, settingsFolder } from '#library/settings.ts';
import { startInstallBy } from '#studio/install-process.ts';
import { createStudio } from '#studio/studio.ts';
import { openOnLibrary } from './choose-library.ts';
import { archivesIn, createImports } from './imports.ts';
import { createLeaving } from './leaving.ts';
import { createRecentRuns, type RecentRun } from './recent-runs.ts';
import { followRuns, systemSigns } from './run-signs.ts';
import { followTraining } from './training-signs.ts';
import { askWhereToSave } from './downloads.ts';
import { guardSession, guardWindows } from './guards.ts';
import { serveWindows } from './ipc.ts';
import { setMenu } from './menu.ts';
import { registerPageScheme, servePage } from './page.ts';
import { runCommandUtility } from './command-utility.ts';
import { forkTrainerUtility } from './trainer-utility.ts';
import { createWindows } from './window.ts';

app.enableSandbox();
registerPageScheme();
guardWindows();

/** files that macOS hands over before there is anything to take them */
const early: string[] = [];
app.once('open-file', (event, file) => {
  event.preventDefault();
  early.push(file);
});

// a second start shows the window of the first
if (app.requestSingleInstanceLock()) start().catch(fail);
else app.quit();

async function start(): Promise<void> {
  await app.whenReady();
  guardSession();
  servePage();
  askWhereToSave();

  const settings = openSettings(
    settingsFolder(),
    (problem) => console.warn(problem),
    (options) => new ElectronStore(options),
  );
  const showTheme = (): void => void (nativeTheme.themeSource = settings.get().theme);
  showTheme();
  settings.onChange(showTheme);

  const opened = await openOnLibrary(
    libraryFolder({ environment: process.env['FROM_NOISE_LIBRARY'], setting: settings.get().library }),
    (library) =>
      createStudio({
        shell: 'electron',
        version: app.getVersion(),
        library,
        settings,
        spawnTrainer: forkTrainerUtility,
        startInstall: startInstallBy(runCommandUtility),
        reveal: async (path) => (await shell.openPath(path)) === '',
      }),
    (library) => settings.set({ library }),
  );
  if (opened === undefined) {
    app.quit();
    return;
  }
  const { studio, library } = opened;
  serveWindows(studio);

  const leaving = createLeaving({
    training: () => (process.platform === 'darwin' ? undefined : training.current), // there an app goes on without windows
    settings,
    show: (route) => windows.open(route),
    quit: () => app.quit(),
  });
  closeBeforeQuit(studio, leaving.end);
  const windows = createWindows(leaving.keeps);
  const training = followTraining(systemSigns(windows));
  const imports = createImports(studio.archives, windows.open);
  const showMenu = (recent: readonly RecentRun[]): void =>
    setMenu(
      {
        show: windows.open,
        press: windows.press,
        openLibrary: () => void shell.openPath(library),
        importRun: () => void imports.choose(),
      },
      recent,
    );
  showMenu([]);
  await followRuns(studio, training, createRecentRuns(showMenu));
  app.on('second-instance', (_event, argv, folder) => {
    windows.open();
    imports.take(archivesIn(argv, folder));
  });
  app.on('activate', () => windows.open());
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  windows.open();
  imports.take([...early.splice(0), ...archivesIn(process.argv.slice(1), process.cwd())]);
  app.on('open-file', (event, file) => {
    event.preventDefault();
    imports.take([file]);
  });
}

/** Quitting waits for the run that trains to save its place; the windows are hidden meanwhile. */
function closeBeforeQuit(studio: Studio, onEnd: () => void): void {
  let state: 'open' | 'closing' | 'closed' = 'open';
  app.on('before-quit', (event) => {
    if (state === 'closed') return;
    event.preventDefault();
    if (state === 'closing') return;
    state = 'closing';
    onEnd();
    for (const window of BrowserWindow.getAllWindows()) window.hide();
    studio
      .close()
      .catch((error: unknown) => console.error('The studio did not close as it should:', error))
      .finally(() => {
        state = 'closed';
        app.quit();
      });
  });
}

function fail(error: unknown): void {
  const { message, hint } = toErrorInfo(error);
  console.error(error);
  dialog.showErrorBox('From Noise can’t start', `${message}\n\n${hint}`);
  app.exit(1);
}
