/** Times guided sampling on each device, and in PyTorch where asked, in turns. */
import { guidedProgram } from '#engine/model/programs.ts';
import { deviceEnvironment } from '#trainer/environment.ts';
import { withBuilt } from './built.ts';
import { measure, type Measurement } from './child.ts';
import { operationsOf } from './operations.ts';
import { measureSamplingPeer, PEER, PEER_MODES, peerName } from './peer.ts';
import { processorName } from './processor.ts';
import { medianOf, row } from './table.ts';
import { tensorFlowFolder } from './tensorflow.ts';

export interface SampleCase {
  width: number;
  /** images */
  count: number;
  /** of the grid that is timed after the single steps; 0 for none */
  steps: number;
}
export interface SampleMeasurement extends Measurement {
  gridSeconds?: number;
}

interface SampleOptions {
  widths: readonly number[];
  count: number;
  steps: number;
  threads: number;
  rounds: number;
  seconds: number;
  /** the interpreter that has PyTorch, where a peer is wanted */
  python: string | undefined;
  print: (line: string) => void;
}

interface SampleResult extends SampleCase {
  /** device, and precision where it isn't float32 */
  device: string;
  version: string;
  threads: number;
  /** of a step, in milliseconds, over all rounds */
  median: number;
  fastest: number;
  gigaflops: number;
  gridSeconds: number | undefined;
  peakBytes: number;
  /** median time of a step, and time of the grid, in parts of PyTorch's */
  ratio: number | undefined;
  gridRatio: number | undefined;
  rounds: SampleMeasurement[];
}

interface SampleReport {
  processor: string;
  results: SampleResult[];
}

export const benchSample = (options: SampleOptions): Promise<SampleReport> =>
  withBuilt('measure-sample', (measuring) => benchBuilt(measuring, options));

/** `measuring` is the file of the program that measures. */
async function benchBuilt(measuring: string, options: SampleOptions): Promise<SampleReport> {
  const { print, python, threads, seconds } = options;
  const processor = processorName();
  const devices: [device: string, precision: 'float32' | 'bfloat16'][] = [['onnx-cpu', 'float32']];
  if (tensorFlowFolder() !== '') devices.push(['tensorflow-cpu', 'float32'], ['tensorflow-cpu', 'bfloat16']);
  print(processor);
  print(row(['device', 'width', 'images', 'ms a step', 'fastest', 'GFLOP/s', 'grid s', 'peak MB', 'of PyTorch', 'its grid']));
  const results: SampleResult[] = [];
  for (const width of options.widths) {
    const at: SampleCase = { width, count: options.count, steps: options.steps };
    const operations = operationsOf(guidedProgram({ width, conditioning: 'class' }, at.count));
    const runners = new Map<string, (steps: number) => Promise<SampleMeasurement>>();
    for (const [device, precision] of devices)
      runners.set(precision === 'float32' ? device : `${device} ${precision}`, async (steps) =>
        measure(
          process.execPath,
          [measuring, ...[device, precision, width, at.count, seconds, threads, steps].map(String)],
          await deviceEnvironment(device, threads),
        ),
      );
    if (python !== undefined)
      for (const mode of PEER_MODES)
        runners.set(peerName(mode), (steps) => measureSamplingPeer(python, mode, { ...at, steps }, seconds, threads));

    const rounds = new Map<string, SampleMeasurement[]>();
    for (let i = 0; i < options.rounds; i++)
      for (const [name, run] of runners)
        try {
          rounds.set(name, [...(rounds.get(name) ?? []), await run(i === 0 ? at.steps : 0)]);
        } catch (error) {
          // a device that refuses a precision is left out, saying why
          print(`${name}: ${/Error: .*/.exec(String(error))?.[0] ?? String(error)}`);
          runners.delete(name);
        }
    const peer = rounds.get(PEER);
    for (const [device, measured] of rounds) {
      const result = summarise(device, at, measured, operations, device === PEER ? undefined : peer);
      results.push(result);
      print(row(cells(result)));
    }
  }
  print([...new Set(results.map((r) => `${r.device} ${r.version}, ${r.threads} threads`))].join('; '));
  return { processor, results };
}

function summarise(
  device: string,
  at: SampleCase,
  rounds: SampleMeasurement[],
  operations: number,
  peer: SampleMeasurement[] | undefined,
): SampleResult {
  const time = medianOf(rounds);
  const { version, threads, gridSeconds } = rounds[0]!;
  const peerGrid = peer?.[0]?.gridSeconds;
  return {
    ...at,
    device,
    version,
    threads,
    median: time,
    fastest: Math.min(...rounds.flatMap((r) => r.milliseconds)),
    // those of our way, which PyTorch's exceeds by what we share
    gigaflops: operations / time / 1e6,
    gridSeconds,
    peakBytes: Math.max(...rounds.map((r) => r.peakBytes)),
    ratio: peer === undefined ? undefined : time / medianOf(peer),
    gridRatio: gridSeconds === undefined || peerGrid === undefined ? undefined : gridSeconds / peerGrid,
    rounds,
  };
}

const cells = (r: SampleResult): string[] => [
  r.device,
  String(r.width),
  String(r.count),
  r.median.toFixed(1),
  r.fastest.toFixed(1),
  r.gigaflops.toFixed(0),
  r.gridSeconds?.toFixed(1) ?? '',
  (r.peakBytes / 1e6).toFixed(0),
  r.ratio?.toFixed(2) ?? '',
  r.gridRatio?.toFixed(2) ?? '',
];
