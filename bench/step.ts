/** Times a training step on each device, and in PyTorch where asked, in turns. */
import { trainingProgram } from '#engine/model/programs.ts';
import { deviceEnvironment } from '#trainer/environment.ts';
import { withBuilt } from './built.ts';
import { measure, type Measurement } from './child.ts';
import { operationsOf } from './operations.ts';
import { measurePeer, PEER, PEER_MODES, peerName } from './peer.ts';
import { processorName } from './processor.ts';
import { medianOf, row } from './table.ts';
import { tensorFlowFolder } from './tensorflow.ts';

export interface Size {
  width: number;
  batch: number;
}
export interface StepCase extends Size {
  model: 'assigned' | 'improved';
  conditioning: 'none' | 'time' | 'class';
}
export const DEFAULT_SIZES: Size[] = [
  { width: 16, batch: 64 },
  { width: 32, batch: 128 },
  { width: 64, batch: 128 },
  { width: 128, batch: 256 },
];
/** Operations of a step above which the reference executor takes minutes. */
const REFERENCE_LIMIT = 2e9;

interface StepOptions {
  model: StepCase['model'];
  sizes: readonly Size[];
  conditioning: StepCase['conditioning'] | undefined;
  threads: number;
  rounds: number;
  seconds: number;
  /** the interpreter that has PyTorch, where a peer is wanted */
  python: string | undefined;
  print: (line: string) => void;
}

type Precision = 'float32' | 'bfloat16';

/** One device at one size. Times are in milliseconds, over all rounds. */
interface StepResult extends StepCase {
  /** device, and precision where it isn't float32 */
  device: string;
  version: string;
  threads: number;
  median: number;
  fastest: number;
  imagesPerSecond: number;
  gigaflops: number;
  peakBytes: number;
  /** of the peak, what no file holds */
  ownBytes: number | undefined;
  /** median time in parts of PyTorch's */
  ratio: number | undefined;
  rounds: Measurement[];
}
interface StepReport {
  processor: string;
  results: StepResult[];
}

export const benchStep = (options: StepOptions): Promise<StepReport> =>
  withBuilt('measure-step', (measuring) => benchBuilt(measuring, options));

/** `measuring` is the file of the program that measures. */
async function benchBuilt(measuring: string, options: StepOptions): Promise<StepReport> {
  const { print, python, model } = options;
  const processor = processorName();
  const devices: [device: string, precision: Precision][] = [
    ['onnx-cpu', 'float32'],
    ['reference', 'float32'],
  ];
  if (tensorFlowFolder() !== '') devices.push(['tensorflow-cpu', 'float32'], ['tensorflow-cpu', 'bfloat16']);
  print(processor);
  print(row(['device', 'width', 'batch', 'given', 'ms', 'fastest', 'img/s', 'GFLOP/s', 'peak MB', 'own MB', 'of PyTorch']));
  const results: StepResult[] = [];
  for (const size of options.sizes) {
    const conditioning = options.conditioning ?? (size.width >= 128 ? 'none' : 'time');
    const step: StepCase = { ...size, conditioning, model };
    const operations = operationsOf(trainingProgram({ width: size.width, conditioning, model }, size.batch));
    const runners = new Map<string, () => Promise<Measurement>>();
    for (const [device, precision] of devices)
      if (device !== 'reference' || operations <= REFERENCE_LIMIT)
        runners.set(precision === 'float32' ? device : `${device} ${precision}`, () =>
          measureDevice(measuring, device, precision, step, options),
        );
    if (python !== undefined)
      for (const mode of PEER_MODES)
        runners.set(peerName(mode), () => measurePeer(python, mode, step, options.seconds, options.threads));

    const rounds = new Map<string, Measurement[]>();
    for (let i = 0; i < options.rounds; i++)
      for (const [name, run] of runners) rounds.set(name, [...(rounds.get(name) ?? []), await run()]);
    const peer = rounds.has(PEER) ? medianOf(rounds.get(PEER)!) : undefined;
    for (const [device, measurements] of rounds) {
      const result = summarise(device, step, measurements, operations, peer);
      results.push(result);
      print(row(cells(result)));
    }
  }
  const used = [...new Set(results.map((r) => `${r.device} ${r.version}, ${r.threads} threads`))];
  print(used.join('; '));
  return { processor, results };
}

const measureDevice = (
  measuring: string,
  device: string,
  precision: Precision,
  { width, batch, conditioning, model }: StepCase,
  { threads, seconds }: StepOptions,
) =>
  deviceEnvironment(device, threads).then((environment) =>
    measure(
      process.execPath,
      [measuring, ...[device, precision, width, batch, conditioning, seconds, threads, model].map(String)],
      environment,
    ),
  );

function summarise(
  device: string,
  step: StepCase,
  rounds: Measurement[],
  operations: number,
  peer: number | undefined,
): StepResult {
  const time = medianOf(rounds);
  const { version, threads } = rounds[0]!;
  return {
    ...step,
    device,
    version,
    threads,
    median: time,
    fastest: Math.min(...rounds.flatMap((r) => r.milliseconds)),
    imagesPerSecond: (step.batch / time) * 1e3,
    gigaflops: operations / time / 1e6,
    peakBytes: Math.max(...rounds.map((r) => r.peakBytes)),
    ownBytes: ownBytes(rounds),
    ratio: peer === undefined || device === PEER ? undefined : time / peer,
    rounds,
  };
}

const ownBytes = (rounds: readonly Measurement[]): number | undefined => {
  const own = rounds.flatMap((r) => (r.fileBytes === undefined ? [] : [r.peakBytes - r.fileBytes]));
  return own.length === 0 ? undefined : Math.max(...own);
};

const cells = (r: StepResult): string[] => [
  r.device,
  String(r.width),
  String(r.batch),
  r.conditioning,
  r.median.toFixed(1),
  r.fastest.toFixed(1),
  r.imagesPerSecond.toFixed(0),
  r.gigaflops.toFixed(0),
  (r.peakBytes / 1e6).toFixed(0),
  r.ownBytes === undefined ? '' : (r.ownBytes / 1e6).toFixed(0),
  r.ratio === undefined ? '' : r.ratio.toFixed(2),
];
