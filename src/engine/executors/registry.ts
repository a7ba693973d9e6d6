/** The devices this engine can compute on, by name. A library is only loaded when its device is asked for. */
import { EngineError } from '../error.ts';
import type { Executor, ExecutorOptions } from './executor.ts';
import { openOnnxExecutor } from './onnx/executor.ts';
import { openReferenceExecutor } from './reference/executor.ts';
import { openTensorFlowExecutor } from './tensorflow/executor.ts';
import type { FloatType } from './tensorflow/gelu.ts';
import type { TensorFlowDevice } from './tensorflow/library.ts';

/** How a device is opened. */
export interface DeviceOptions extends ExecutorOptions {
  /** of the images inside the network; float32 unless told otherwise */
  precision?: FloatType;
  /** where TensorFlow is installed, for the devices that need it: see TensorFlowOptions */
  engineFolder?: string | undefined;
}

interface Device {
  label: string;
  /** Throws an EngineError `device` when it doesn't start here. */
  readonly open: (options: DeviceOptions) => Promise<Executor>;
}

/** In the order in which `auto` tries them: the fastest first, the reference last. */
const devices: Readonly<Record<string, Device>> = {
  'tensorflow-gpu': { label: 'TensorFlow on an NVIDIA GPU', open: (options) => openTensorFlow('tensorflow-gpu', options) },
  'tensorflow-cpu': { label: 'TensorFlow on the processor', open: (options) => openTensorFlow('tensorflow-cpu', options) },
  'onnx-cpu': {
    label: 'ONNX Runtime on the processor',
    open: async (options) => {
      requireFloat32('ONNX Runtime', options);
      return await openOnnxExecutor('onnx-cpu', options);
    },
  },
  reference: {
    label: 'Reference, in plain TypeScript',
    open: async (options) => {
      requireFloat32('The reference', options);
      return await Promise.resolve(openReferenceExecutor());
    },
  },
};

/** Every device's name. */
export const deviceNames: readonly string[] = Object.keys(devices);
/** What `auto` chooses among, the first that works: the reference takes hours for what others do in minutes. */
export const automaticDevices: readonly string[] = deviceNames.filter((name) => name !== 'reference');

/** A device in words. Throws an EngineError `device` when there is none of that name. */
export const deviceLabel = (name: string): string => deviceOf(name).label;

/**
 * Opens a device by its name. Throws an EngineError `device` when there is none of that name, when it doesn't start, or
 * when it has no fast arithmetic of the precision.
 */
export async function openExecutor(name: string, options: DeviceOptions): Promise<Executor> {
  return await deviceOf(name).open(options);
}

function deviceOf(name: string): Device {
  const device = Object.hasOwn(devices, name) ? devices[name] : undefined;
  if (device === undefined)
    throw new EngineError('device', `There is no device "${name}".`, `Choose one of auto, ${deviceNames.join(', ')}.`);
  return device;
}

async function openTensorFlow(device: TensorFlowDevice, { engineFolder, ...options }: DeviceOptions): Promise<Executor> {
  if (engineFolder === undefined)
    throw new EngineError('device', 'TensorFlow is not installed.', '`from-noise engine install tensorflow` installs it.');
  return await openTensorFlowExecutor(device, { ...options, engineFolder });
}

function requireFloat32(what: string, { precision }: DeviceOptions): void {
  if (precision === 'bfloat16')
    throw new EngineError('device', `${what} has no bfloat16.`, 'Train in float32, or choose TensorFlow where it has it.');
}
