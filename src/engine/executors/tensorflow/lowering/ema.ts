import { attr } from '../graph-writer.ts';
import { tensorAt, type Rule } from './lowering.ts';

/** In the average's own order, which is the value's where both are filters. */
export const ema: Rule<'ema'> = (l, { outputs: [next] }, inputs) => {
  const T = { T: attr.type('float32') };
  const average = l.cast(inputs[0]!, 'float32');
  const value = l.arrange(l.cast(inputs[1]!, 'float32'), average.order);
  const rate = l.cast(inputs[2]!, 'float32');
  const difference = l.op('Sub', [value.edge, average.edge], T);
  return [tensorAt(l.op('AddV2', [average.edge, l.op('Mul', [rate.edge, difference], T)], T), next!, average.order, 'float32')];
};
