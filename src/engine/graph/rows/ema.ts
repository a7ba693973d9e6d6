import { sameShape, type OpRow } from './row.ts';

export const ema: OpRow<'ema'> = {
  shape([average, value, rate]) {
    if (average === undefined || value === undefined || !sameShape(average, value))
      throw new RangeError('ema needs an average and a value of the same shape');
    if (rate?.length !== 0) throw new RangeError('ema needs its rate as a scalar');
    return [average];
  },
  kernel({ inputs }) {
    const [average, value, [rate]] = inputs as [Float64Array, Float64Array, [number]];
    return [average.map((a, i) => a + rate * (value[i]! - a))];
  },
};
