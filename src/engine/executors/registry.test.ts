import { describe, expect, it } from 'vitest';
import { automaticDevices, deviceLabel, deviceNames, openExecutor } from './registry.ts';

describe('devices', () => {
  it('are tried fastest first, and the reference only where it is asked for', () => {
    expect(deviceNames).toEqual(['tensorflow-gpu', 'tensorflow-cpu', 'onnx-cpu', 'reference']);
    expect(automaticDevices).toEqual(['tensorflow-gpu', 'tensorflow-cpu', 'onnx-cpu']);
    expect(deviceLabel('onnx-cpu')).toBe('ONNX Runtime on the processor');
  });

  it('open under their own names', async () => {
    for (const name of ['onnx-cpu', 'reference']) expect((await openExecutor(name, { threads: 1 })).device).toBe(name);
  });

  it('that are unknown are refused with the names that are known', async () => {
    const hint = 'Choose one of auto, tensorflow-gpu, tensorflow-cpu, onnx-cpu, reference.';
    await expect(openExecutor('gpu', { threads: 1 })).rejects.toMatchObject({
      code: 'device',
      message: 'There is no device "gpu".',
      hint,
    });
    await expect(openExecutor('toString', { threads: 1 })).rejects.toMatchObject({ code: 'device', hint });
  });

  it('without bfloat16 say so instead of computing slowly', async () => {
    for (const [name, what] of Object.entries({ 'onnx-cpu': 'ONNX Runtime', reference: 'The reference' }))
      await expect(openExecutor(name, { threads: 1, precision: 'bfloat16' })).rejects.toMatchObject({
        code: 'device',
        message: `${what} has no bfloat16.`,
      });
  });

  it('that are not installed say what would help', async () => {
    for (const name of ['tensorflow-cpu', 'tensorflow-gpu'])
      await expect(openExecutor(name, { threads: 1 })).rejects.toMatchObject({
        code: 'device',
        message: 'TensorFlow is not installed.',
      });
  });
});
