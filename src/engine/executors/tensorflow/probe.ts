/** What this library on this machine can do, found out by trying. */
import { assembleProgram, GraphBuilder } from '../../graph/builder.ts';
import type { Program } from '../../graph/graph.ts';
import type { Session } from '../executor.ts';
import type { Lowered } from './saved-model.ts';

type Compile = (programs: { probe: Program }, options: Lowered) => Promise<Session<'probe'>>;

/** Whether the library compiles functions for this device: some are built without XLA's compiler. */
export async function probeXla(compile: Compile): Promise<boolean> {
  const graph = new GraphBuilder();
  const probe = assembleProgram({ y: graph.gelu(graph.input('x', [2])) });
  try {
    const session = await compile({ probe }, { images: 'float32', xla: true });
    try {
      await session.run('probe', { x: Float32Array.of(0, 1) });
      return true;
    } finally {
      await session.dispose();
    }
  } catch {
    return false;
  }
}
