/**
 * The convolution and its two adjoints. All three come from one sum over (b, o, i, y, x, ky, kx) of
 * X[b, i, y·s + ky − p, x·s + kx − p] · W[o, i, ky, kx] · Y[b, o, y, x], read for one of X, W, Y; so each one's gradients are the other two.
 */
import { sizeOf, type Shape, type Value } from '../graph.ts';
import type { ConvGeometry } from '../ops.ts';
import { requireRank, type OpRow } from './row.ts';

/** H' = ⌊(H + 2 pad − k) / stride⌋ + 1 */
const outputSize = (size: number, kernel: number, { stride, pad }: ConvGeometry): number =>
  Math.floor((size + 2 * pad - kernel) / stride) + 1;

const text = (shape: Shape): string => `[${shape.join(', ')}]`;

export const conv: OpRow<'conv'> = {
  shape([x, w], geometry) {
    requireRank('conv', x, 4);
    requireRank('conv', w, 4);
    const [batch, ci, h, wd] = x as [number, number, number, number];
    const [co, ciOfW, kh, kw] = w as [number, number, number, number];
    if (ci !== ciOfW) throw new RangeError(`conv of ${text(x)} by ${text(w)}: ${ci} channels meet a kernel for ${ciOfW}`);
    const [oh, ow] = [outputSize(h, kh, geometry), outputSize(wd, kw, geometry)];
    if (oh < 1 || ow < 1) throw new RangeError(`conv of ${text(x)} by ${text(w)}: the kernel is larger than the padded image`);
    return [[batch, co, oh, ow]];
  },
  gradient(graph, { inputs, attributes }, [dy], [needX, needW]) {
    const [x, w] = inputs as [Value, Value];
    // in this order x can go before its gradient comes
    const dw = needW ? graph.convFilterGrad(x, dy!, { ...attributes, kernel: w.shape[2]! }) : undefined;
    const dx = needX ? graph.convInputGrad(dy!, w, { ...attributes, size: x.shape[2]! }) : undefined;
    return [dx, dw];
  },
  kernel({ inputs, inputShapes, outputShapes, attributes }) {
    const [x, w] = inputs as [Float64Array, Float64Array];
    const y = new Float64Array(sizeOf(outputShapes[0]!));
    const geometry = spans(inputShapes[0]!, inputShapes[1]!, outputShapes[0]!, attributes);
    eachRow(geometry, (xAt, wAt, yAt, length) => {
      const weight = w[wAt]!;
      for (let i = 0, at = xAt; i < length; i++, at += attributes.stride) y[yAt + i]! += weight * x[at]!;
    });
    return [y];
  },
};

export const convInputGrad: OpRow<'convInputGrad'> = {
  shape([dy, w], { size, ...geometry }) {
    requireRank('convInputGrad', dy, 4);
    requireRank('convInputGrad', w, 4);
    const [batch, co, h, wd] = dy as [number, number, number, number];
    const [coOfW, ci, kh, kw] = w as [number, number, number, number];
    if (co !== coOfW)
      throw new RangeError(`convInputGrad of ${text(dy)} by ${text(w)}: ${co} channels meet a kernel for ${coOfW}`);
    if (outputSize(size, kh, geometry) !== h || outputSize(size, kw, geometry) !== wd)
      throw new RangeError(`convInputGrad of ${text(dy)} by ${text(w)}: no image of size ${size} has this gradient`);
    return [[batch, ci, size, size]];
  },
  gradient(graph, { inputs, attributes }, [g], [needDy, needW]) {
    const [dy, w] = inputs as [Value, Value];
    const geometry = { stride: attributes.stride, pad: attributes.pad };
    return [
      needDy ? graph.conv(g!, w, geometry) : undefined,
      needW ? graph.convFilterGrad(g!, dy, { ...geometry, kernel: w.shape[2]! }) : undefined,
    ];
  },
  kernel({ inputs, inputShapes, outputShapes, attributes }) {
    const [dy, w] = inputs as [Float64Array, Float64Array];
    const dx = new Float64Array(sizeOf(outputShapes[0]!));
    const geometry = spans(outputShapes[0]!, inputShapes[1]!, inputShapes[0]!, attributes);
    eachRow(geometry, (xAt, wAt, yAt, length) => {
      const weight = w[wAt]!;
      for (let i = 0, at = xAt; i < length; i++, at += attributes.stride) dx[at]! += weight * dy[yAt + i]!;
    });
    return [dx];
  },
};

export const convFilterGrad: OpRow<'convFilterGrad'> = {
  shape([x, dy], { kernel, ...geometry }) {
    requireRank('convFilterGrad', x, 4);
    requireRank('convFilterGrad', dy, 4);
    const [batch, ci, h, wd] = x as [number, number, number, number];
    const [batchOfDy, co, oh, ow] = dy as [number, number, number, number];
    if (batch !== batchOfDy || outputSize(h, kernel, geometry) !== oh || outputSize(wd, kernel, geometry) !== ow)
      throw new RangeError(
        `convFilterGrad of ${text(x)} by ${text(dy)}: no kernel of size ${kernel} leads from one to the other`,
      );
    return [[co, ci, kernel, kernel]];
  },
  gradient(graph, { inputs, attributes }, [g], [needX, needDy]) {
    const [x, dy] = inputs as [Value, Value];
    const geometry = { stride: attributes.stride, pad: attributes.pad };
    return [
      needX ? graph.convInputGrad(dy, g!, { ...geometry, size: x.shape[2]! }) : undefined,
      needDy ? graph.conv(x, g!, geometry) : undefined,
    ];
  },
  kernel({ inputs, inputShapes, outputShapes, attributes }) {
    const [x, dy] = inputs as [Float64Array, Float64Array];
    const dw = new Float64Array(sizeOf(outputShapes[0]!));
    const geometry = spans(inputShapes[0]!, outputShapes[0]!, inputShapes[1]!, attributes);
    eachRow(geometry, (xAt, wAt, yAt, length) => {
      let sum = 0;
      for (let i = 0, at = xAt; i < length; i++, at += attributes.stride) sum += x[at]! * dy[yAt + i]!;
      dw[wAt]! += sum;
    });
    return [dw];
  },
};

interface Spans extends ConvGeometry {
  batch: number;
  x: { channels: number; height: number; width: number };
  y: { channels: number; height: number; width: number };
  kernel: { height: number; width: number };
}

const spans = (x: Shape, w: Shape, y: Shape, { stride, pad }: ConvGeometry): Spans => ({
  batch: x[0]!,
  x: { channels: x[1]!, height: x[2]!, width: x[3]! },
  y: { channels: y[1]!, height: y[2]!, width: y[3]! },
  kernel: { height: w[2]!, width: w[3]! },
  stride,
  pad,
});

/**
 * Calls `row` for each run of products along a row of Y: Y[yAt + i] meets X[xAt + i · stride] with W[wAt], i < length.
 * Places outside X, where the padding is, are left out.
 */
function eachRow(s: Spans, row: (xAt: number, wAt: number, yAt: number, length: number) => void): void {
  const { stride, pad, kernel } = s;
  for (let b = 0; b < s.batch; b++)
    for (let o = 0; o < s.y.channels; o++)
      for (let i = 0; i < s.x.channels; i++)
        for (let ky = 0; ky < kernel.height; ky++)
          for (let kx = 0; kx < kernel.width; kx++) {
            const wAt = ((o * s.x.channels + i) * kernel.height + ky) * kernel.width + kx;
            const first = Math.max(0, Math.ceil((pad - kx) / stride));
            const last = Math.min(s.y.width - 1, Math.floor((s.x.width - 1 + pad - kx) / stride));
            if (last < first) continue;
            for (let y = 0; y < s.y.height; y++) {
              const yOfX = y * stride + ky - pad;
              if (yOfX < 0 || yOfX >= s.x.height) continue;
              const xAt = ((b * s.x.channels + i) * s.x.height + yOfX) * s.x.width + first * stride + kx - pad;
              const yAt = ((b * s.y.channels + o) * s.y.height + y) * s.y.width + first;
              row(xAt, wAt, yAt, last - first + 1);
            }
          }
}
