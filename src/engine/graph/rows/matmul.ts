import type { Value } from '../graph.ts';
import { requireRank, type OpRow } from './row.ts';

export const matmul: OpRow<'matmul'> = {
  shape([a, b], { transposeA, transposeB }) {
    requireRank('matmul', a, 2);
    requireRank('matmul', b, 2);
    const [m, k] = transposeA ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
    const [kOfB, n] = transposeB ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
    if (k !== kOfB) throw new RangeError(`matmul of [${m}, ${k}] and [${kOfB}, ${n}]: the inner sizes differ`);
    return [[m, n]];
  },
  /** With A = aᵀ or a, B = bᵀ or b: dA = G Bᵀ, dB = Aᵀ G; each written so that the result has the input's own orientation. */
  gradient(graph, { inputs, attributes: { transposeA, transposeB } }, [g], [needA, needB]) {
    const [a, b] = inputs as [Value, Value];
    const da = () =>
      transposeA
        ? graph.matmul(b, g!, { transposeA: transposeB, transposeB: true })
        : graph.matmul(g!, b, { transposeB: !transposeB });
    const db = () =>
      transposeB
        ? graph.matmul(g!, a, { transposeA: true, transposeB: transposeA })
        : graph.matmul(a, g!, { transposeA: !transposeA });
    return [needA ? da() : undefined, needB ? db() : undefined];
  },
  kernel({ inputs, inputShapes, outputShapes, attributes: { transposeA, transposeB } }) {
    const [a, b] = inputs as [Float64Array, Float64Array];
    const [m, n] = outputShapes[0]! as [number, number];
    const k = inputShapes[0]![transposeA ? 0 : 1]!;
    const [aRow, aColumn] = transposeA ? [1, m] : [k, 1];
    const [bRow, bColumn] = transposeB ? [1, k] : [n, 1];
    const y = new Float64Array(m * n);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += a[i * aRow + l * aColumn]! * b[l * bRow + j * bColumn]!;
        y[i * n + j] = sum;
      }
    return [y];
  },
};
