/** A trained network, looked into: what each of its blocks makes of one image. */
import type { Executor, Tensors } from '../executors/executor.ts';
import { tappedProgram } from '../model/programs.ts';
import { foldBatchNorm } from '../model/state.ts';
import type { BlockName } from '../model/taps.ts';
import type { UnetSpec } from '../model/unet.ts';

/** What a block gives for one image: `channels` maps of side × side values, row by row; a vector's are of side 1. */
export interface FeatureMaps {
  block: BlockName;
  channels: number;
  side: number;
  values: Float32Array;
}

export interface Inspector {
  /** Of one image x [784], by conditioning t [1] and c [10]: every block's maps. Calls must not overlap. */
  inspect(x: Float32Array, t?: Float32Array, c?: Float32Array): Promise<FeatureMaps[]>;
  dispose(): Promise<void>;
}

/**
 * Opens a network to be looked into, in inference as openPredictor does. It is a program of its own, for one image, so that what
 * samples and denoises carries none of it. Throws an EngineError `checkpoint` when the state is another model's.
 */
export async function openInspector(executor: Executor, spec: UnetSpec, state: Tensors): Promise<Inspector> {
  const program = tappedProgram(spec, 1);
  const session = await executor.compile({ inspect: program });
  await session.load(foldBatchNorm(spec, state));
  return {
    async inspect(x, t, c) {
      const given = Object.entries({ x, t, c }).filter((input): input is [string, Float32Array] => input[1] !== undefined);
      const outputs = await session.run('inspect', Object.fromEntries(given));
      return Object.entries(program.outputs).map(([block, { shape }]) => {
        const [, channels = 1, side = 1] = shape; // [1, C, H, W] or [1, C]
        return { block: block as BlockName, channels, side, values: outputs[block]! };
      });
    },
    dispose: () => session.dispose(),
  };
}
