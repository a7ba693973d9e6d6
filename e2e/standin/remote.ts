/** The test's end: it scripts what a person would answer, sees what the app asked the system for, and presses menu items. */
import { app } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { Menu } from './menu.ts';
import { shownNotifications } from './system.ts';
import { Tray } from './tray.ts';

const answers: Record<string, unknown[]> = JSON.parse(process.env['STANDIN_ANSWERS'] ?? '{}');

/** Tells the test of a call to the system, and gives the answer it scripted, or `fallback`. */
export function record(api: string, args: unknown[], fallback: unknown): unknown {
  process.send?.({ standin: 'call', api, args: JSON.parse(JSON.stringify(args.filter((a) => !(a instanceof BrowserWindow)))) });
  return answers[api]?.shift() ?? fallback;
}

process.on('message', (m: any) => {
  if (m?.standin === 'answer') (answers[m.api] ??= []).push(m.value);
  if (m?.standin === 'menu') {
    const item = Menu.getApplicationMenu()?.getMenuItemById(m.id) ?? Tray.shown?.menu?.getMenuItemById(m.id);
    item?.click?.(item, BrowserWindow.getFocusedWindow(), {});
  }
  if (m?.standin === 'quit') app.quit();
  if (m?.standin === 'closeWindow') BrowserWindow.getAllWindows().at(0)?.close();
  if (m?.standin === 'blur') BrowserWindow.hasFocus = false;
  if (m?.standin === 'clickNotification') shownNotifications.at(-1)?.emit('click');
  if (m?.standin === 'secondInstance') app.emit('second-instance', {}, m.argv, process.cwd());
});
process.on('disconnect', () => app.exit(0));
