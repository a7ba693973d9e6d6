import type { UnetBlock } from '#contract/inspection.ts';
import type { Recipe } from '#contract/recipe.ts';

/**
 * The UNets as their figure shows them: every block with its operations, shapes and parameters.
 * Counts are PyTorch's: weights, biases, and the two parameters a channel of BatchNorm.
 */

export type Conditioning = Recipe['conditioning'];
export type Model = Recipe['model'];

/** Where time and class come into the assigned UNet, and the blocks of the improved one that are told them. */
export const CONDITIONS = [
  'condition1',
  'condition2',
  'told',
  'toldDown1',
  'toldDown2',
  'toldBottom',
  'toldUp2',
] as const satisfies readonly UnetBlock[];
/** A block of a UNet. */
export interface Block {
  id: UnetBlock;
  /** as it is written beside the arrow */
  short: string;
  name: string;
  operations: string;
  from: string;
  to: string;
  parameters: number;
}

const norm = (channels: number) => 2 * channels;
/** a convolution with bias and BatchNorm, with `taps` weights for each pair of channels */
const conv = (taps: number, from: number, to: number) => taps * from * to + to + norm(to);
const convBlock = (from: number, to: number) => conv(9, from, to) + conv(9, to, to);
const downBlock = (from: number, to: number) => conv(9, from, to) + convBlock(to, to);
const upBlock = (from: number, to: number) => conv(16, from, to) + convBlock(to, to);

const shape = (channels: number, side: number) => `${channels}×${side}×${side}`;

const linear = (from: number, to: number) => from * to + to;
const fcBlock = (from: number, to: number) => linear(from, to) + linear(to, to);
const CLASSES = 10;

/** Where the feature maps of a stage, `channels` of them, are told the time and the class. */
function conditionBlock(stage: 1 | 2, conditioning: Conditioning, channels: number, side: number): Block[] {
  if (conditioning === 'none') return [];
  const sub = stage === 1 ? '₁' : '₂';
  const withClass = conditioning === 'class';
  return [
    {
      id: `condition${stage}`,
      short: withClass ? `× c${sub} + t${sub}` : `+ t${sub}`,
      name: withClass ? `FCBlock(${CLASSES}, ${channels}), FCBlock(1, ${channels})` : `FCBlock(1, ${channels})`,
      operations: `${withClass ? `c${sub} from the class, t${sub} from t / T` : `t${sub} from t / T`}: Linear → GELU → Linear; one number for each channel`,
      from: shape(channels, side),
      to: shape(channels, side),
      parameters: fcBlock(1, channels) + (withClass ? fcBlock(CLASSES, channels) : 0),
    },
  ];
}

/** The steps of a UNet of hidden width D, in the order the image takes. */
export const unetBlocks = (d: number, conditioning: Conditioning, model: Model = 'assigned'): Block[] =>
  model === 'improved' ? improvedBlocks(d, conditioning) : assignedBlocks(d, conditioning);

function assignedBlocks(d: number, conditioning: Conditioning): Block[] {
  const wide = 2 * d;
  return [
    {
      id: 'init',
      short: 'ConvBlock',
      name: `ConvBlock(1, ${d})`,
      operations: 'Conv 3 × 3 → BatchNorm → GELU, twice',
      from: shape(1, 28),
      to: shape(d, 28),
      parameters: convBlock(1, d),
    },
    {
      id: 'down1',
      short: 'DownBlock',
      name: `DownBlock(${d}, ${d})`,
      operations: 'Conv 3 × 3, stride 2 → BatchNorm → GELU, then a ConvBlock',
      from: shape(d, 28),
      to: shape(d, 14),
      parameters: downBlock(d, d),
    },
    {
      id: 'down2',
      short: 'DownBlock',
      name: `DownBlock(${d}, ${wide})`,
      operations: 'Conv 3 × 3, stride 2 → BatchNorm → GELU, then a ConvBlock',
      from: shape(d, 14),
      to: shape(wide, 7),
      parameters: downBlock(d, wide),
    },
    {
      id: 'flatten',
      short: 'Flatten',
      name: 'Flatten',
      operations: 'mean over 7 × 7 → GELU',
      from: shape(wide, 7),
      to: shape(wide, 1),
      parameters: 0,
    },
    {
      id: 'unflatten',
      short: 'Unflatten',
      name: `Unflatten(${wide})`,
      operations: 'transposed Conv 7 × 7, stride 7 → BatchNorm → GELU',
      from: shape(wide, 1),
      to: shape(wide, 7),
      parameters: conv(49, wide, wide),
    },
    ...conditionBlock(1, conditioning, wide, 7),
    {
      id: 'up1',
      short: 'UpBlock',
      name: `UpBlock(${4 * d}, ${d})`,
      operations: 'transposed Conv 4 × 4, stride 2 → BatchNorm → GELU, then a ConvBlock',
      from: shape(4 * d, 7),
      to: shape(d, 14),
      parameters: upBlock(4 * d, d),
    },
    ...conditionBlock(2, conditioning, d, 14),
    {
      id: 'up2',
      short: 'UpBlock',
      name: `UpBlock(${wide}, ${d})`,
      operations: 'transposed Conv 4 × 4, stride 2 → BatchNorm → GELU, then a ConvBlock',
      from: shape(wide, 14),
      to: shape(d, 28),
      parameters: upBlock(wide, d),
    },
    {
      id: 'out',
      short: 'ConvBlock',
      name: `ConvBlock(${wide}, ${d}), Conv(${d}, 1)`,
      operations: 'a ConvBlock, then a plain Conv 3 × 3',
      from: shape(wide, 28),
      to: shape(1, 28),
      parameters: convBlock(wide, d) + 9 * d + 1,
    },
  ];
}

const RESIDUAL = 'Conv 3 × 3 → BatchNorm → GELU → Conv 3 × 3 → BatchNorm, added to what came in → GELU';
/** two convolutions, and a 1 × 1 one around them where the channels change */
const residual = (from: number, to: number) => conv(9, from, to) + conv(9, to, to) + (from === to ? 0 : from * to + to);

/** The improved UNet (docs/model.md), which is told time and class in each of its residual blocks. */
function improvedBlocks(d: number, conditioning: Conditioning): Block[] {
  const wide = 2 * d;
  const isTold = conditioning !== 'none';
  const told = (id: Block['id'], channels: number, side: number): Block[] =>
    isTold
      ? [
          {
            id,
            short: '+ told',
            name: `Linear(${wide}, ${channels})`,
            operations: 'what the network is told, as one number for each channel, between the two Conv of the residual block',
            from: shape(channels, side),
            to: shape(channels, side),
            parameters: linear(wide, channels),
          },
        ]
      : [];
  const withClass = conditioning === 'class';
  return [
    ...(isTold
      ? [
          {
            id: 'told' as const,
            short: withClass ? 'told: time and class' : 'told: the time',
            name: `Linear(1, ${wide})${withClass ? ` + Linear(${CLASSES}, ${wide})` : ''}, Linear(${wide}, ${wide})`,
            operations: `one vector from t / T${withClass ? ' and the class' : ''}, after GELU, Linear and GELU`,
            from: withClass ? `1 and ${CLASSES} numbers` : '1 number',
            to: `${wide} numbers`,
            parameters: linear(1, wide) + (withClass ? linear(CLASSES, wide) : 0) + linear(wide, wide),
          },
        ]
      : []),
    {
      id: 'init',
      short: 'Conv',
      name: `Conv(1, ${d})`,
      operations: 'Conv 3 × 3 → BatchNorm → GELU',
      from: shape(1, 28),
      to: shape(d, 28),
      parameters: conv(9, 1, d),
    },
    {
      id: 'down1',
      short: 'Down, Residual',
      name: `DownConv(${d}, ${wide}), Residual(${wide})`,
      operations: `Conv 3 × 3, stride 2 → BatchNorm → GELU; ${RESIDUAL}`,
      from: shape(d, 28),
      to: shape(wide, 14),
      parameters: conv(9, d, wide) + residual(wide, wide),
    },
    ...told('toldDown1', wide, 14),
    {
      id: 'down2',
      short: 'Down, Residual',
      name: `DownConv(${wide}, ${wide}), Residual(${wide})`,
      operations: `Conv 3 × 3, stride 2 → BatchNorm → GELU; ${RESIDUAL}`,
      from: shape(wide, 14),
      to: shape(wide, 7),
      parameters: conv(9, wide, wide) + residual(wide, wide),
    },
    ...told('toldDown2', wide, 7),
    {
      id: 'bottom',
      short: 'Residual',
      name: `Residual(${wide})`,
      operations: RESIDUAL,
      from: shape(wide, 7),
      to: shape(wide, 7),
      parameters: residual(wide, wide),
    },
    ...told('toldBottom', wide, 7),
    {
      id: 'up1',
      short: 'UpConv',
      name: `UpConv(${wide}, ${wide})`,
      operations: 'transposed Conv 4 × 4, stride 2 → BatchNorm → GELU',
      from: shape(wide, 7),
      to: shape(wide, 14),
      parameters: conv(16, wide, wide),
    },
    {
      id: 'up2',
      short: 'Residual, Up',
      name: `Residual(${2 * wide}, ${wide}), UpConv(${wide}, ${d})`,
      operations: `${RESIDUAL}, what came in through a 1 × 1 Conv; transposed Conv 4 × 4, stride 2 → BatchNorm → GELU`,
      from: shape(2 * wide, 14),
      to: shape(d, 28),
      parameters: residual(2 * wide, wide) + conv(16, wide, d),
    },
    ...told('toldUp2', wide, 14),
    {
      id: 'out',
      short: 'Conv',
      name: `Conv(${wide}, ${d}), Conv2d(${d}, 1)`,
      operations: 'Conv 3 × 3 → BatchNorm → GELU, then a plain Conv 3 × 3',
      from: shape(wide, 28),
      to: shape(1, 28),
      parameters: conv(9, wide, d) + 9 * d + 1,
    },
  ];
}

/** 7,891,073 at D = 128 without conditioning; 2,138,305 of the improved one at D = 64 with a class. */
export const unetParameters = (d: number, conditioning: Conditioning, model: Model = 'assigned'): number =>
  unetBlocks(d, conditioning, model).reduce((sum, block) => sum + block.parameters, 0);
