import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { initialState } from '../../model/initial-state.ts';
import { trainingProgram } from '../../model/programs.ts';
import { sizeOf } from '../../graph/graph.ts';
import type { Tensors } from '../executor.ts';
import { loadTensorFlow, type TensorFlow } from './library.ts';
import { NativeSession } from './native-session.ts';
import { lowerPrograms } from './saved-model.ts';

const engineFolder = process.env['FROM_NOISE_TENSORFLOW'] ?? '';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A training step of a small UNet, loaded, and what it is fed. */
async function openStep(tf: TensorFlow): Promise<{ session: NativeSession; inputs: Tensors }> {
  const spec = { conditioning: 'time', width: 2 } as const;
  const step = trainingProgram(spec, 2);
  const shapes = new Map(Object.entries(step.states).map(([name, { shape }]) => [name, shape]));
  const options = { images: 'float32', xla: true, winograd: 'none' } as const;
  const session = await NativeSession.open(tf, lowerPrograms({ step }, shapes, options));
  const initial = initialState(spec, 1);
  session.load(Object.fromEntries([...shapes].map(([name, s]) => [name, initial[name] ?? new Float32Array(sizeOf(s))])));
  const inputs = Object.entries(step.inputs).map(([name, { shape }]) => {
    const fill = name.startsWith('correction') ? 1 : 0.01;
    return [name, new Float32Array(sizeOf(shape)).fill(fill)] as const;
  });
  return { session, inputs: Object.fromEntries(inputs) };
}

describe.skipIf(engineFolder === '')('memory of a TensorFlow session', () => {
  let tf: TensorFlow;
  beforeAll(() => {
    tf = loadTensorFlow({ device: 'tensorflow-cpu', engineFolder, threads: 2 });
  });

  it('stays as it is over 1,000 steps', { timeout: 120_000 }, async () => {
    const { session, inputs } = await openStep(tf);
    const steps = (count: number) => {
      for (let i = 0; i < count; i++) session.run('step', inputs);
    };
    const resident = () => {
      collectGarbage();
      return process.memoryUsage().rss;
    };
    // the first steps fill caches
    steps(300);
    session.read(['out_conv.weight']);
    const before = { tensors: tf.memory().numTensors, bytes: resident() };
    steps(1000);
    session.read(['out_conv.weight']);
    expect(tf.memory().numTensors).toBe(before.tensors);
    expect(resident() - before.bytes).toBeLessThan(2e6);
    session.dispose();
  });

  it('is given back with the session, whether it opened or failed', async () => {
    const before = tf.memory().numTensors;
    const { session, inputs } = await openStep(tf);
    session.run('step', inputs);
    expect(tf.node.getNumOfSavedModels()).toBe(1);
    session.dispose();
    const broken = { model: new Uint8Array([1, 2, 3]), states: new Map(), programs: new Map() };
    await expect(NativeSession.open(tf, broken)).rejects.toThrow();
    expect(tf.node.getNumOfSavedModels()).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
  });
});
