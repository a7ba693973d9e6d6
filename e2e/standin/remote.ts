/** The test's end: it scripts what a person would answer, sees what the app asked the system for, and presses menu items. */
import { app } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { Menu } from './menu.ts';

const answers: Record<string, unknown[]> = JSON.parse(process.env['STANDIN_ANSWERS'] ?? '{}');

/** Tells the test of a call to the system, and gives the answer it scripted, or `fallback`. */
export function record(api: string, args: unknown[], fallback: unknown): unknown {
  process.send?.({ standin: 'call', api, args: JSON.parse(JSON.stringify(args.filter((a) => !(a instanceof BrowserWindow)))) });
  return answers[api]?.shift() ?? fallback;
}

process.on('message', (m: any) => {
  if (m?.standin === 'answer') (answers[m.api] ??= []).push(m.value);
  if (m?.standin === 'menu') {
    const item = Menu.getApplicationMenu()?.getMenuItemById(m.id);
    item?.click?.(item, BrowserWindow.getFocusedWindow(), {});
  }
  if (m?.standin === 'quit') app.quit();
});
process.on('disconnect', () => app.exit(0));
