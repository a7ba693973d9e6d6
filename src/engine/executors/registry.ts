/** The devices this engine can compute on, by name. A library is only loaded when its device is asked for. */
import { EngineError } from '../error.ts';
import type { Executor, ExecutorOptions } from './executor.ts';
import { openOnnxExecutor } from './onnx/executor.ts';
import { openReferenceExecutor } from './reference/executor.ts';

interface Device {
  label: string;
  /** Throws an EngineError `device` when it doesn't start here. */
  readonly open: (options: ExecutorOptions) => Promise<Executor>;
}

/** In the order in which `auto` tries them: the fastest first, the reference last. */
const devices: Readonly<Record<string, Device>> = {
  'onnx-cpu': { label: 'ONNX Runtime on the processor', open: (options) => openOnnxExecutor('onnx-cpu', options) },
  reference: { label: 'Reference, in plain TypeScript', open: () => Promise.resolve(openReferenceExecutor()) },
};

export interface DeviceInfo {
  name: string;
  label: string;
  available: boolean;
  /** engine and version, or why it is not there */
  detail: string;
  hint: string;
}

/** Opens a device by its name. Throws an EngineError `device` when there is none of that name, or it doesn't start. */
export async function openExecutor(name: string, options: ExecutorOptions): Promise<Executor> {
  return await deviceOf(name).open(options);
}

/** Every device and whether it starts here. */
export async function listDevices(): Promise<DeviceInfo[]> {
  const infos: DeviceInfo[] = [];
  for (const [name, { label, open }] of Object.entries(devices)) {
    try {
      const { engine } = await open({ threads: 1 });
      infos.push({ name, label, available: true, detail: engine, hint: '' });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      infos.push({ name, label, available: false, detail, hint: error instanceof EngineError ? error.hint : '' });
    }
  }
  return infos;
}

/** A device's name as it is, `auto` as the first that starts. Throws an EngineError `device` on an unknown name. */
export async function resolveDevice(name: string): Promise<string> {
  if (name !== 'auto') {
    deviceOf(name);
    return name;
  }
  const first = (await listDevices()).find((device) => device.available);
  if (first === undefined) throw new EngineError('device', 'No device starts here.', 'Install the project again with npm ci.');
  return first.name;
}

function deviceOf(name: string): Device {
  const device = Object.hasOwn(devices, name) ? devices[name] : undefined;
  if (device === undefined)
    throw new EngineError('device', `There is no device "${name}".`, `Choose one of auto, ${Object.keys(devices).join(', ')}.`);
  return device;
}
