import { computed, onScopeDispose, ref, watch, type Ref } from 'vue';
import { StudioError } from '#contract/error.ts';
import type { CallInput } from '#contract/studio.ts';
import { useNotices } from '../stores/notices.ts';
import { useWalks } from '../stores/walks.ts';

/** The walk of a page, one at a time. It answers `question`: when that changes, or the page is left, it ends and goes. */
export function useWalk(question: Ref<CallInput<'playground.walk'> | undefined>) {
  const walks = useWalks();
  const notices = useNotices();
  const key = ref<number>();
  const walk = computed(() => (key.value === undefined ? undefined : walks.byKey.get(key.value)));
  const isAsking = ref(false);
  const isRunning = computed(() => isAsking.value || walk.value?.state.status === 'running');
  const frames = computed(() => walk.value?.frames ?? []);
  /** a share; undefined before the first moment */
  const done = computed(() =>
    walk.value === undefined || walk.value.of === 0 ? undefined : frames.value.length / walk.value.of,
  );

  function drop(): void {
    if (key.value !== undefined) walks.drop(key.value);
    key.value = undefined;
  }
  async function start(): Promise<void> {
    const asked = question.value;
    if (asked === undefined) return;
    drop();
    isAsking.value = true;
    const { key: mine, started } = walks.start(asked);
    key.value = mine;
    await notices.attempt(started);
    isAsking.value = false;
  }
  async function cancel(): Promise<void> {
    if (key.value !== undefined) await notices.attempt(walks.cancel(key.value));
  }
  watch(question, drop);
  onScopeDispose(drop);
  watch(walk, (now) => {
    if (now?.state.status === 'failed') notices.report(StudioError.fromInfo(now.state.error));
  });
  return { frames, walk, done, isRunning, start, cancel };
}
