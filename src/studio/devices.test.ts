import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '#contract/settings.ts';
import type { FromTrainer, Probe, ToTrainer } from '#trainer/messages.ts';
import { createDevices, type Devices, type DevicesOptions } from './devices.ts';
import type { TrainerChannel } from './trainer-channel.ts';

let folder: string;
const opened: Devices[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devices-'));
  process.env['FROM_NOISE_ENGINES'] = join(folder, 'engines');
  delete process.env['FROM_NOISE_TENSORFLOW'];
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((devices) => devices.close()));
  delete process.env['FROM_NOISE_TENSORFLOW'];
  await rm(folder, { recursive: true });
});

const good: Probe = {
  engine: 'Engine 1',
  selfCheck: { check: 'loss', error: 1e-6, tolerance: 2e-5 },
  imagesPerSecond: 100,
  bfloat16: { chosen: false, why: 'It has none.' },
};
type Answer = Probe | 'crash' | 'hang' | { message: string };

/** Devices on processes that answer as they are told; `tried` says which were started, and how. */
function open(answers: Record<string, Answer>, options: Partial<DevicesOptions> = {}) {
  const tried: { device: string; timed: boolean; environment: Readonly<Record<string, string>> }[] = [];
  const settings: Pick<Settings, 'device' | 'threads'> = { device: 'auto', threads: 2 };
  const devices = createDevices({
    folder,
    settings: () => settings,
    busy: () => false,
    spawn(environment): TrainerChannel {
      let tell: (message: FromTrainer) => void = () => undefined;
      let exit: (code: number | null) => void = () => undefined;
      return {
        pid: 1,
        send(message) {
          const { type, job, ...rest } = message as ToTrainer;
          if (type !== 'start' || !('task' in rest) || rest.task.kind !== 'probe') return;
          const { device, timed } = rest.task;
          tried.push({ device, timed, environment });
          const answer = answers[device] ?? good;
          if (answer === 'hang') return;
          setImmediate(() => {
            if (answer === 'crash') exit(null);
            else if ('message' in answer) tell({ type: 'error', job, error: { code: 'device', hint: 'Mend it.', ...answer } });
            else tell({ type: 'done', job, result: { kind: 'probe', probe: answer } });
          });
        },
        onMessage: (listener) => (tell = listener),
        onExit: (listener) => (exit = listener),
        kill: () => setImmediate(() => exit(null)),
      };
    },
    ...options,
  });
  opened.push(devices);
  const names = () => tried.map(({ device }) => device);
  return { devices, tried, names, settings, answers };
}
/** A folder that looks like a developer's own engine. */
async function provideTensorFlow(): Promise<void> {
  await mkdir(join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu'), { recursive: true });
  process.env['FROM_NOISE_TENSORFLOW'] = folder;
}
const anything = { device: 'auto', precision: 'float32' } as const;
const named = async (devices: Devices, name: string) => (await devices.list()).find((device) => device.name === name)!;

describe('the devices of a machine', () => {
  it('are listed fastest first, with what was measured', async () => {
    const { devices } = open({});
    const list = await devices.list();
    expect(list.map(({ name }) => name)).toEqual(['tensorflow-gpu', 'tensorflow-cpu', 'onnx-cpu', 'reference']);
    expect(list[2]).toEqual({
      name: 'onnx-cpu',
      label: 'ONNX Runtime on the processor',
      available: true,
      detail: 'Engine 1',
      hint: '',
      selfCheck: good.selfCheck,
      imagesPerSecond: 100,
      bfloat16: good.bfloat16,
    });
  });

  it('are told of one by one, each before the next is tried', async () => {
    const seen: string[] = [];
    const { devices, names } = open({}, { onFound: ({ name }) => seen.push(`${name} after ${names().join()}`) });
    await devices.list();
    expect(seen).toEqual([
      'tensorflow-gpu after ',
      'tensorflow-cpu after ',
      'onnx-cpu after onnx-cpu',
      'reference after onnx-cpu,reference',
    ]);
  });

  it('that are not installed are not tried, and say what would help', async () => {
    const { devices, names } = open({});
    const [gpu, cpu] = await devices.list();
    for (const device of [gpu!, cpu!]) {
      expect(device).toMatchObject({ available: false, detail: 'TensorFlow is not installed.' });
      expect(device.hint).not.toBe('');
    }
    expect(names()).toEqual(['onnx-cpu', 'reference']);
  });

  it('are each tried in a process of its own, with the variables of its library', async () => {
    await provideTensorFlow();
    const { devices, tried } = open({});
    await devices.list();
    const environments = Object.fromEntries(tried.map(({ device, environment }) => [device, environment]));
    expect(environments['tensorflow-cpu']).toMatchObject({ TF_NUM_INTRAOP_THREADS: '2', CUDA_VISIBLE_DEVICES: '-1' });
    expect(environments['onnx-cpu']).toEqual({});
  });

  it('that crash, fail or compute wrongly are not available, and the others are', async () => {
    await provideTensorFlow();
    const wrong: Probe = { engine: 'Engine 1', selfCheck: { check: 'loss', error: 0.3, tolerance: 2e-5 } };
    const { devices } = open({ 'tensorflow-cpu': 'crash', 'onnx-cpu': wrong, reference: { message: 'It is broken.' } });
    expect(await named(devices, 'tensorflow-cpu')).toMatchObject({ available: false });
    expect((await named(devices, 'tensorflow-cpu')).detail).toContain('crashes');
    expect(await named(devices, 'onnx-cpu')).toMatchObject({ available: false, selfCheck: wrong.selfCheck });
    expect((await named(devices, 'onnx-cpu')).detail).toContain('its loss is off by 3.0e-1, where 0.00002 is allowed');
    expect(await named(devices, 'reference')).toMatchObject({ available: false, detail: 'It is broken.', hint: 'Mend it.' });
    await expect(devices.resolve(anything)).rejects.toMatchObject({ code: 'device' });
  });

  it('are tried once for all starts of the program, but again where the number of threads is another, or a person asks', async () => {
    const first = open({});
    await first.devices.list();
    await first.devices.list();
    const second = open({});
    await second.devices.list();
    expect(first.names()).toEqual(['onnx-cpu', 'reference']);
    expect(second.names()).toEqual([]);
    second.settings.threads = 1;
    await second.devices.list();
    expect(second.names()).toEqual(['onnx-cpu', 'reference']);
    await second.devices.check();
    expect(second.names()).toHaveLength(4);
  });

  it('are tried again when the file that remembers them is damaged', async () => {
    await open({}).devices.list();
    await writeFile(join(folder, 'devices.json'), '{"a": {"engine": 1}}');
    const { devices, names } = open({});
    expect(await named(devices, 'onnx-cpu')).toMatchObject({ available: true });
    expect(names()).toHaveLength(2);
  });

  it('are not timed while a run trains, and are once it has ended', async () => {
    const untimed: Probe = { engine: 'Engine 1', selfCheck: good.selfCheck };
    const machine = { busy: true };
    const { devices, tried, answers } = open({ 'onnx-cpu': untimed }, { busy: () => machine.busy });
    expect(await named(devices, 'onnx-cpu')).not.toHaveProperty('imagesPerSecond');
    machine.busy = false;
    answers['onnx-cpu'] = good;
    expect(await named(devices, 'onnx-cpu')).toMatchObject({ imagesPerSecond: 100 });
    expect(tried.filter(({ device }) => device === 'onnx-cpu').map(({ timed }) => timed)).toEqual([false, true]);
  });

  it('that hang end with the studio', async () => {
    const { devices } = open({ 'onnx-cpu': 'hang' });
    const list = devices.list();
    const refused = expect(list).rejects.toMatchObject({ code: 'closed' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await devices.close();
    await refused;
  });
});

describe('what a run is computed on', () => {
  it('is the first device that works where recipe and settings leave it open', async () => {
    const { devices, names } = open({});
    expect(await devices.resolve(anything)).toEqual({ device: 'onnx-cpu', precision: 'float32', threads: 2 });
    expect(names()).toEqual(['onnx-cpu']);
  });

  it('is TensorFlow where it works, and ONNX Runtime where it crashes', async () => {
    await provideTensorFlow();
    expect((await open({}).devices.resolve(anything)).device).toBe('tensorflow-cpu');
    await rm(join(folder, 'devices.json'));
    const crashing = open({ 'tensorflow-cpu': 'crash' });
    expect((await crashing.devices.resolve(anything)).device).toBe('onnx-cpu');
    // and that is not tried for every run
    await crashing.devices.resolve(anything);
    expect(crashing.names()).toEqual(['tensorflow-cpu', 'onnx-cpu']);
  });

  it('is what the recipe names, else what the settings name, untried', async () => {
    const { devices, names, settings } = open({});
    settings.device = 'reference';
    expect((await devices.resolve(anything)).device).toBe('reference');
    expect((await devices.resolve({ ...anything, device: 'onnx-cpu' })).device).toBe('onnx-cpu');
    expect(names()).toEqual([]);
  });

  it('is refused where the named device is not installed', async () => {
    await expect(open({}).devices.resolve({ ...anything, device: 'tensorflow-cpu' })).rejects.toMatchObject({
      code: 'device',
      message: 'TensorFlow is not installed.',
    });
  });

  it('is in bfloat16 under precision auto where that was found to be faster and as good, else in float32', async () => {
    await provideTensorFlow();
    const auto = { device: 'auto', precision: 'auto' } as const;
    const short: Probe = { ...good, bfloat16: { chosen: true, why: '', imagesPerSecond: 200, lossRatio: 1.001 } };
    const { devices } = open({ 'tensorflow-cpu': short });
    expect(await devices.resolve(auto)).toMatchObject({ device: 'tensorflow-cpu', precision: 'bfloat16' });
    expect(await devices.resolve({ ...auto, device: 'onnx-cpu' })).toMatchObject({ precision: 'float32' });
    expect(await devices.resolve({ ...auto, precision: 'float32' })).toMatchObject({ precision: 'float32' });
    // asked for by name it is taken at its word: the device says so where it has none
    expect(await devices.resolve({ device: 'onnx-cpu', precision: 'bfloat16' })).toMatchObject({ precision: 'bfloat16' });
  });
});
