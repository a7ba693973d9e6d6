import type { Recipe } from '#contract/recipe.ts';
import { fullBatch } from './speed.ts';

/** Pixels at each resolution. */
const [full, half, quarter] = [28 * 28, 14 * 14, 7 * 7];

/**
 * Multiplications of one image's way through a UNet: convolutions and transposed convolutions, by pixel counts at 28, 14
 * and 7. The few thousand of the fully connected layers don't count.
 */
export const forwardCost = ({ width, model }: Pick<Recipe, 'width' | 'model'>): number =>
  (model === 'improved' ? improvedCost : assignedCost)(width);

function assignedCost(width: number): number {
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

function improvedCost(width: number): number {
  const squares =
    half * 9 * (2 + 4 + 4) + //            down1: D → 2D → 2D → 2D
    quarter * 9 * (4 + 4 + 4) + //         down2: 2D → 2D, three times
    quarter * 9 * (4 + 4) + //             bottom: 2D → 2D twice
    half * (4 * 4 + 9 * 8 + 9 * 4 + 8) + // up1: 2D → 2D by four taps a pixel, 4D → 2D → 2D, and around that 4D → 2D
    full * (4 * 2 + 9 * 2); //             up2: 2D → D by four taps a pixel, 2D → D
  return squares * width ** 2 + full * 9 * 2 * width; // init and out_conv: 1 channel on one side
}

/** Relative cost of a training step on a full batch. Gradients cost twice the way forward for every recipe: only ratios count. */
export const stepCost = (recipe: Pick<Recipe, 'width' | 'model' | 'batchSize' | 'subset'>): number =>
  forwardCost(recipe) * fullBatch(recipe);
