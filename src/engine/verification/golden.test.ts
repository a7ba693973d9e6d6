import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openExecutor } from '../executors/registry.ts';
import { openReferenceExecutor } from '../executors/reference/executor.ts';
import { decodeTensors, encodeTensors, floatTensor, type Tensor } from '../tensors/safetensors.ts';
import { verifyGolden, type CheckResult } from './golden.ts';

const folder = new URL('../fixtures/golden/', import.meta.url);
const read = (name: string) => ({ name, bytes: new Uint8Array(readFileSync(new URL(name, folder))) });

async function verify(files: { name: string; bytes: Uint8Array }[], device = 'reference'): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for await (const result of verifyGolden(files, await openExecutor(device, { threads: 1 }))) results.push(result);
  return results;
}

/** A golden file with some tensors changed, or left out where the change gives undefined. */
function altered(name: string, change: (tensor: string, value: Tensor) => Tensor | undefined) {
  const { tensors, metadata } = decodeTensors(read(name).bytes);
  const changed = new Map<string, Tensor>();
  for (const [tensor, value] of tensors) {
    const next = change(tensor, value);
    if (next !== undefined) changed.set(tensor, next);
  }
  return { name, bytes: encodeTensors(changed, metadata) };
}
/** The tensor with its first number replaced. */
const nudged = (t: Tensor, value: (old: number) => number): Tensor =>
  floatTensor(t.shape, (t.data as Float32Array).with(0, value((t.data as Float32Array)[0]!)));

describe('verifyGolden', () => {
  it.each(['reference', 'onnx-cpu'])('passes every check of every file on %s', { timeout: 120_000 }, async (device) => {
    const results = await verify(
      readdirSync(folder).map((name) => read(name)),
      device,
    );
    expect(results.filter((r) => !r.passed)).toEqual([]);
    const checksOf = (file: string) => results.filter((r) => r.file === file).map((r) => r.check);
    expect(checksOf('unet-class.safetensors')).toEqual([
      'step 0 gradients',
      ...[0, 1, 2].flatMap((step) => [`step ${step} output`, `step ${step} loss`]),
      'running statistics after 3 steps',
      'parameters after 3 steps',
      "parameters' movement over 3 steps",
      'step 0 output in inference',
      'eval.output',
      'eval.output_dropped',
      'ddpm.x20',
      'ddpm.x0',
      'flow.x0',
    ]);
    expect(checksOf('schedule.safetensors')).toEqual(['f64.beta', 'f64.alpha', 'f64.alpha_bar']);
    expect(checksOf('import-none.safetensors')).toEqual(['eval.output']);
  });

  it.each([
    ['grad.up1.up.conv.weight', ['step 0 gradients']],
    ['step1.output', ['step 1 output']],
    ['step2.loss', ['step 2 loss']],
    ['trained.buffer.up2.up.bn.running_mean', ['running statistics after 3 steps', 'eval.output']],
    ['trained.param.down1.down.conv.bias', ['parameters after 3 steps']],
    ['eval.output', ['eval.output']],
  ])('fails where %s is another', async (tensor, misses) => {
    const file = altered('unet-none.safetensors', (name, t) => (name === tensor ? nudged(t, (v) => v + 0.01) : t));
    const failed = (await verify([file])).filter((r) => !r.passed).map((r) => r.check);
    expect(failed).toEqual(misses);
  });

  it('never lets a number that is not finite pass', async () => {
    const output = altered('import-none.safetensors', (name, t) => (name === 'eval.output' ? nudged(t, () => NaN) : t));
    expect((await verify([output])).map((r) => [r.passed, r.error])).toEqual([[false, Infinity]]);
    const weight = altered('unet-none.safetensors', (name, t) => (name === 'param.out_conv.weight' ? nudged(t, () => NaN) : t));
    const results = await verify([weight]);
    expect(results.find((r) => r.check === 'step 0 output')).toMatchObject({ passed: false, error: Infinity });
    expect(results.find((r) => r.check === "parameters' movement over 3 steps")).toMatchObject({ passed: false });
  });

  it('says of a damaged file which it is and what is wrong, before any check', async () => {
    const whole = read('unet-none.safetensors');
    const cut = { name: whole.name, bytes: whole.bytes.subarray(0, 5000) };
    const checks = verifyGolden([read('schedule.safetensors'), cut], openReferenceExecutor());
    await expect(checks.next()).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/^unet-none\.safetensors is cut short: /) as string,
    });
    const text = { name: 'notes.safetensors', bytes: new TextEncoder().encode('no tensors in here') };
    await expect(verify([text])).rejects.toThrow(/^notes\.safetensors is /);
    await expect(verify([])).rejects.toMatchObject({ code: 'not-found' });
  });

  it('names the tensor that is missing, of another size or out of range', async () => {
    const without = (name: string, tensor: string) => verify([altered(name, (n, t) => (n === tensor ? undefined : t))]);
    await expect(without('unet-none.safetensors', 'step0.input')).rejects.toThrow(
      'unet-none.safetensors: tensor step0.input is missing.',
    );
    await expect(without('unet-none.safetensors', 'trained.param.out_conv.bias')).rejects.toThrow(
      'unet-none.safetensors: tensor trained.param.out_conv.bias is missing.',
    );
    await expect(without('import-time.safetensors', 'state.up1.up.conv.weight')).rejects.toThrow(
      /^import-time\.safetensors: .*has no tensor up1\.up\.conv\.weight\.$/,
    );
    const small = altered('import-none.safetensors', (n, t) =>
      n === 'state.up1.up.bn.bias' ? floatTensor([2], new Float32Array(2)) : t,
    );
    await expect(verify([small])).rejects.toThrow('tensor up1.up.bn.bias holds 2 numbers, not 4 ([4])');
    const noImages = altered('import-none.safetensors', (n, t) => (n === 'x' ? floatTensor([3], new Float32Array(3)) : t));
    await expect(verify([noImages])).rejects.toThrow('tensor x holds no 28 × 28 images');
    const badClass = altered('import-class.safetensors', (n, t) =>
      n === 'c' ? { kind: 'I64', shape: [4], data: BigInt64Array.of(1n, 2n, 12n, 0n) } : t,
    );
    await expect(verify([badClass])).rejects.toThrow('import-class.safetensors: tensor c holds the class 12.');
    const stranger = { name: 'other.safetensors', bytes: encodeTensors(new Map([['a', floatTensor([1], new Float32Array(1))]])) };
    await expect(verify([stranger])).rejects.toThrow('holds neither a schedule, a state dict nor a training');
  });
});
