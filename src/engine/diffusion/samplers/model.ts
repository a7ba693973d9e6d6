/** A network as samplers see it: images x, n × 784, all at one time t in [0, 1] → n × 784. */
export type Model = (x: Float32Array, t: number) => Promise<Float32Array>;
