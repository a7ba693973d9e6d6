/** What this library on this machine can do, found out by trying. */
import { GraphBuilder, assembleProgram } from '../../graph/builder.ts';
import type { TensorFlow } from './library.ts';
import { openSession } from './session.ts';

/** Whether the library compiles functions for this device: some are built without XLA's compiler. */
export async function probeXla(tf: TensorFlow): Promise<boolean> {
  const graph = new GraphBuilder();
  const program = assembleProgram({ y: graph.gelu(graph.input('x', [2])) });
  try {
    const session = await openSession(tf, { program }, { images: 'float32', xla: true });
    try {
      await session.run('program', { x: Float32Array.of(0, 1) });
      return true;
    } finally {
      await session.dispose();
    }
  } catch {
    return false;
  }
}
