import type { Recipe } from '#contract/recipe.ts';
import { fullBatch } from './speed.ts';

/**
 * Multiplications of one image's way through the UNet of REFERENCE: convolutions and transposed convolutions,
 * by pixel counts at 28, 14 and 7. The few thousand of the fully connected layers don't count.
 */
export function forwardCost(width: number): number {
  const [full, half, quarter] = [28 * 28, 14 * 14, 7 * 7];
  const squares =
    full * 9 + //                          init_block: D → D
    half * 9 * 3 + //                      down1: D → D, three times
    quarter * 9 * (2 + 4 + 4) + //         down2: D → 2D → 2D → 2D
    quarter * 4 + //                       unflatten: 2D → 2D, each pixel sees one
    half * (4 * 4 + 9 * 2) + //            up1: 4D → D by four taps a pixel, D → D twice
    full * (4 * 2 + 9 * 2) + //            up2: 2D → D by four taps a pixel, D → D twice
    full * 9 * (2 + 1); //                 out_block: 2D → D → D
  return squares * width ** 2 + full * 9 * 2 * width; // init_block's first and out_conv: 1 channel on one side
}

/** Relative cost of a training step on a full batch. Gradients cost twice the way forward for every recipe: only ratios count. */
export const stepCost = (recipe: Pick<Recipe, 'width' | 'batchSize' | 'subset'>): number =>
  forwardCost(recipe.width) * fullBatch(recipe);
