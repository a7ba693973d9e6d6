import { expect, it } from 'vitest';
import { createFrameGate } from './sample-job.ts';

it('lets four frames be on their way, and the next when one has arrived', async () => {
  const gate = createFrameGate();
  const passed: number[] = [];
  const all = Array.from({ length: 7 }, async (_, i) => {
    await gate.pass();
    passed.push(i);
  });
  await Promise.all(all.slice(0, 4));
  expect(passed).toEqual([0, 1, 2, 3]);
  gate.received();
  await all[4];
  expect(passed).toEqual([0, 1, 2, 3, 4]);
  for (let i = 0; i < 6; i++) gate.received();
  await Promise.all(all);
  expect(passed).toHaveLength(7);
});
