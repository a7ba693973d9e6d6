import { describe, expect, it } from 'vitest';
import { listDevices, openExecutor, resolveDevice } from './registry.ts';

describe('devices', () => {
  it('lists each with what it is, the reference last', async () => {
    const devices = await listDevices();
    expect(devices.map((d) => d.name)).toEqual(['onnx-cpu', 'reference']);
    for (const device of devices) expect(device).toMatchObject({ available: true, hint: '' });
  });

  it('takes for auto the first that starts, and names as they are', async () => {
    expect(await resolveDevice('auto')).toBe('onnx-cpu');
    expect(await resolveDevice('reference')).toBe('reference');
  });

  it('opens a device under its own name', async () => {
    for (const name of ['onnx-cpu', 'reference']) expect((await openExecutor(name, { threads: 1 })).device).toBe(name);
  });

  it('refuses an unknown name with the names it knows', async () => {
    const refusal = { code: 'device', message: 'There is no device "gpu".', hint: 'Choose one of auto, onnx-cpu, reference.' };
    await expect(openExecutor('gpu', { threads: 1 })).rejects.toMatchObject(refusal);
    await expect(resolveDevice('gpu')).rejects.toMatchObject(refusal);
    await expect(resolveDevice('toString')).rejects.toMatchObject({ code: 'device' });
  });
});
