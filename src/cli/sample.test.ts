import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGrey, CLEAN } from '#contract/grey.ts';
import { parseRecipe, type Recipe } from '#contract/recipe.ts';
import { initialState } from '#engine/model/initial-state.ts';
import { decodeTensors } from '#engine/tensors/safetensors.ts';
import { epochCheckpoint, writeCheckpoint } from '#library/checkpoint.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { openSettings } from '#library/settings.ts';

let folder: string;
let library: Library;
let environment: NodeJS.ProcessEnv;
let digits: string; // a run with class, epochs 1 and 2
let flow: string; // a run of a flow with time

const main = join(import.meta.dirname, 'main.ts');
const out = (name: string): string => join(folder, name);

interface Ended {
  code: number;
  lines: string[];
  errors: string;
}
async function run(...args: string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, 'sample', ...args], { env: environment });
    return { code: 0, lines: stdout.trim().split('\n'), errors: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, lines: stdout.trim().split('\n'), errors: stderr };
  }
}

async function trained(recipe: Recipe): Promise<string> {
  const { id } = await library.runs.create({ recipe, name: undefined });
  for (const epoch of [1, 2]) {
    const file = epochCheckpoint(library.runs.folder(id), epoch);
    await writeCheckpoint(file, { recipe, epoch, step: epoch, tensors: initialState(recipe, epoch) });
  }
  return id;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sample-'));
  library = await openLibrary(join(folder, 'library'));
  // the test runner has the other core
  openSettings(join(folder, 'config'), () => undefined).set({ threads: 1, device: 'onnx-cpu' });
  environment = {
    ...process.env,
    FROM_NOISE_LIBRARY: library.folder,
    FROM_NOISE_CONFIG: join(folder, 'config'),
    FROM_NOISE_TENSORFLOW: '',
  };
  digits = await trained(parseRecipe({ objective: 'ddpm', conditioning: 'class', width: 1, timesteps: 10 }));
  flow = await trained(parseRecipe({ objective: 'flow', conditioning: 'time', width: 1 }));
});
afterAll(() => rm(folder, { recursive: true }));

interface Numbers {
  samples: Float32Array;
  classes: bigint[] | undefined;
}
async function numbers(name: string): Promise<Numbers> {
  const { tensors } = decodeTensors(await readFile(out(name)));
  const samples = tensors.get('samples')!;
  expect(samples.kind).toBe('F32');
  expect(samples.shape.slice(1)).toEqual([1, 28, 28]);
  const classes = tensors.get('classes');
  expect(classes?.kind ?? 'I64').toBe('I64');
  return { samples: samples.data as Float32Array, classes: classes && [...(classes.data as BigInt64Array)] };
}

describe('from-noise sample', () => {
  it(
    'writes the numbers, unclamped, dealt evenly over the classes; the same seed gives the same',
    { timeout: 60_000 },
    async () => {
      const first = await run(digits, '--count', '12', '--seed', '3', '--out', out('a.safetensors'));
      expect([first.code, first.errors, first.lines.at(-1)]).toEqual([0, '', out('a.safetensors')]);
      expect(first.lines.join('\n')).toContain('after epoch 2');
      const { samples, classes } = await numbers('a.safetensors');
      expect(samples).toHaveLength(12 * 784);
      expect(samples.some((v) => v < 0 || v > 1)).toBe(true);
      expect(classes!.map(Number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);

      const checkpoint = epochCheckpoint(library.runs.folder(digits), 2);
      await run(checkpoint, '--count', '12', '--seed', '3', '--out', out('b.safetensors'));
      expect((await numbers('b.safetensors')).samples).toEqual(samples);
      await run(digits, '--epoch', '1', '--count', '12', '--seed', '3', '--out', out('c.safetensors'));
      expect((await numbers('c.safetensors')).samples).not.toEqual(samples);
    },
  );

  it('draws a grid, of one digit where it is asked for', { timeout: 60_000 }, async () => {
    const args = ['--class', '3', '--count', '11', '--sampler', 'ddim', '--steps', '4', '--guidance', '2'];
    await run(digits, ...args, '--out', out('d.safetensors'));
    const { code } = await run(digits, ...args, '--out', out('d.png'));
    expect(code).toBe(0);
    const { samples, classes } = await numbers('d.safetensors');
    expect(new Set(classes)).toEqual(new Set([3n]));
    const { width, height, data } = decode(await readFile(out('d.png')));
    expect([width, height]).toEqual([10 * 120 + 8, 2 * 120 + 8]);
    // the eleventh stands first in the second row
    expect(data[(128 + 4 * 5) * width + 8 + 4 * 6]).toBe(toGrey(samples.subarray(10 * 784), CLEAN)[5 * 28 + 6]);
  });

  it('makes a GIF of a flow without classes, and tells of it in JSON', { timeout: 60_000 }, async () => {
    const { code, lines } = await run(flow, '--json', '--sampler', 'heun', '--steps', '3', '--count', '2', '--out', out('e.gif'));
    expect(code).toBe(0);
    expect((await readFile(out('e.gif'))).subarray(0, 6).toString()).toBe('GIF89a');
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told[0]).toMatchObject({ type: 'sampling', epoch: 2, plan: { sampler: 'heun', steps: 3, labels: null } });
    expect(told.filter(({ type }) => type === 'progress').at(-1)).toMatchObject({ step: 3, steps: 3 });
    expect(told.at(-1)).toEqual({ type: 'ended', status: 'done', out: out('e.gif') });
    await run(flow, '--sampler', 'heun', '--steps', '3', '--count', '2', '--out', out('f.safetensors'));
    expect((await numbers('f.safetensors')).classes).toBeUndefined();
  });

  it('ends at Ctrl-C and leaves nothing behind', { timeout: 60_000 }, async () => {
    const long = await trained(parseRecipe({ objective: 'ddpm', conditioning: 'class', width: 1, timesteps: 4000 }));
    const child = spawn(process.execPath, [main, 'sample', long, '--json', '--out', out('long.png')], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    let asked = false;
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (asked || !text.includes('"type":"progress"')) return;
      asked = true;
      child.kill('SIGINT');
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(130);
    expect(JSON.parse(text.trim().split('\n').at(-1)!)).toEqual({ type: 'ended', status: 'cancelled', out: null });
    expect((await readdir(folder)).filter((name) => name.includes('long'))).toEqual([]);
  });

  it.each([
    [['--count', '0'], '--count is "0"; it must be a whole number from 1 to 100000'],
    [['--class', '3,10'], '--class is "3,10"; it must be "all", or digits from 0 to 9'],
    [['--guidance', 'much'], '--guidance is "much"'],
    [['--eta', '2'], '--eta is "2"; it must be a number from 0 to 1'],
    [['--sampler', 'magic'], 'it must be one of ddpm, ddim, euler, heun'],
    [['--sampler', 'euler'], 'takes ddpm or ddim'],
    [['--steps', '9'], 'ddpm takes all 10'],
    [['--weights', 'ema'], 'keeps no running average'],
    [['--precision', 'float16'], 'must be one of float32, bfloat16'],
    [['--epoch', '3'], 'has no checkpoint of epoch 3'],
    [['--count', '1001', '--out', 'x.png'], 'shows at most 1000'],
    [['--out', 'grid.jpg'], 'its name must end in .png, .gif, .safetensors'],
    [['--out', '/no/such/folder/grid.png'], '/no/such/folder is no folder that can be written'],
  ])('says what is wrong with %j', { timeout: 60_000 }, async (args, problem) => {
    const { code, errors } = await run(digits, '--out', out('never.safetensors'), ...args);
    expect([code, errors]).toEqual([2, expect.stringContaining(problem)]);
  });

  it('says that a network of time alone knows no classes', { timeout: 60_000 }, async () => {
    const { code, errors } = await run(flow, '--class', '3', '--out', out('never.png'));
    expect([code, errors]).toEqual([2, expect.stringContaining('knows no classes')]);
  });
});
