import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';

/**
 * Answers to a question that changes faster than it is answered: while one is on its way only the newest of those that come
 * meanwhile is kept, and asked when it is back. `undefined` asks nothing and clears the answer.
 */
export function useLatest<Q, A>(question: Ref<Q | undefined>, ask: (question: Q) => Promise<A>) {
  const answer = shallowRef<A>();
  const error = shallowRef<unknown>();
  /** from the question to its answer, in milliseconds */
  const latency = ref<number>();
  /** a question is on its way */
  const busy = ref(false);
  const leaving = new AbortController();
  onScopeDispose(() => leaving.abort());

  async function work(): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    const next = (before?: Q): Q | undefined =>
      leaving.signal.aborted || question.value === before ? undefined : question.value;
    for (let asked = next(); asked !== undefined; asked = next(asked)) {
      const began = performance.now();
      try {
        const given = await ask(asked);
        // what has been cleared meanwhile stays so
        if (question.value !== undefined) [answer.value, error.value] = [given, undefined];
        latency.value = performance.now() - began;
      } catch (thrown) {
        error.value = thrown;
      }
    }
    busy.value = false;
  }
  watch(
    question,
    (now) => {
      if (now === undefined) answer.value = error.value = undefined;
      else void work();
    },
    { immediate: true },
  );
  return { answer, error, latency, busy };
}
