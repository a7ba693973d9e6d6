/** Benchmarks: `npm run bench -- step`. */
import { writeFileSync } from 'node:fs';
import { InvalidArgumentError, program, type Command } from 'commander';
import { findTorch } from './peer.ts';
import { benchCharts } from './charts.ts';
import { benchLibrary } from './library.ts';
import { benchSample } from './sample.ts';
import { benchStep, DEFAULT_SIZES, type Size } from './step.ts';

/** `32x128,64x128` */
function parseSizes(text: string): Size[] {
  return text.split(',').map((part) => {
    const [width, batch] = part.split('x').map(Number);
    if (!isCount(width) || !isCount(batch) || part.split('x').length !== 2)
      throw new InvalidArgumentError('Sizes are written as width x batch: 16x64,32x128.');
    return { width, batch };
  });
}
function parseCount(text: string): number {
  const count = Number(text);
  if (!isCount(count)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return count;
}
const isCount = (n: number | undefined): n is number => n !== undefined && Number.isSafeInteger(n) && n > 0;

function parseConditioning(text: string): 'none' | 'time' | 'class' {
  if (text === 'none' || text === 'time' || text === 'class') return text;
  throw new InvalidArgumentError('It must be one of none, time, class.');
}

function parseModel(text: string): 'assigned' | 'improved' {
  if (text === 'assigned' || text === 'improved') return text;
  throw new InvalidArgumentError('It must be assigned or improved.');
}

/** What every comparison with PyTorch takes. */
interface PeerFlags {
  threads?: number;
  rounds: number;
  seconds: number;
  peer?: boolean;
  python: string;
  json?: string;
}
const peerOptions = (command: Command): Command =>
  command
    .option('--threads <n>', 'processor threads (default: as many as there are cores)', parseCount)
    .option('--rounds <n>', 'times that each measurement is repeated, in turns', parseCount, 3)
    .option('--seconds <n>', 'least time of one measurement of steps', parseCount, 4)
    .option('--peer', 'time the same in PyTorch as well, in turns, and print ratios')
    .option('--python <path>', 'the Python that has PyTorch', 'python3')
    .option('--json <file>', 'write all measurements to a file');

/** The flags as a benchmark takes them; looks for PyTorch first, where it is wanted. */
async function peerSettings({ threads = 0, rounds, seconds, peer, python }: PeerFlags) {
  if (peer === true) await findTorch(python);
  return {
    threads,
    rounds,
    seconds,
    python: peer === true ? python : undefined,
    print: (line: string) => console.log(line),
  };
}

function writeReport(report: unknown, { json }: PeerFlags): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
}

interface StepFlags extends PeerFlags {
  sizes: Size[];
  model: 'assigned' | 'improved';
  conditioning?: 'none' | 'time' | 'class';
}

program.name('bench').description('Benchmarks of From Noise.');
peerOptions(program.command('step'))
  .description('Times a whole training step of the UNet: forward, backward, Adam. Each measurement is a process of its own.')
  .option('--sizes <list>', 'widths and batch sizes', parseSizes, DEFAULT_SIZES)
  .option('--conditioning <kind>', 'none, time or class (default: none at width 128, else time)', parseConditioning)
  .option('--model <name>', 'assigned or improved (docs/model.md)', parseModel, 'assigned')
  .action(async (flags: StepFlags) => {
    const { model, sizes, conditioning } = flags;
    if (flags.peer === true && model !== 'assigned') throw new Error('--peer times the assigned UNet: leave --model out.');
    writeReport(await benchStep({ ...(await peerSettings(flags)), model, sizes, conditioning }), flags);
  });

program
  .command('charts')
  .description('Times the frames of a loss chart in Chromium while runs grow in it, and it is zoomed, moved and read.')
  .option('--points <n>', 'steps of each run', parseCount, 100_000)
  .option('--runs <n>', 'runs that are overlaid, at most five', parseCount, 5)
  .option('--gain <n>', 'steps that each run gains at every frame', parseCount, 10)
  .option('--seconds <n>', 'time of each measurement', parseCount, 5)
  .action(async (flags: { points: number; runs: number; gain: number; seconds: number }) => {
    await benchCharts({ ...flags, print: (line) => console.log(line) });
  });

program
  .command('library')
  .description('Times a library of many long runs: its first look, its list, its table in Chromium. Needs a build; Linux alone.')
  .option('--runs <n>', 'how many', parseCount, 1000)
  .option('--points <n>', 'steps of each run', parseCount, 10_000)
  .action(async ({ runs, points }: { runs: number; points: number }) => {
    await benchLibrary({ runs, points, print: (line) => console.log(line) });
  });

interface SampleFlags extends PeerFlags {
  widths: number[];
  count: number;
  steps: number;
}
peerOptions(program.command('sample'))
  .description('Times a guided sampling step of a grid, and the whole grid. Each measurement is a process of its own.')
  .option('--widths <list>', 'widths', (text) => text.split(',').map(parseCount), [16, 64])
  .option('--count <n>', 'images', parseCount, 40)
  .option(
    '--steps <n>',
    'steps of the grid by DDPM, timed in the first round; 0 times none',
    (text) => (text === '0' ? 0 : parseCount(text)),
    300,
  )
  .action(async (flags: SampleFlags) => {
    const { widths, count, steps } = flags;
    writeReport(await benchSample({ ...(await peerSettings(flags)), widths, count, steps }), flags);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
