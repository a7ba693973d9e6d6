/** The thread that ONNX Runtime computes on. */
import { serveCalls } from '../native-worker.ts';
import { OpenSessions } from '../thread-session.ts';
import type { Call } from './messages.ts';
import { NativeSession } from './native-session.ts';
import { loadOnnxRuntime } from './processor.ts';

const sessions = new OpenSessions();

serveCalls(async (call: Call) => {
  if (call.kind !== 'compile') return await sessions.answer(call);
  const { session, programs, vectors, threads } = call;
  sessions.add(session, await NativeSession.open(await loadOnnxRuntime(), programs, vectors, threads));
  return {};
});
