import { importOutcomeSchema, type ImportOutcome } from './archive.ts';
import { errorSchema, StudioError, type ErrorInfo } from './error.ts';
import { calls, events, type CallInput, type CallName, type CallOutput, type EventName, type EventPayload } from './studio.ts';

/** How an answer crosses: a value, or the error in words. */
export type Reply = { ok: true; value: unknown } | { ok: false; error: ErrorInfo };

/** What a transport gives a window: the preload bridge (`window.studio`) and the WebSocket have exactly this shape. */
export interface Link {
  invoke(name: string, input: unknown): Promise<Reply>;
  /** Returns its unsubscribe. */
  listen(listener: (name: string, payload: unknown) => void): () => void;
  /** Takes in the run of a file that a person gave the window: its path crosses where there is one, else its bytes. */
  importFile(file: File): Promise<Reply>;
}

/** The studio as a window sees it: typed, checked on arrival, errors as StudioError. */
export interface StudioClient {
  call<K extends CallName>(
    name: K,
    ...input: undefined extends CallInput<K> ? [input?: CallInput<K>] : [input: CallInput<K>]
  ): Promise<CallOutput<K>>;
  /** Returns its unsubscribe. */
  on<K extends EventName>(name: K, listener: (payload: EventPayload<K>) => void): () => void;
  /** Takes in the run of a file. How far it is comes as events. */
  importFile(file: File): Promise<ImportOutcome>;
}

export function createClient(link: Link): StudioClient {
  const listeners = new Map<EventName, Set<(payload: never) => void>>();
  link.listen((name, payload) => {
    if (!Object.hasOwn(events, name)) return;
    const set = listeners.get(name as EventName);
    if (set === undefined || set.size === 0) return;
    const value = events[name as EventName].parse(payload) as never;
    for (const listener of [...set]) listener(value);
  });
  return {
    call: async (name, ...input) => calls[name].output.parse(valueOf(await link.invoke(name, input[0]))) as never,
    importFile: async (file) => importOutcomeSchema.parse(valueOf(await link.importFile(file))),
    on(name, listener) {
      let set = listeners.get(name);
      if (set === undefined) listeners.set(name, (set = new Set()));
      set.add(listener);
      return () => void set.delete(listener);
    },
  };
}

function valueOf(reply: Reply): unknown {
  if (!reply.ok) throw StudioError.fromInfo(errorSchema.parse(reply.error));
  return reply.value;
}
