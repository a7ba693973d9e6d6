// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import type { CallInput } from '#contract/studio.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { useNotices } from '../stores/notices.ts';
import { useWalk } from './use-walk.ts';

const question = (from: number): CallInput<'playground.walk'> => ({ kind: 'between', run: 'a', epoch: 1, from, to: 9, count: 2 });
const frame = (job: number, index: number) => ({ job, index, of: 4, t: 1, x: new Float32Array(784), x0: new Float32Array(784) });

function open() {
  let job = 0;
  const scripted = scriptedLink({ 'playground.walk': () => ({ job: ++job }), 'playground.cancel': () => undefined });
  openStudio(scripted.link);
  const asked = ref(question(1));
  const scope = effectScope();
  const walk = scope.run(() => useWalk(asked))!;
  const cancelled = () => scripted.asked.filter(({ name }) => name === 'playground.cancel').map(({ input }) => input);
  return { scripted, asked, scope, walk, cancelled };
}

describe('a walk of the playground', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('shows each moment as it comes, and how far it is', async () => {
    const { scripted, walk } = open();
    await walk.start();
    expect([walk.isRunning.value, walk.done.value]).toEqual([true, undefined]);
    scripted.tell('playground.frame', frame(1, 0));
    expect([walk.frames.value.length, walk.done.value]).toEqual([1, 0.25]);
    scripted.tell('playground.ended', { job: 1, status: 'done' });
    expect([walk.isRunning.value, walk.frames.value.length]).toEqual([false, 1]);
  });

  it('keeps what had come when it is cancelled', async () => {
    const { scripted, walk, cancelled } = open();
    await walk.start();
    scripted.tell('playground.frame', frame(1, 0));
    await walk.cancel();
    expect(cancelled()).toEqual([{ job: 1 }]);
    scripted.tell('playground.ended', { job: 1, status: 'cancelled' });
    expect([walk.isRunning.value, walk.frames.value.length]).toEqual([false, 1]);
  });

  it('ends and goes when its question changes, and when the page is left', async () => {
    const { scripted, asked, scope, walk, cancelled } = open();
    await walk.start();
    scripted.tell('playground.frame', frame(1, 0));
    asked.value = question(2);
    await nextTick();
    expect([walk.frames.value, cancelled()]).toEqual([[], [{ job: 1 }]]);
    await walk.start();
    scope.stop();
    expect(cancelled()).toEqual([{ job: 1 }, { job: 2 }]);
  });

  it('says why it failed', async () => {
    const { scripted, walk } = open();
    await walk.start();
    const error = { code: 'trainer', message: 'The process died.', hint: 'Try it again.' };
    scripted.tell('playground.ended', { job: 1, status: 'failed', error });
    await nextTick();
    expect(useNotices().list.map(({ title }) => title)).toEqual(['The process died.']);
  });
});
