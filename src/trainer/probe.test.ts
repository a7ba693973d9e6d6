import { describe, expect, it } from 'vitest';
import { openDevice } from './open-device.ts';
import { probeDevice } from './probe.ts';

const hasTensorFlow = (process.env['FROM_NOISE_TENSORFLOW'] ?? '') !== '';
if (!hasTensorFlow) console.warn("TensorFlow's probe is not tested: FROM_NOISE_TENSORFLOW names no folder with it.");

describe('the probe of a device', () => {
  it('finds engine, exactness and speed, and why there is no bfloat16', { timeout: 60_000 }, async () => {
    const { engine, selfCheck, imagesPerSecond, bfloat16 } = await probeDevice('onnx-cpu', 1, true);
    expect(engine).toMatch(/^ONNX Runtime \d/);
    expect(selfCheck.error).toBeLessThanOrEqual(selfCheck.tolerance);
    expect(imagesPerSecond).toBeGreaterThan(1);
    expect(bfloat16).toEqual({ chosen: false, why: 'ONNX Runtime has no bfloat16.' });
  });

  it('times nothing where it is told not to', async () => {
    expect(await probeDevice('onnx-cpu', 1, false)).not.toHaveProperty('imagesPerSecond');
  });

  it('fails as the device does', async () => {
    await expect(probeDevice('gpu', 1, true)).rejects.toMatchObject({ code: 'device' });
  });

  it.skipIf(!hasTensorFlow)('compares bfloat16 with float32 on TensorFlow', { timeout: 120_000 }, async () => {
    const { selfCheck, imagesPerSecond, bfloat16 } = await probeDevice('tensorflow-cpu', 2, true);
    expect(selfCheck.error).toBeLessThanOrEqual(selfCheck.tolerance);
    expect(imagesPerSecond).toBeGreaterThan(1);
    const native = await openDevice('tensorflow-cpu', 2, 'bfloat16').then(
      () => true,
      () => false,
    );
    if (!native) expect(bfloat16).toMatchObject({ chosen: false, why: expect.stringContaining('times as long') as string });
    else {
      expect(bfloat16!.lossRatio).toBeGreaterThan(0.99);
      expect(bfloat16!.lossRatio).toBeLessThan(1.01);
      expect(bfloat16!.chosen).toBe(bfloat16!.imagesPerSecond! > imagesPerSecond!);
    }
  });
});
