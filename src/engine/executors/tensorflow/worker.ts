/** The thread that TensorFlow computes on. */
import type { Tensors } from '../executor.ts';
import { serveCalls } from '../native-worker.ts';
import { OpenSessions } from '../thread-session.ts';
import { loadTensorFlow, type TensorFlow } from './library.ts';
import type { Call, Start, Started } from './messages.ts';
import { NativeSession } from './native-session.ts';

let tf: TensorFlow | undefined;
const sessions = new OpenSessions();

serveCalls(async (call: Start | Call): Promise<Tensors | Started> => {
  if (call.kind === 'start') {
    tf = loadTensorFlow(call.options);
    return { version: tf.backend().binding.TF_Version };
  }
  if (tf === undefined) throw new Error(`${call.kind} before start`);
  if (call.kind !== 'compile') return await sessions.answer(call);
  sessions.add(call.session, await NativeSession.open(tf, call.lowered));
  return {};
});
