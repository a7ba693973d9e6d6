import { pages } from './pages.ts';

/** Keys as they are called on this system: ⌘K on a Mac, Ctrl K elsewhere. */
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
export const withCommand = (key: string): string => (isMac ? `⌘${key}` : `Ctrl ${key}`);

/** What the keyboard does, by where. The page’s own keys stand in its tooltips too. */
export const shortcuts: readonly { where: string; keys: readonly { keys: string; does: string }[] }[] = [
  {
    where: 'Everywhere',
    keys: [
      { keys: withCommand('K'), does: 'Find a page, a run or an action' },
      { keys: `1 to ${pages.length}`, does: 'Open a page of the sidebar' },
      { keys: '?', does: 'Show these shortcuts' },
      { keys: 'Tab', does: 'Go to the next control, with Shift to the one before' },
      { keys: 'Esc', does: 'Close what is open' },
      { keys: 'F8', does: 'Go to the notice: Tab leads to its buttons' },
    ],
  },
  {
    where: 'Runs, Run',
    keys: [
      { keys: '/', does: 'Find among the runs' },
      { keys: 'Space', does: 'Pause or resume the run' },
    ],
  },
  {
    where: 'Run, Compare, Sample',
    keys: [
      { keys: 'Space', does: 'Play or pause the epochs, the film' },
      { keys: '← →', does: 'One epoch, one frame; with Shift, ten' },
      { keys: 'L', does: 'Loop the film' },
      { keys: withCommand('↵'), does: 'Sample' },
    ],
  },
  {
    where: 'Numbers, sliders, curves',
    keys: [
      { keys: '← →', does: 'One step; with Shift, ten' },
      { keys: 'Home, End', does: 'To the first, to the last' },
      { keys: '+ −', does: 'Zoom a curve; with the pointer, drag across it' },
      { keys: '0', does: 'Show the whole curve' },
    ],
  },
];
