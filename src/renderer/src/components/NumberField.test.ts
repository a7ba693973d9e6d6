// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { defineComponent, h, nextTick, ref } from 'vue';
import NumberField from './NumberField.vue';

/** A field whose owner keeps what it is told. */
function open(initial: unknown, props: { step?: number; changed?: boolean; problem?: string } = {}) {
  const value = ref(initial);
  const told: unknown[] = [];
  let resets = 0;
  const owner = defineComponent({
    render: () =>
      h(NumberField, {
        label: 'Batch size',
        help: 'Digits per training step.',
        min: 1,
        max: 4096,
        ...props,
        value: value.value,
        onChange: (v: number | string) => {
          told.push(v);
          value.value = v;
        },
        onReset: () => resets++,
      }),
  });
  const page = mount(owner, { attachTo: document.body });
  const input = page.get<HTMLInputElement>('input');
  return { page, input, told, resets: () => resets };
}

describe('a number field', () => {
  it('groups thousands while it is looked at, and not while it is typed', async () => {
    const { input } = open(60_000);
    expect(input.element.value).toBe('60,000');
    input.element.focus();
    // at once, since a key may follow before the next frame
    expect(input.element.value).toBe('60000');
    expect([input.element.selectionStart, input.element.selectionEnd]).toEqual([0, 5]);
    await nextTick();
    input.element.blur();
    await nextTick();
    expect(input.element.value).toBe('60,000');
  });
  it('tells a number at every key, and the text where it is none', async () => {
    const { input, told } = open(256);
    await input.setValue('6');
    await input.setValue('64');
    await input.setValue('64x');
    expect(told).toEqual([6, 64, '64x']);
    expect(input.element.value).toBe('64x');
  });
  it('steps by arrows, ten times as far with Shift, within its range', async () => {
    const { input, told } = open(5);
    await input.trigger('keydown', { key: 'ArrowUp' });
    await input.trigger('keydown', { key: 'ArrowUp', shiftKey: true });
    for (let i = 0; i < 3; i++) await input.trigger('keydown', { key: 'ArrowDown', shiftKey: true });
    expect(told).toEqual([6, 16, 6, 1, 1]);
  });
  it('steps without rounding errors', async () => {
    const { input, told } = open(1.1, { step: 0.1 });
    await input.trigger('keydown', { key: 'ArrowUp' });
    await input.trigger('keydown', { key: 'ArrowUp' });
    expect(told).toEqual([1.2, 1.3]);
  });
  it('is named, ranged and described for those who do not see it', () => {
    const { page, input } = open(5);
    expect(page.get('label').attributes('for')).toBe(input.attributes('id'));
    expect(input.attributes()).toMatchObject({
      role: 'spinbutton',
      'aria-valuenow': '5',
      'aria-valuemin': '1',
      'aria-valuemax': '4096',
    });
    expect(page.get(`#${input.attributes('aria-describedby')!}`).text()).toBe('Digits per training step.');
  });
  it('shows what is wrong under it', () => {
    const { page, input } = open(0, { problem: 'batchSize is 0; it must be a whole number from 1 to 4096' });
    expect(input.attributes('aria-invalid')).toBe('true');
    expect(page.get(`#${input.attributes('aria-describedby')!}`).text()).toContain('from 1 to 4096');
    expect(page.get('[role=alert]').text()).toContain('batchSize is 0');
  });
  it('offers the way back to the preset only when it was changed', async () => {
    expect(open(5).page.find('button').exists()).toBe(false);
    const { page, resets } = open(7, { changed: true });
    await page.get('button[aria-label="Reset Batch size"]').trigger('click');
    expect(resets()).toBe(1);
  });
});
