/**
 * A UNet that fits better than the assigned one in the same time a step (docs/model.md). It has fewer convolutions at full
 * resolution, where a step's time goes, and more below, in residual blocks (He et al. 2016); and it is told time and class in
 * every block (Ho et al. 2020, appendix B), in place of two.
 */
import type { Value } from '../graph/graph.ts';
import { concat, conv, downConv, upConv } from './blocks.ts';
import type { LayerBuilder } from './layers.ts';
import type { BlockName, Tap } from './taps.ts';
import type { UnetInputs } from './unet.ts';

/** The network: x [B, 1, 28, 28] → y [B, 1, 28, 28]. D is the width. */
export function improvedUnet(net: LayerBuilder, D: number, inputs: UnetInputs, tap: Tap): Value {
  const told = condition(net, 2 * D, inputs); //                                                [B, 2D]
  if (told !== undefined) tap('told', told);
  const block = (name: string, ci: number, co: number, v: Value, hears: BlockName) =>
    residualBlock(net, name, ci, co, v, told, (shifted) => tap(hears, shifted));

  const a = tap('init', conv(net, 'init', 1, D, inputs.x)); //                                  [B,  D, 28, 28]
  const d1 = downConv(net, 'down1.down', D, 2 * D, a); //                                       [B, 2D, 14, 14]
  const b = tap('down1', block('down1.block', 2 * D, 2 * D, d1, 'toldDown1')); //               [B, 2D, 14, 14]
  const d2 = downConv(net, 'down2.down', 2 * D, 2 * D, b); //                                   [B, 2D, 7, 7]
  const c = tap('down2', block('down2.block', 2 * D, 2 * D, d2, 'toldDown2')); //               [B, 2D, 7, 7]
  const u = tap('bottom', block('bottom', 2 * D, 2 * D, c, 'toldBottom')); //                   [B, 2D, 7, 7]
  const u1 = tap('up1', upConv(net, 'up1.up', 2 * D, 2 * D, u)); //                             [B, 2D, 14, 14]
  const p = block('up1.block', 4 * D, 2 * D, concat(net, u1, b), 'toldUp2'); //                 [B, 2D, 14, 14]
  const u2 = tap('up2', upConv(net, 'up2.up', 2 * D, D, p)); //                                 [B,  D, 28, 28]
  const q = conv(net, 'up2.block', 2 * D, D, concat(net, u2, a)); //                            [B,  D, 28, 28]
  const y = net.build({ kind: 'conv', name: 'out_conv', in: D, out: 1, kernel: 3, stride: 1, pad: 1, normalised: false }, q);
  return tap('out', y); //                                                                      [B, 1, 28, 28]
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
 * ci ≠ co, x goes through a 1 × 1 convolution. `tap` is given the first Conv's output with what the block is told.
 */
function residualBlock(
  net: LayerBuilder,
  name: string,
  ci: number,
  co: number,
  x: Value,
  told: Value | undefined,
  tap: (v: Value) => Value,
): Value {
  const { graph } = net;
  const normalised = (layer: string, channels: number, v: Value) =>
    net.build(
      { kind: 'conv', name: `${name}.${layer}`, in: channels, out: co, kernel: 3, stride: 1, pad: 1, normalised: true },
      v,
    );
  let y = normalised('conv1', ci, x);
  if (told !== undefined) {
    const shift = net.build({ kind: 'linear', name: `${name}.told`, in: told.shape[1]!, out: co }, told);
    y = tap(graph.add(y, graph.reshape(shift, [shift.shape[0]!, co, 1, 1])));
  }
  y = normalised('conv2', co, graph.gelu(y));
  const around =
    ci === co
      ? x
      : net.build({ kind: 'conv', name: `${name}.skip`, in: ci, out: co, kernel: 1, stride: 1, pad: 0, normalised: false }, x);
  return graph.gelu(graph.add(y, around));
}
