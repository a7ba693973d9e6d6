/** Ops that move numbers and change none. */
import { sizeOf, type Shape } from '../graph.ts';
import { sameShape, type OpRow } from './row.ts';

const text = (shape: Shape): string => `[${shape.join(', ')}]`;

/** A shape seen from one axis: `before` blocks of `length` runs of `after` numbers. */
const around = (shape: Shape, axis: number) => ({
  before: sizeOf(shape.slice(0, axis)),
  length: shape[axis]!,
  after: sizeOf(shape.slice(axis + 1)),
});

const withLength = (shape: Shape, axis: number, length: number): Shape => shape.map((n, i) => (i === axis ? length : n));

function requireAxis(op: string, shape: Shape, axis: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length)
    throw new RangeError(`${op}: ${text(shape)} has no axis ${axis}`);
}

/** Copies runs along `axis` from one tensor into another: from `fromStart` on to `toStart` on, `length` of them. */
function copyAlong(
  axis: number,
  from: { data: Float64Array; shape: Shape; start: number },
  to: { data: Float64Array; shape: Shape; start: number },
  length: number,
): void {
  const source = around(from.shape, axis);
  const target = around(to.shape, axis);
  for (let i = 0; i < source.before; i++) {
    const at = (i * source.length + from.start) * source.after;
    to.data.set(from.data.subarray(at, at + length * source.after), (i * target.length + to.start) * target.after);
  }
}

export const concat: OpRow<'concat'> = {
  shape(inputs, { axis }) {
    const first = inputs[0];
    if (first === undefined) throw new RangeError('concat of nothing');
    requireAxis('concat', first, axis);
    for (const s of inputs)
      if (!sameShape(withLength(first, axis, 0), withLength(s, axis, 0)))
        throw new RangeError(`concat of ${text(first)} and ${text(s)} along axis ${axis}: the other axes differ`);
    const length = inputs.reduce((sum, s) => sum + s[axis]!, 0);
    return [withLength(first, axis, length)];
  },
  gradient(graph, { inputs, attributes: { axis } }, [dy], needed) {
    let start = 0;
    return inputs.map((input, i) => {
      const at = start;
      start += input.shape[axis]!;
      return needed[i] ? graph.slice(dy!, { axis, start: at, length: input.shape[axis]! }) : undefined;
    });
  },
  kernel({ inputs, inputShapes, outputShapes, attributes: { axis } }) {
    const y = new Float64Array(sizeOf(outputShapes[0]!));
    let start = 0;
    inputs.forEach((data, i) => {
      const shape = inputShapes[i]!;
      copyAlong(axis, { data, shape, start: 0 }, { data: y, shape: outputShapes[0]!, start }, shape[axis]!);
      start += shape[axis]!;
    });
    return [y];
  },
};

export const slice: OpRow<'slice'> = {
  shape([x], { axis, start, length }) {
    requireAxis('slice', x!, axis);
    if (start < 0 || length < 1 || start + length > x![axis]!)
      throw new RangeError(`slice: ${text(x!)} has no ${start} … ${start + length} along axis ${axis}`);
    return [withLength(x!, axis, length)];
  },
  gradient(graph, { inputs, attributes: { axis, start, length } }, [dy]) {
    return [graph.padZero(dy!, { axis, before: start, after: inputs[0]!.shape[axis]! - start - length })];
  },
  kernel({ inputs, inputShapes, outputShapes, attributes: { axis, start, length } }) {
    const y = new Float64Array(sizeOf(outputShapes[0]!));
    copyAlong(axis, { data: inputs[0]!, shape: inputShapes[0]!, start }, { data: y, shape: outputShapes[0]!, start: 0 }, length);
    return [y];
  },
};

export const padZero: OpRow<'padZero'> = {
  shape([x], { axis, before, after }) {
    requireAxis('padZero', x!, axis);
    if (before < 0 || after < 0) throw new RangeError(`padZero by ${before} and ${after}`);
    return [withLength(x!, axis, before + x![axis]! + after)];
  },
  gradient: (graph, { inputs, attributes: { axis, before } }, [dy]) => [
    graph.slice(dy!, { axis, start: before, length: inputs[0]!.shape[axis]! }),
  ],
  kernel({ inputs, inputShapes, outputShapes, attributes: { axis, before } }) {
    const y = new Float64Array(sizeOf(outputShapes[0]!));
    const shape = inputShapes[0]!;
    copyAlong(axis, { data: inputs[0]!, shape, start: 0 }, { data: y, shape: outputShapes[0]!, start: before }, shape[axis]!);
    return [y];
  },
};

export const reshape: OpRow<'reshape'> = {
  shape([x], { shape }) {
    if (sizeOf(x!) !== sizeOf(shape)) throw new RangeError(`reshape of ${text(x!)} to ${text(shape)}: the sizes differ`);
    return [shape];
  },
  gradient: (graph, { inputs }, [dy]) => [graph.reshape(dy!, inputs[0]!.shape)],
  kernel: ({ inputs }) => [inputs[0]!.slice()],
};

export const transpose: OpRow<'transpose'> = {
  shape([x], { permutation }) {
    if (
      !sameShape(
        [...permutation].sort((a, b) => a - b),
        x!.map((_, i) => i),
      )
    )
      throw new RangeError(`transpose: ${text(permutation)} is no order of the axes of ${text(x!)}`);
    return [permutation.map((axis) => x![axis]!)];
  },
  gradient(graph, { attributes: { permutation } }, [dy]) {
    return [
      graph.transpose(
        dy!,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    ];
  },
  kernel({ inputs, inputShapes, outputShapes, attributes: { permutation } }) {
    const strides = rowMajorStrides(inputShapes[0]!);
    return [
      gather(
        inputs[0]!,
        outputShapes[0]!,
        permutation.map((axis) => strides[axis]!),
      ),
    ];
  },
};

export const broadcastTo: OpRow<'broadcastTo'> = {
  shape([x], { shape }) {
    const offset = shape.length - x!.length;
    if (offset < 0 || x!.some((n, i) => n !== 1 && n !== shape[offset + i]))
      throw new RangeError(`broadcastTo: ${text(x!)} doesn't repeat to ${text(shape)}`);
    return [shape];
  },
  gradient: (graph, { inputs }, [dy]) => [graph.sumTo(dy!, inputs[0]!.shape)],
  kernel: ({ inputs, inputShapes, outputShapes }) => [
    gather(inputs[0]!, outputShapes[0]!, broadcastStrides(inputShapes[0]!, outputShapes[0]!)),
  ],
};

const rowMajorStrides = (shape: Shape): number[] => shape.map((_, i) => sizeOf(shape.slice(i + 1)));

/** Strides that read a tensor of shape `from` as if it had been repeated to `to`. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = rowMajorStrides(from);
  const offset = to.length - from.length;
  return to.map((_, i) => (i < offset || from[i - offset] === 1 ? 0 : strides[i - offset]!));
}

/** Reads `data` by the given strides into a row-major tensor of `shape`. */
export function gather(data: Float64Array, shape: Shape, strides: readonly number[]): Float64Array {
  const y = new Float64Array(sizeOf(shape));
  if (shape.length === 0) {
    y[0] = data[0]!;
    return y;
  }
  let at = 0;
  const walk = (axis: number, from: number): void => {
    const stride = strides[axis]!;
    const length = shape[axis]!;
    if (axis === shape.length - 1) for (let i = 0; i < length; i++) y[at++] = data[from + i * stride]!;
    else for (let i = 0; i < length; i++) walk(axis + 1, from + i * stride);
  };
  walk(0, 0);
  return y;
}
