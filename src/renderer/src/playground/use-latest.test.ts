// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { effectScope, shallowRef } from 'vue';
import { useLatest } from './use-latest.ts';

function open() {
  const question = shallowRef<number>();
  const asked: number[] = [];
  const waiting: PromiseWithResolvers<string>[] = [];
  const scope = effectScope();
  const latest = scope.run(() =>
    useLatest(question, (q) => {
      asked.push(q);
      const answer = Promise.withResolvers<string>();
      waiting.push(answer);
      return answer.promise;
    }),
  )!;
  const put = async (q: number | undefined) => {
    question.value = q;
    await flushPromises();
  };
  const reply = async (text: string) => {
    waiting.shift()!.resolve(text);
    await flushPromises();
  };
  return { put, reply, asked, waiting, scope, ...latest };
}

describe('the latest answer', () => {
  it('skips the questions that came while another one was on its way, but never the newest', async () => {
    const { put, reply, asked, waiting, answer, latency } = open();
    for (const q of [1, 2, 3, 4]) await put(q);
    expect([asked, waiting.length]).toEqual([[1], 1]);
    await reply('one');
    expect([asked, answer.value, typeof latency.value]).toEqual([[1, 4], 'one', 'number']);
    await reply('four');
    expect([asked, answer.value, waiting.length]).toEqual([[1, 4], 'four', 0]);
    await put(5);
    expect(asked).toEqual([1, 4, 5]);
  });

  it('is nothing once nothing is asked', async () => {
    const { put, reply, answer, asked } = open();
    await put(1);
    await put(undefined);
    await reply('late');
    expect(answer.value).toBeUndefined();
    await put(2);
    await reply('two');
    expect([asked, answer.value]).toEqual([[1, 2], 'two']);
  });

  it('goes on after a failure, which it tells until an answer comes', async () => {
    const { put, reply, waiting, answer, error } = open();
    await put(1);
    waiting.shift()!.reject(new Error('broken'));
    await flushPromises();
    expect(String(error.value)).toContain('broken');
    await put(2);
    await reply('two');
    expect([answer.value, error.value]).toEqual(['two', undefined]);
  });

  it('asks no more when its place is left', async () => {
    const { put, reply, asked, scope } = open();
    await put(1);
    await put(2);
    scope.stop();
    await reply('one');
    expect(asked).toEqual([1]);
  });
});
