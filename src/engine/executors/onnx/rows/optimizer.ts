/** Adam: Kingma & Ba 2015, algorithm 1, with the bias corrections given; and the running average of what it moves. */
import type { Attributes } from '../../../graph/ops.ts';
import type { Lowering, LoweringRow, OnnxTensor } from '../lowering.ts';

export interface AdamTensors {
  parameter: OnnxTensor;
  m: OnnxTensor;
  v: OnnxTensor;
  gradient: OnnxTensor;
  learningRate: OnnxTensor;
  correction1: OnnxTensor;
  correction2: OnnxTensor;
}

/** The next parameter, m and v; tensors of any one shape. */
export function adamStep(
  on: Lowering,
  { parameter, m, v, gradient: g, learningRate, correction1, correction2 }: AdamTensors,
  { beta1, beta2, epsilon }: Attributes['adam'],
): { parameter: OnnxTensor; m: OnnxTensor; v: OnnxTensor } {
  const mul = (a: OnnxTensor, b: OnnxTensor) => on.pointwise('Mul', [a, b]);
  const add = (a: OnnxTensor, b: OnnxTensor) => on.pointwise('Add', [a, b]);
  const nextM = add(mul(m, on.scalar(beta1)), mul(g, on.scalar(1 - beta1)));
  const nextV = add(mul(v, on.scalar(beta2)), mul(mul(g, on.scalar(1 - beta2)), g));
  const deviation = add(on.pointwise('Sqrt', [mul(nextV, correction2)]), on.scalar(epsilon));
  const step = on.pointwise('Div', [mul(nextM, mul(learningRate, correction1)), deviation]);
  return { parameter: on.pointwise('Sub', [parameter, step]), m: nextM, v: nextV };
}

/** average + rate · (value − average); tensors of any one shape. */
export function movedAverage(on: Lowering, average: OnnxTensor, value: OnnxTensor, rate: OnnxTensor): OnnxTensor {
  return on.pointwise('Add', [average, on.pointwise('Mul', [on.pointwise('Sub', [value, average]), rate])]);
}

export const ema: LoweringRow<'ema'> = (on, _node, inputs) => {
  const [average, value, rate] = inputs as [OnnxTensor, OnnxTensor, OnnxTensor];
  return [movedAverage(on, average, value, rate)];
};

export const adam: LoweringRow<'adam'> = (on, { attributes }, inputs) => {
  const [parameter, m, v, gradient, learningRate, correction1, correction2] = inputs as [
    OnnxTensor,
    OnnxTensor,
    OnnxTensor,
    OnnxTensor,
    OnnxTensor,
    OnnxTensor,
    OnnxTensor,
  ];
  const next = adamStep(on, { parameter, m, v, gradient, learningRate, correction1, correction2 }, attributes);
  return [next.parameter, next.m, next.v];
};
