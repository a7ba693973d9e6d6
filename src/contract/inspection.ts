import * as z from 'zod/mini';
import { drawing, network, seed } from './playground.ts';

/** Looking into a trained network: what each of its blocks makes of a digit with noise. */

/** The blocks of both networks, as their figure names them; a network has those that its recipe gives it. */
export const UNET_BLOCKS = [
  'init',
  'down1',
  'down2',
  'flatten',
  'unflatten',
  'bottom',
  'up1',
  'up2',
  'out',
  'condition1',
  'condition2',
  'told',
  'toldDown1',
  'toldDown2',
  'toldBottom',
  'toldUp2',
] as const;
export type UnetBlock = (typeof UNET_BLOCKS)[number];

/** Of each block so many maps are sent, the first ones; its readings are over all. */
export const MOST_MAPS = 64;

const { run, epoch, weights, digit } = network;
export const inspectionRequestSchema = z.object({
  run,
  epoch,
  weights,
  /** the class that a class-conditioned network is told; null: none. It is asked plainly, without guidance */
  digit,
  drawing,
  /** σ of a denoiser, t in [0, 1] of the others, which are told it */
  level: z.number().check(z.minimum(0), z.maximum(2)),
  /** of the noise */
  seed,
  /**
   * What the network is told instead, of the same noisy image, to see what that changes; null: nothing. Only of networks that are
   * told something; the class only counts where they are told one.
   */
  instead: z._default(z.nullable(z.object({ t: z.number().check(z.minimum(0), z.maximum(1)), digit })), null),
});
export type InspectionRequest = z.output<typeof inspectionRequestSchema>;

const f32 = z.instanceof(Float32Array);
const u8 = z.instanceof(Uint8Array);

/**
 * Maps in bytes, each on its own scale: 0 is its lowest value and 255 its highest, so that the value of a byte b of map i is
 * low[i] + (high[i] − low[i]) · b / 255, off by at most a 510th of the map's range. All of a network's at D = 128 are
 * 140 kB, a quarter of what they are as floats.
 */
const channelMapsSchema = z
  .object({ side: z.int().check(z.minimum(1)), low: f32, high: f32, bytes: u8 })
  .check(
    z.refine(
      ({ side, low, high, bytes }) => high.length === low.length && bytes.length === low.length * side * side,
      'maps need a lowest and a highest value each, and side × side bytes',
    ),
  );
export type ChannelMaps = z.infer<typeof channelMapsSchema>;

export const blockMapsSchema = z.object({
  block: z.enum(UNET_BLOCKS),
  /** how many there are; `maps` holds the first MOST_MAPS of them */
  channels: z.int().check(z.minimum(1)),
  maps: channelMapsSchema,
  /** of each of those: its mean and standard deviation over the map */
  means: f32,
  deviations: f32,
  /** over all values of all channels */
  low: z.number(),
  high: z.number(),
  mean: z.number(),
  deviation: z.number(),
  /** share of values that are not above 0, which GELU closes */
  closed: z.number(),
  /** channels without a value above 0 */
  off: z.int(),
  /** what telling it something else takes away: as told − as told instead */
  change: z.optional(
    z.object({
      maps: channelMapsSchema,
      /** ‖as told − instead‖ / ‖as told‖ over all channels */
      share: z.number(),
    }),
  ),
});
export type BlockMaps = z.infer<typeof blockMapsSchema>;

export const inspectionSchema = z.object({
  /** the image with noise, as the network gets it: 784 values */
  noisy: f32,
  blocks: z.array(blockMapsSchema),
  /** the network was opened for it, which takes longer */
  opened: z.boolean(),
});
export type Inspection = z.infer<typeof inspectionSchema>;
