import { sizeOf } from '../graph.ts';
import type { OpRow } from './row.ts';

const fed = (what: string) => () => {
  throw new Error(`${what} is given by the executor, not computed`);
};

export const input: OpRow<'input'> = { shape: (_, a) => [a.shape], kernel: fed('an input') };
export const state: OpRow<'state'> = { shape: (_, a) => [a.shape], kernel: fed('a state') };
export const constant: OpRow<'constant'> = {
  shape: (_, a) => [a.shape],
  kernel: ({ attributes }) => [new Float64Array(sizeOf(attributes.shape)).fill(attributes.value)],
};
