/** The UNet as programs: one whole training step, and the network alone for inference. */
import { gradients } from '../graph/autodiff.ts';
import { assembleProgram, GraphBuilder } from '../graph/builder.ts';
import type { Program, Value } from '../graph/graph.ts';
import { inferenceLayers, trainingLayers } from './layers.ts';
import { CLASSES, imageShape, stateParts, unet, unetInputs, type UnetSpec } from './unet.ts';

/** Kingma & Ba 2015, as PyTorch's defaults. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

export const momentNames = (parameter: string): { m: string; v: string } => ({
  m: `adam.m.${parameter}`,
  v: `adam.v.${parameter}`,
});

const isMoment = (name: string): boolean => name.startsWith('adam.');

/** The running average of a state dict's tensor. */
export const averageName = (tensor: string): string => `ema.${tensor}`;

/**
 * One step of training: L = mean (output − target)², its gradients, Adam, the running statistics.
 * Inputs: x and target [B, 1, 28, 28], by conditioning t [B, 1] (t/T) and c [B, 10] (one-hot, zeros where dropped),
 * learningRate [], correction1 [], correction2 [] (see `adam` in ops.ts), and emaRate [] where `ema` is set.
 * Outputs: loss [], sampleLosses [B], output [B, 1, 28, 28] in train mode, and `gradient.<name>` where `gradients` is set.
 * States: parameters but the idle biases, `adam.m.*`, `adam.v.*`, running statistics, and where `ema` is set, `ema.*` of
 * parameters and running statistics: averages of what each is after the step. All are updated.
 */
export function trainingProgram(spec: UnetSpec, batch: number, options: { gradients?: boolean; ema?: boolean } = {}): Program {
  const graph = new GraphBuilder();
  const net = trainingLayers(graph);
  const output = unet(net, spec, unetInputs(graph, spec, batch));
  const error = graph.sub(output, graph.input('target', imageShape(batch)));
  const sampleLosses = graph.mean(graph.mul(error, error), [1, 2, 3]); // [B]
  const loss = graph.mean(sampleLosses, [0]); // []

  const trained = [...stateParts(spec).trained];
  const parameters = trained.map(([name, shape]) => graph.state(name, shape));
  const ofParameters = gradients(graph, loss, parameters);

  const scalars = {
    learningRate: graph.input('learningRate', []),
    correction1: graph.input('correction1', []),
    correction2: graph.input('correction2', []),
  };
  const updates: Record<string, Value> = { ...net.updates };
  const outputs: Record<string, Value> = { loss, sampleLosses, output };
  trained.forEach(([name, shape], i) => {
    const names = momentNames(name);
    const gradient = ofParameters[i]!;
    const moments = { m: graph.state(names.m, shape), v: graph.state(names.v, shape) };
    const next = graph.adam({ parameter: parameters[i]!, ...moments, gradient }, scalars, ADAM);
    updates[name] = next.parameter;
    updates[names.m] = next.m;
    updates[names.v] = next.v;
    if (options.gradients === true) outputs[`gradient.${name}`] = gradient;
  });
  if (options.ema === true) {
    const rate = graph.input('emaRate', []);
    for (const [name, next] of Object.entries(updates).filter(([name]) => !isMoment(name)))
      updates[averageName(name)] = graph.ema(graph.state(averageName(name), next.shape), next, rate);
  }
  return assembleProgram(outputs, updates);
}

/**
 * The network in inference: BatchNorm by running statistics, folded into the layer before it.
 * Inputs x [B, 1, 28, 28] and by conditioning t, c; output `output` [B, 1, 28, 28]; states as foldBatchNorm gives them.
 */
export function inferenceProgram(spec: UnetSpec, batch: number): Program {
  const graph = new GraphBuilder();
  const output = unet(inferenceLayers(graph), spec, unetInputs(graph, spec, batch));
  return assembleProgram({ output });
}

/**
 * The network in inference, looked into: as inferenceProgram, node by node, but that what every block gives comes out, under the
 * block's name (taps.ts): [B, C, H, W], or [B, C]. `out` is the network's own output.
 */
export function tappedProgram(spec: UnetSpec, batch: number): Program {
  const graph = new GraphBuilder();
  const outputs: Record<string, Value> = {};
  unet(inferenceLayers(graph), spec, unetInputs(graph, spec, batch), (block, value) => (outputs[block] = value));
  return assembleProgram(outputs);
}

/**
 * Classifier-free guidance in one call: ε_u + γ (ε_c − ε_u), ε_c with the classes and ε_u without (Ho & Salimans 2022).
 * What comes before the class enters, both answers share, and it is computed once: of the assigned network, where it enters
 * at u and p alone, the encoder and the skip connections; of the improved one the first convolutions.
 * Inputs x [B, 1, 28, 28], t [1, 1] for all images, c [B, 10] one-hot, scale [] (γ); output `output` [B, 1, 28, 28].
 */
export function guidedProgram(spec: UnetSpec, batch: number): Program {
  const graph = new GraphBuilder();
  const net = inferenceLayers(graph);
  const x = graph.input('x', imageShape(batch));
  const t = graph.input('t', [1, 1]);
  const conditioned = unet(net, spec, { x, t, c: graph.input('c', [batch, CLASSES]) });
  const unconditioned = unet(net, spec, { x, t, c: graph.constant(0, [1, CLASSES]) });
  const difference = graph.sub(conditioned, unconditioned);
  return assembleProgram({ output: graph.add(unconditioned, graph.mul(graph.input('scale', []), difference)) });
}
