/**
 * A UNet that fits better than the assigned one in the same time a step (docs/model.md). It has fewer convolutions at full
 * resolution, where a step's time goes, and more below, in residual blocks (He et al. 2016); and it is told time and class in
 * every block (Ho et al. 2020, appendix B), in place of two.
 */
import type { Value } from '../graph/graph.ts';
import { concat, conv, downConv, upConv } from './blocks.ts';
import type { LayerBuilder } from './layers.ts';
import type { UnetInputs } from './unet.ts';

/** The network: x [B, 1, 28, 28] → y [B, 1, 28, 28]. D is the width. */
export function improvedUnet(net: LayerBuilder, D: number, inputs: UnetInputs): Value {
  const told = condition(net, 2 * D, inputs); //                                          [B, 2D]
  const block = (name: string, ci: number, co: number, v: Value) => residualBlock(net, name, ci, co, v, told);

  const a = conv(net, 'init', 1, D, inputs.x); //                                         [B,  D, 28, 28]
  const b = block('down1.block', 2 * D, 2 * D, downConv(net, 'down1.down', D, 2 * D, a)); //     [B, 2D, 14, 14]
  const c = block('down2.block', 2 * D, 2 * D, downConv(net, 'down2.down', 2 * D, 2 * D, b)); // [B, 2D, 7, 7]
  const u = block('bottom', 2 * D, 2 * D, c); //                                          [B, 2D, 7, 7]
  const p = block('up1.block', 4 * D, 2 * D, concat(net, upConv(net, 'up1.up', 2 * D, 2 * D, u), b)); // [B, 2D, 14, 14]
  const q = conv(net, 'up2.block', 2 * D, D, concat(net, upConv(net, 'up2.up', 2 * D, D, p), a)); //     [B, D, 28, 28]
  return net.build({ kind: 'conv', name: 'out_conv', in: D, out: 1, kernel: 3, stride: 1, pad: 1, normalised: false }, q); // [B, 1, 28, 28]
}

/** Time and class as one vector [B, features], or undefined where the network is told neither. */
function condition(net: LayerBuilder, features: number, { t, c }: UnetInputs): Value | undefined {
  if (t === undefined) return undefined;
  const { graph } = net;
  const linear = (name: string, size: number, v: Value) =>
    net.build({ kind: 'linear', name: `condition.${name}`, in: size, out: features }, v);
  const ofTime = linear('time', t.shape[1]!, t);
  const sum = c === undefined ? ofTime : graph.add(ofTime, linear('class', c.shape[1]!, c));
  return graph.gelu(linear('hidden', features, graph.gelu(sum)));
}

/**
 * x [B, ci, H, W] → GELU(x + Conv(GELU(Conv(x) + what it is told))) [B, co, H, W], each Conv with its BatchNorm; where
 * ci ≠ co, x goes through a 1 × 1 convolution.
 */
function residualBlock(net: LayerBuilder, name: string, ci: number, co: number, x: Value, told: Value | undefined): Value {
  const { graph } = net;
  const normalised = (layer: string, channels: number, v: Value) =>
    net.build(
      { kind: 'conv', name: `${name}.${layer}`, in: channels, out: co, kernel: 3, stride: 1, pad: 1, normalised: true },
      v,
    );
  let y = normalised('conv1', ci, x);
  if (told !== undefined) {
    const shift = net.build({ kind: 'linear', name: `${name}.told`, in: told.shape[1]!, out: co }, told);
    y = graph.add(y, graph.reshape(shift, [shift.shape[0]!, co, 1, 1]));
  }
  y = normalised('conv2', co, graph.gelu(y));
  const around =
    ci === co
      ? x
      : net.build({ kind: 'conv', name: `${name}.skip`, in: ci, out: co, kernel: 1, stride: 1, pad: 0, normalised: false }, x);
  return graph.gelu(graph.add(y, around));
}
