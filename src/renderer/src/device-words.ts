import type { Recipe } from '#contract/recipe.ts';

/** Devices by their short names, for where one line has to do, and before more is known of them. */
export const shortDeviceNames: Record<Recipe['device'], string> = {
  auto: 'Auto',
  'tensorflow-gpu': 'TensorFlow, GPU',
  'tensorflow-cpu': 'TensorFlow',
  'onnx-cpu': 'ONNX Runtime',
  reference: 'Reference',
};
