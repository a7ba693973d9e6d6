import type { Tensors } from './executor.ts';

/** Copies that may be given away, and their buffers for the transfer list. */
export function transferable(tensors: Tensors): { tensors: Tensors; buffers: ArrayBuffer[] } {
  const copies = Object.entries(tensors).map(([name, data]) => [name, new Float32Array(data)] as const);
  return { tensors: Object.fromEntries(copies), buffers: copies.map(([, data]) => data.buffer) };
}
