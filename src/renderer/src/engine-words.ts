import type { EngineState } from '#contract/engine.ts';
import type { DeviceInfo } from '#contract/studio.ts';
import { bytes, speed } from './format.ts';

type Installing = Extract<EngineState['work'], { status: 'installing' }>;

const STAGES: Record<Installing['stage'], string> = {
  look: 'looking at what is here',
  download: 'downloading',
  unpack: 'unpacking',
  compile: 'compiling',
  check: 'checking it with a training step',
};

/** How an installation gets on: `downloading 120 MB of 274 MB`. */
export function progressInWords({ stage, bytesDone, bytesTotal }: Installing): string {
  const amount = bytesTotal > 0 ? ` ${bytes(bytesDone)} of ${bytes(bytesTotal)}` : bytesDone > 0 ? ` ${bytes(bytesDone)}` : '';
  return `${STAGES[stage]}${amount}`;
}

/** A small number as people write it: `7 × 10⁻⁶`. */
function tiny(value: number): string {
  const [digits, power] = value.toExponential(0).split('e');
  if (value === 0 || power === undefined) return '0';
  const raised = power
    .replace('+', '')
    .replace('-', '⁻')
    .replaceAll(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]!);
  return `${digits} × 10${raised}`;
}

/** What was measured on a device, in short sentences; empty where nothing was. */
export function measurementsInWords({ selfCheck, imagesPerSecond, bfloat16, available }: DeviceInfo): string {
  if (!available) return '';
  const words: string[] = [];
  if (selfCheck !== undefined)
    words.push(`self-check passed, worst error ${tiny(selfCheck.error)} of ${tiny(selfCheck.tolerance)} allowed`);
  if (imagesPerSecond !== undefined) words.push(`${speed(imagesPerSecond)} digits a second in float32`);
  if (bfloat16?.imagesPerSecond !== undefined) words.push(`${speed(bfloat16.imagesPerSecond)} in bfloat16`);
  return words.join(' · ');
}
