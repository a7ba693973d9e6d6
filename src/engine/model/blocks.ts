/** The building blocks of the assignment (its figures 1, 2, 8 and 9), under its names. */
import type { Value } from '../graph/graph.ts';
import type { LayerBuilder } from './layers.ts';

/** x [B, ci, H, W] → Conv2d(3, stride 1, pad 1) + BatchNorm + GELU [B, co, H, W] */
export function conv(net: LayerBuilder, name: string, ci: number, co: number, x: Value): Value {
  const y = net.build({ kind: 'conv', name, in: ci, out: co, kernel: 3, stride: 1, pad: 1, normalised: true }, x);
  return net.graph.gelu(y);
}

/** x [B, ci, H, W] → Conv2d(3, stride 2, pad 1) + BatchNorm + GELU [B, co, H/2, W/2] */
export function downConv(net: LayerBuilder, name: string, ci: number, co: number, x: Value): Value {
  const y = net.build({ kind: 'conv', name, in: ci, out: co, kernel: 3, stride: 2, pad: 1, normalised: true }, x);
  return net.graph.gelu(y);
}

/** x [B, ci, H, W] → ConvTranspose2d(4, stride 2, pad 1) + BatchNorm + GELU [B, co, 2H, 2W] */
export function upConv(net: LayerBuilder, name: string, ci: number, co: number, x: Value): Value {
  const y = net.build({ kind: 'transposedConv', name, in: ci, out: co, kernel: 4, stride: 2, pad: 1, normalised: true }, x);
  return net.graph.gelu(y);
}

/** x [B, c, 7, 7] → AvgPool2d(7) + GELU [B, c, 1, 1]; no BatchNorm */
export const flatten = (net: LayerBuilder, x: Value): Value => net.graph.gelu(net.graph.mean(x, [2, 3], true));

/** x [B, c, 1, 1] → ConvTranspose2d(7, stride 7, pad 0) + BatchNorm + GELU [B, c, 7, 7] */
export function unflatten(net: LayerBuilder, name: string, c: number, x: Value): Value {
  const y = net.build({ kind: 'transposedConv', name, in: c, out: c, kernel: 7, stride: 7, pad: 0, normalised: true }, x);
  return net.graph.gelu(y);
}

/** Conv(ci, co), Conv(co, co) */
export function convBlock(net: LayerBuilder, name: string, ci: number, co: number, x: Value): Value {
  return conv(net, `${name}.conv2`, co, co, conv(net, `${name}.conv1`, ci, co, x));
}

/** DownConv(ci, co), ConvBlock(co, co) */
export function downBlock(net: LayerBuilder, name: string, ci: number, co: number, x: Value): Value {
  return convBlock(net, `${name}.block`, co, co, downConv(net, `${name}.down`, ci, co, x));
}

/** UpConv(ci, co), ConvBlock(co, co) */
export function upBlock(net: LayerBuilder, name: string, ci: number, co: number, x: Value): Value {
  return convBlock(net, `${name}.block`, co, co, upConv(net, `${name}.up`, ci, co, x));
}

/** x [B, fi] → Linear(fi, fo), GELU, Linear(fo, fo) → [B, fo, 1, 1], ready to meet an image */
export function fcBlock(net: LayerBuilder, name: string, fi: number, fo: number, x: Value): Value {
  const hidden = net.graph.gelu(net.build({ kind: 'linear', name: `${name}.fc1`, in: fi, out: fo }, x));
  const y = net.build({ kind: 'linear', name: `${name}.fc2`, in: fo, out: fo }, hidden);
  return net.graph.reshape(y, [x.shape[0]!, fo, 1, 1]);
}

/** Along channels. */
export const concat = (net: LayerBuilder, ...values: Value[]): Value => net.graph.concat(values, 1);
