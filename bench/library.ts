/** Times a library of many long runs: its first look and later ones, its list in Chromium, what it costs while nothing happens. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from '@playwright/test';
import { openChromium, spread } from './charts.ts';
import { traceFrames } from './main-thread.ts';
import { EPOCHS, writeLibrary } from './many-runs.ts';

interface LibraryOptions {
  runs: number;
  points: number;
  print: (line: string) => void;
}
const VIEW = { width: 1440, height: 900 };
const SCROLL_SECONDS = 4;

/** Bytes of memory and seconds of processor time that a process has taken. */
async function statOf(pid: number): Promise<{ memory: number; seconds: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return { memory: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024, seconds: (Number(fields[11]) + Number(fields[12])) / 100 };
}

/** A studio in a process of its own, with no engine to look for: what is timed is the library. */
async function startStudio(folder: string) {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, '../out/main/cli.js'), 'serve', '--port', '0'], {
    env: {
      ...process.env,
      FROM_NOISE_LIBRARY: join(folder, 'library'),
      FROM_NOISE_CONFIG: join(folder, 'config'),
      FROM_NOISE_TENSORFLOW: '',
      FROM_NOISE_ENGINES: join(folder, 'engines'),
      FROM_NOISE_NO_ENGINE_INSTALL: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let out = '';
  const linked = new Promise<string>((found) =>
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const [url] = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/.exec(out) ?? [];
      if (url !== undefined) found(url);
    }),
  );
  const ended = exited.then(() => {
    throw new Error('The studio ended before it was ready. It has to be built: npm run build.');
  });
  const link = await Promise.race([linked, ended]);
  const studio = {
    link,
    pid: child.pid!,
    async close() {
      child.kill('SIGTERM');
      await exited;
    },
  };
  studios.push(studio);
  return studio;
}
/** All that were started: none may outlive a measurement that fails. */
const studios: { close(): Promise<void> }[] = [];

/** Starts a studio and shows its list; tells when it was ready, and when its first rows and all runs were there. */
async function firstLook(browser: Browser, folder: string, runs: number) {
  const began = performance.now();
  const studio = await startStudio(folder);
  const ready = performance.now() - began;
  const page = await browser.newPage({ viewport: VIEW });
  await page.goto(studio.link);
  await page.waitForURL((url) => url.search === '');
  // it leads on to the page that was open last
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.evaluate(() => (location.hash = '#/runs'));
  await page.locator('tbody a').first().waitFor();
  const rows = performance.now() - began;
  await page.getByRole('status').getByText(runs.toLocaleString('en')).first().waitFor();
  return { studio, page, times: [ready, rows, performance.now() - began] };
}

/** Milliseconds of processor time that the page's main thread has worked so far. */
async function openThreadClock(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'ThreadTime')!.value;
  };
}

/** From the press to the painted rows, while the page knows the runs. */
const pressAndWait = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const start = performance.now();
    location.hash = '#/runs';
    while (document.querySelector('tbody a') === null) await new Promise((resolve) => setTimeout(resolve));
    await painted();
    return performance.now() - start;
  });

const scroll = (page: Page) =>
  page.evaluate(async (seconds) => {
    const area = document.querySelector('table')!.closest('.scroll-area')!;
    const frames: number[] = [];
    let most = 0;
    const began = performance.now();
    let before = await new Promise<number>(requestAnimationFrame);
    while (performance.now() - began < seconds * 1000) {
      performance.mark('frame');
      area.scrollTop += 60;
      if (area.scrollTop + area.clientHeight >= area.scrollHeight) area.scrollTop = 0;
      const now = await new Promise<number>(requestAnimationFrame);
      frames.push(now - before);
      before = now;
      most = Math.max(most, document.querySelectorAll('tbody tr').length);
    }
    return { frames, most };
  }, SCROLL_SECONDS);

/** Memory of the page's process, JavaScript and all else. */
async function memoryOf(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const pages = await Promise.all(processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => statOf(id)));
  return Math.max(...pages.map(({ memory }) => memory));
}

export async function benchLibrary({ runs, points, print }: LibraryOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-library-'));
  const browser = await openChromium();
  const say = (what: string, numbers: string): void => print(what.padEnd(44) + numbers);
  const list = (numbers: readonly number[]): string => numbers.map((n) => n.toFixed(0)).join(', ');
  try {
    await writeLibrary(join(folder, 'library'), runs, points);
    print(
      `${runs.toLocaleString('en')} runs of ${points.toLocaleString('en')} points, ${EPOCHS} checkpoints and samples each; milliseconds`,
    );
    for (const start of ['first start: ready, rows, all runs', 'later start: ready, rows, all runs']) {
      const { studio, page, times } = await firstLook(browser, folder, runs);
      say(start, list(times));
      await page.close();
      await studio.close();
    }
    const { studio, page } = await firstLook(browser, folder, runs);
    // sizes of all runs are counted once
    await page.getByText(/ free$/).waitFor({ timeout: 0 });
    const clock = await openThreadClock(page);
    const [shown, worked]: [number[], number[]] = [[], []];
    for (let i = 0; i < 5; i++) {
      await page.evaluate(() => (location.hash = '#/compare'));
      await delay(1000);
      const before = await clock();
      shown.push(await pressAndWait(page));
      worked.push((await clock()) - before);
    }
    say('list on screen after a press', `${list(shown)}; main thread ${list(worked)}`);

    // from the reload of the page: everything is fetched again. The page itself looks, at every frame: questions from
    // outside wait for their turn
    await page.addInitScript(() => {
      const look = (): void => {
        if (document.querySelector('tbody a') === null) requestAnimationFrame(look);
        else requestAnimationFrame(() => performance.mark('rows'));
      };
      look();
    });
    const [again, workedAgain]: [number[], number[]] = [[], []];
    for (let i = 0; i < 5; i++) {
      await page.reload();
      await page.waitForFunction(() => performance.getEntriesByName('rows').length > 0);
      again.push(await page.evaluate(() => performance.getEntriesByName('rows')[0]!.startTime));
      workedAgain.push(await clock());
      await delay(2000);
    }
    say('list on screen after a reload', `${list(again)}; main thread ${list(workedAgain)}`);
    await delay(3000);

    const { result, frames } = await traceFrames(browser, page, () => scroll(page));
    const [between, thread] = [spread(result.frames), spread(frames.map(({ all }) => all))];
    say(
      'scrolling, 60 pixels a frame: frame',
      `median ${between.median.toFixed(1)}, 95 % below ${between.p95.toFixed(1)}; at most ${result.most} rows exist`,
    );
    say('  main thread', `median ${thread.median.toFixed(1)}, 95 % below ${thread.p95.toFixed(1)}`);
    const before = await statOf(studio.pid);
    await delay(10_000);
    const after = await statOf(studio.pid);
    say('memory', `studio ${mb(after.memory)}, page ${mb(await memoryOf(browser))}`);
    say('looking for changes', `${((100 * (after.seconds - before.seconds)) / 10).toFixed(1)} % of a core`);
    await studio.close();
  } finally {
    await browser.close();
    await Promise.all(studios.map((studio) => studio.close()));
    await rm(folder, { recursive: true, force: true });
  }
}
const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
