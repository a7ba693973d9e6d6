/** Times the frames of a loss chart in Chromium while five long runs grow in it. */
import { resolve } from 'node:path';
import { chromium } from '@playwright/test';
import tailwindcss from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { createServer } from 'vite';
import { findChromium } from '../scripts/chromium.mjs';
import { traceFrames } from './main-thread.ts';

interface ChartsOptions {
  points: number;
  runs: number;
  /** steps that each run gains at a frame */
  gain: number;
  seconds: number;
  print: (line: string) => void;
}
interface Spread {
  median: number;
  p95: number;
  longest: number;
}
/** By what is done with the chart, in milliseconds a frame: from one to the next, and what the main thread works for it. */
type ChartsReport = Record<string, Record<'between' | 'mainThread' | 'scripts', Spread>>;

const VIEW = { width: 1440, height: 900 };

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;

export const spread = (values: readonly number[]): Spread => ({
  median: quantile(values, 0.5),
  p95: quantile(values, 0.95),
  longest: Math.max(...values),
});

/** A Chromium without a screen, as the tests start it. */
export const openChromium = () =>
  chromium.launch({
    executablePath: findChromium() ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });

export async function benchCharts({ points, runs, gain, seconds, print }: ChartsOptions): Promise<ChartsReport> {
  const server = await createServer({
    configFile: false,
    root: resolve(import.meta.dirname, 'charts-page'),
    plugins: [vue(), tailwindcss()],
    server: { host: '127.0.0.1', fs: { allow: [resolve(import.meta.dirname, '..')] } },
    logLevel: 'error',
  });
  const browser = await openChromium();
  try {
    await server.listen();
    const page = await browser.newPage({ viewport: VIEW });
    page.on('pageerror', (error) => print(String(error)));
    const query = new URLSearchParams({
      points: String(points),
      runs: String(runs),
      gain: String(gain),
      seconds: String(seconds),
    });
    await page.goto(`${server.resolvedUrls!.local[0]!}?${query.toString()}`);
    await page.waitForFunction('window.measure !== undefined');
    const acts = await page.evaluate<string[]>('window.acts');
    const report: ChartsReport = {};
    print(
      `${runs} runs of ${points.toLocaleString('en')} points, ${gain} more each at every frame; ${VIEW.width} × ${VIEW.height}`,
    );
    print(
      `milliseconds, median and 95 % below     ${'between frames'.padStart(16)}  ${'main thread'.padStart(16)}  ${'scripts'.padStart(16)}`,
    );
    for (const name of acts) {
      const { result, frames } = await traceFrames(browser, page, () => page.evaluate<number[]>(`window.measure('${name}')`));
      const found = (report[name] = {
        between: spread(result),
        mainThread: spread(frames.map(({ all }) => all)),
        scripts: spread(frames.map(({ script }) => script)),
      });
      const columns = [found.between, found.mainThread, found.scripts].map(({ median, p95 }) =>
        `${median.toFixed(1)} · ${p95.toFixed(1)}`.padStart(16),
      );
      print(`${`${name}, ${frames.length} frames`.padEnd(40)}${columns.join('  ')}`);
    }
    return report;
  } finally {
    await browser.close();
    await server.close();
  }
}
