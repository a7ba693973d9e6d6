/** Times the frames of a loss chart in Chromium while five long runs grow in it. */
import { resolve } from 'node:path';
import { chromium } from '@playwright/test';
import tailwindcss from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { createServer } from 'vite';
import { findChromium } from '../scripts/chromium.mjs';

interface ChartsOptions {
  points: number;
  runs: number;
  seconds: number;
  print: (line: string) => void;
}
interface FrameTimes {
  frames: number;
  /** of the time between frames, in milliseconds */
  median: number;
  p95: number;
  longest: number;
}

const VIEW = { width: 1440, height: 900 };

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;

export const frameTimes = (frames: readonly number[]): FrameTimes => ({
  frames: frames.length,
  median: quantile(frames, 0.5),
  p95: quantile(frames, 0.95),
  longest: Math.max(...frames),
});

/** A Chromium without a screen, as the tests start it. */
export const openChromium = () =>
  chromium.launch({
    executablePath: findChromium() ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });

/** Frame times by what is done with the chart. */
export async function benchCharts({ points, runs, seconds, print }: ChartsOptions): Promise<Record<string, FrameTimes>> {
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
    const query = new URLSearchParams({ points: String(points), runs: String(runs), seconds: String(seconds) });
    await page.goto(`${server.resolvedUrls!.local[0]!}?${query.toString()}`);
    await page.waitForFunction('window.measured !== undefined');
    const measured: Record<string, number[]> = await page.evaluate('window.measured');
    const report = Object.fromEntries(Object.entries(measured).map(([name, frames]) => [name, frameTimes(frames)]));
    print(`${runs} runs of ${points.toLocaleString('en')} points, 10 more each at every frame; ${VIEW.width} × ${VIEW.height}`);
    for (const [name, { frames, median, p95, longest }] of Object.entries(report))
      print(
        `${name.padEnd(8)}  ${frames} frames  median ${median.toFixed(1)} ms  p95 ${p95.toFixed(1)} ms  longest ${longest.toFixed(1)} ms`,
      );
    return report;
  } finally {
    await browser.close();
    await server.close();
  }
}
