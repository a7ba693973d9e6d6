import type { Browser, Page } from '@playwright/test';

/** What the main thread of a page did in one frame, in milliseconds of processor time. */
interface FrameWork {
  /** all of it */
  all: number;
  /** running scripts, ours and the libraries' */
  script: number;
}

interface TraceEvent {
  name: string;
  cat: string;
  ph: string;
  pid: number;
  tid: number;
  /** microseconds: beginning, duration, and of that the thread's own processor time */
  ts: number;
  dur?: number;
  tdur?: number;
}

const CATEGORIES = ['blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];
/** Everything that enters JavaScript. */
const SCRIPTS = new Set(['FunctionCall', 'EvaluateScript', 'FireAnimationFrame', 'TimerFire', 'EventDispatch', 'RunMicrotasks']);
/** What the page marks with performance.mark where a frame begins. */
const FRAME = 'frame';

/**
 * What the page's main thread does while `work` goes on, frame by frame. The time is the thread's own on its processor, so
 * what other processes take counts for nothing, and neither does what the painter's threads do.
 */
export async function traceFrames<T>(
  browser: Browser,
  page: Page,
  work: () => Promise<T>,
): Promise<{ result: T; frames: FrameWork[] }> {
  await browser.startTracing(page, { categories: CATEGORIES });
  const result = await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString('utf8')) as { traceEvents: TraceEvent[] };
  return { result, frames: framesOf(traceEvents) };
}

function framesOf(events: TraceEvent[]): FrameWork[] {
  const isMark = ({ name, cat }: TraceEvent): boolean => name === FRAME && cat.includes('blink.user_timing');
  const first = events.find(isMark);
  if (first === undefined) throw new Error('The page marked no frames.');
  const frames: FrameWork[] = [];
  let scriptUntil = 0;
  for (const event of events.filter(({ pid, tid }) => pid === first.pid && tid === first.tid).sort((a, b) => a.ts - b.ts)) {
    if (isMark(event)) frames.push({ all: 0, script: 0 });
    const frame = frames.at(-1);
    if (frame === undefined || event.ph !== 'X') continue;
    const time = (event.tdur ?? 0) / 1000;
    if (event.name === 'RunTask') frame.all += time;
    // one script within another is counted with that
    if (SCRIPTS.has(event.name) && event.ts >= scriptUntil) {
      frame.script += time;
      scriptUntil = event.ts + (event.dur ?? 0);
    }
  }
  return frames;
}
