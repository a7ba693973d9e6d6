/** Where one may look into a network: what each of its blocks gives, under the names that its figure has for them. */
import type { Value } from '../graph/graph.ts';

/** Blocks of the assigned UNet. The conditions are where u and p stand after being told the time, and the class. */
type AssignedBlock = 'init' | 'down1' | 'down2' | 'flatten' | 'unflatten' | 'condition1' | 'up1' | 'condition2' | 'up2' | 'out';
/** Blocks of the improved one. `told` is the vector of what it is told; the others of that name are where residual blocks hear of it. */
type ImprovedBlock =
  'told' | 'init' | 'toldDown1' | 'down1' | 'toldDown2' | 'down2' | 'toldBottom' | 'bottom' | 'up1' | 'toldUp2' | 'up2' | 'out';
export type BlockName = AssignedBlock | ImprovedBlock;

/** Is given each block's output, [B, C, H, W] or [B, C], while the network is built; gives it back. */
export type Tap = (block: BlockName, value: Value) => Value;

/** Looks at nothing. */
export const untapped: Tap = (_, value) => value;
