/** Element by element, with NumPy's broadcasting: shapes are aligned at their last axis, an axis of 1 repeats. */
import type { Shape, Value } from '../graph.ts';
import { broadcastStrides, gather } from './layout.ts';
import { sameShape, type KernelCall, type OpRow } from './row.ts';

type Arithmetic = 'add' | 'sub' | 'mul' | 'div';

function broadcastShape(op: Arithmetic, [a, b]: readonly Shape[]): readonly Shape[] {
  const rank = Math.max(a!.length, b!.length);
  const shape = Array.from({ length: rank }, (_, i) => {
    const m = a![i - rank + a!.length] ?? 1;
    const n = b![i - rank + b!.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1)
      throw new RangeError(`${op} of [${a!.join(', ')}] and [${b!.join(', ')}]: axis ${i} differs`);
    return m === 1 ? n : m;
  });
  return [shape];
}

const elementwise =
  (f: (a: number, b: number) => number) =>
  ({ inputs, inputShapes, outputShapes }: KernelCall<Arithmetic>): readonly Float64Array[] => {
    const shape = outputShapes[0]!;
    const [a, b] = inputs.map((data, i) =>
      sameShape(inputShapes[i]!, shape) ? data : gather(data, shape, broadcastStrides(inputShapes[i]!, shape)),
    ) as [Float64Array, Float64Array];
    return [a.map((v, i) => f(v, b[i]!))];
  };

export const add: OpRow<'add'> = {
  shape: (inputs) => broadcastShape('add', inputs),
  gradient(graph, { inputs }, [dy], needed) {
    return inputs.map((input, i) => (needed[i] ? graph.sumTo(dy!, input.shape) : undefined));
  },
  kernel: elementwise((a, b) => a + b),
};

export const sub: OpRow<'sub'> = {
  shape: (inputs) => broadcastShape('sub', inputs),
  gradient(graph, { inputs }, [dy], [needA, needB]) {
    const [a, b] = inputs as [Value, Value];
    return [
      needA ? graph.sumTo(dy!, a.shape) : undefined,
      needB ? graph.sumTo(graph.mul(dy!, graph.constant(-1)), b.shape) : undefined,
    ];
  },
  kernel: elementwise((a, b) => a - b),
};

export const mul: OpRow<'mul'> = {
  shape: (inputs) => broadcastShape('mul', inputs),
  gradient(graph, { inputs }, [dy], [needA, needB]) {
    const [a, b] = inputs as [Value, Value];
    return [
      needA ? graph.sumTo(graph.mul(dy!, b), a.shape) : undefined,
      needB ? graph.sumTo(graph.mul(dy!, a), b.shape) : undefined,
    ];
  },
  kernel: elementwise((a, b) => a * b),
};

export const div: OpRow<'div'> = {
  shape: (inputs) => broadcastShape('div', inputs),
  /** d(a/b) = da / b − (a/b) db / b */
  gradient(graph, { inputs, outputs }, [dy], [needA, needB]) {
    const [a, b] = inputs as [Value, Value];
    const da = graph.div(dy!, b);
    const db = () => graph.mul(graph.mul(da, outputs[0]!), graph.constant(-1));
    return [needA ? graph.sumTo(da, a.shape) : undefined, needB ? graph.sumTo(db(), b.shape) : undefined];
  },
  kernel: elementwise((a, b) => a / b),
};
