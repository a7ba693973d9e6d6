/** Times a library of many long runs: its first look, its list, what it costs while nothing happens, and its table in Chromium. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseRecipe } from '#contract/recipe.ts';
import type { RunFile } from '#contract/run.ts';
import { openChromium, spread } from './charts.ts';

interface LibraryOptions {
  runs: number;
  points: number;
  print: (line: string) => void;
}
const EPOCHS = 20;
const VIEW = { width: 1440, height: 900 };
const SCROLL_SECONDS = 4;

/** Runs as twenty epochs leave them; what is inside checkpoints and samples does not matter to a list. */
async function writeLibrary(folder: string, runs: number, points: number): Promise<void> {
  const lines = Array.from({ length: points }, (_, i) => {
    const loss = 0.02 + 0.3 / (i + 1) + 0.002 * Math.sin(i * i);
    return `{"step":${i + 1},"epoch":${Math.ceil(((i + 1) * EPOCHS) / points)},"loss":${loss},"learningRate":0.001,"seconds":${i / 3}}\n`;
  });
  await mkdir(join(folder, 'runs'), { recursive: true });
  const metrics = join(folder, 'metrics.jsonl');
  await writeFile(metrics, lines.join(''));
  for (let n = 0; n < runs; n++) {
    const id = `denoiser-2026-11-25-${String(n).padStart(4, '0')}`;
    const run = join(folder, 'runs', id);
    await mkdir(join(run, 'checkpoints'), { recursive: true });
    await copyFile(metrics, join(run, 'metrics.jsonl'));
    for (let epoch = 1; epoch <= EPOCHS; epoch++) {
      const name = `epoch-${String(epoch).padStart(4, '0')}`;
      await writeFile(join(run, 'checkpoints', `${name}.safetensors`), '');
      await mkdir(join(run, 'samples', name), { recursive: true });
      await writeFile(join(run, 'samples', name, 'results.safetensors'), '');
    }
    const file: RunFile = {
      format: 1,
      id,
      name: `Run ${n + 1}`,
      recipe: parseRecipe({ width: 16, batchSize: 64, subset: Math.round((points * 64) / EPOCHS), epochs: EPOCHS }),
      state: { status: 'completed', at: n },
      progress: {
        epoch: EPOCHS,
        step: points,
        seconds: 900,
        epochLosses: Array.from({ length: EPOCHS }, (_, e) => 0.1 / (e + 1)),
      },
      createdAt: 1_764_000_000_000 + n * 1000,
      tags: n % 3 === 0 ? ['hand-in'] : [],
      notes: '',
    };
    await writeFile(join(run, 'run.json'), JSON.stringify(file));
  }
}

/** Bytes of memory and seconds of processor time that a process has taken. */
async function statOf(pid: number): Promise<{ memory: number; seconds: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return { memory: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024, seconds: (Number(fields[11]) + Number(fields[12])) / 100 };
}

export async function benchLibrary({ runs, points, print }: LibraryOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-library-'));
  const browser = await openChromium();
  try {
    await writeLibrary(join(folder, 'library'), runs, points);
    print(`${runs.toLocaleString('en')} runs of ${points.toLocaleString('en')} points, ${EPOCHS} checkpoints and samples each`);
    const began = performance.now();
    const child = spawn(process.execPath, [resolve(import.meta.dirname, '../out/main/cli.js'), 'serve', '--port', '0'], {
      env: { ...process.env, FROM_NOISE_LIBRARY: join(folder, 'library'), FROM_NOISE_CONFIG: join(folder, 'config') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    let out = '';
    const link = await new Promise<string>((found) =>
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        const [url] = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/.exec(out) ?? [];
        if (url !== undefined) found(url);
      }),
    );
    print(`start, with a first look at every run  ${((performance.now() - began) / 1000).toFixed(2)} s`);
    const page = await browser.newPage({ viewport: VIEW });
    await page.goto(link);
    await page.waitForURL((url) => url.search === '');
    await page.getByRole('heading', { level: 1 }).waitFor();

    // from the press to the painted rows, while the page knows the runs
    const shown = await page.evaluate(async () => {
      const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const times: number[] = [];
      for (let i = 0; i < 5; i++) {
        location.hash = '#/settings';
        await painted();
        const start = performance.now();
        location.hash = '#/runs';
        while (document.querySelector('tbody a') === null) await new Promise((resolve) => setTimeout(resolve));
        await painted();
        times.push(performance.now() - start);
      }
      return times;
    });
    print(`list on screen after a press            ${shown.map((ms) => ms.toFixed(0)).join(', ')} ms`);

    // from the reload of the page: everything is fetched again
    await page.reload();
    await page.locator('tbody a').first().waitFor();
    const loaded = await page.evaluate(() => performance.now());
    print(`list on screen after a reload           ${loaded.toFixed(0)} ms`);

    const scrolled = await page.evaluate(async (seconds) => {
      const area = document.querySelector('table')!.closest('.scroll-area')!;
      const frames: number[] = [];
      let most = 0;
      const began = performance.now();
      let before = await new Promise<number>(requestAnimationFrame);
      while (performance.now() - began < seconds * 1000) {
        area.scrollTop += 60;
        if (area.scrollTop + area.clientHeight >= area.scrollHeight) area.scrollTop = 0;
        const now = await new Promise<number>(requestAnimationFrame);
        frames.push(now - before);
        before = now;
        most = Math.max(most, document.querySelectorAll('tbody tr').length);
      }
      return { frames, most };
    }, SCROLL_SECONDS);
    const { median, p95, longest } = spread(scrolled.frames);
    print(
      `scrolling, 60 pixels a frame             median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, longest ${longest.toFixed(1)} ms; at most ${scrolled.most} rows exist`,
    );
    const heap = await page.evaluate(
      () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
    );
    const before = await statOf(child.pid!);
    await delay(5000);
    const after = await statOf(child.pid!);
    print(`memory                                  studio ${mb(after.memory)}, page ${mb(heap)} of JavaScript`);
    print(`looking for changes                     ${((100 * (after.seconds - before.seconds)) / 5).toFixed(0)} % of a core`);
    child.kill('SIGTERM');
    await exited;
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}
const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
