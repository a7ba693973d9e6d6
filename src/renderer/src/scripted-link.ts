import type { ImportOutcome } from '#contract/archive.ts';
import { toErrorInfo } from '#contract/error.ts';
import type { Link } from '#contract/link.ts';
import type { CallArguments, CallName, CallOutput, EventName, EventPayload } from '#contract/studio.ts';

type Script = { [K in CallName]?: (input: CallArguments<K>) => CallOutput<K> | Promise<CallOutput<K>> };

/** A studio for tests: it answers by a script, takes files as `importFile` says, remembers what it was asked, and tells events when the test says so. */
export function scriptedLink(script: Script, importFile?: (file: File) => ImportOutcome | Promise<ImportOutcome>) {
  const listeners = new Set<(name: string, payload: unknown) => void>();
  const asked: { name: string; input: unknown }[] = [];
  const link: Link = {
    async invoke(name, input) {
      asked.push({ name, input });
      const answer = script[name as CallName] as ((input: unknown) => unknown) | undefined;
      try {
        if (answer === undefined) throw new Error(`the script has no answer to ${name}`);
        return { ok: true, value: await answer(input) };
      } catch (error) {
        return { ok: false, error: toErrorInfo(error) };
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async importFile(file) {
      asked.push({ name: 'a file', input: file.name });
      try {
        if (importFile === undefined) throw new Error('the script takes no files');
        return { ok: true, value: await importFile(file) };
      } catch (error) {
        return { ok: false, error: toErrorInfo(error) };
      }
    },
  };
  return {
    link,
    asked,
    /** how often a call was asked */
    count: (name: CallName): number => asked.filter((a) => a.name === name).length,
    tell<K extends EventName>(name: K, payload: EventPayload<K>): void {
      for (const listener of listeners) listener(name, payload);
    },
  };
}
