/** The folder of TensorFlow that is measured; empty where there is none. */
export const tensorFlowFolder = (): string => process.env['FROM_NOISE_TENSORFLOW'] ?? '';
