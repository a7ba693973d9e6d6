// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { h, ref, type Component } from 'vue';
import Checkbox from './Checkbox.vue';
import Dialog from './Dialog.vue';
import EmptyState from './EmptyState.vue';
import Menu from './Menu.vue';
import type { MenuEntry } from './menu.ts';
import Segmented from './Segmented.vue';
import Select from './Select.vue';
import Slider from './Slider.vue';
import SliderField from './SliderField.vue';
import Tabs from './Tabs.vue';
import TextField from './TextField.vue';

let unmount = (): void => undefined;
afterEach(() => unmount());

/** Shows a component whose owner keeps what it is told as its model. */
function show(component: Component, initial: unknown, props: Record<string, unknown>, slots = {}) {
  const value = ref<unknown>(initial);
  const page = mount(
    {
      render: () =>
        h(
          component,
          { ...props, modelValue: value.value, 'onUpdate:modelValue': (next: unknown) => (value.value = next) },
          slots,
        ),
    },
    { attachTo: document.body },
  );
  unmount = () => page.unmount();
  return { page, value };
}
const named = (role: string, name: string): HTMLElement =>
  [...document.querySelectorAll<HTMLElement>(`[role=${role}]`)].find(
    (e) => (e.getAttribute('aria-label') ?? e.textContent).trim() === name,
  )!;
const pointer = (type: string): PointerEvent => new PointerEvent(type, { bubbles: true, button: 0, pointerType: 'mouse' });

describe('a select', () => {
  const choices = [
    { value: 'linear', label: 'Linear' },
    { value: 'cosine', label: 'Cosine' },
    { value: 'none', label: 'None', disabled: true },
  ];
  it('opens from the keyboard on what is chosen, and tells what is chosen then', async () => {
    const { page, value } = show(Select, 'linear', { label: 'Schedule', choices });
    const trigger = page.get('[role=combobox]');
    expect([trigger.attributes('aria-label'), trigger.text()]).toEqual(['Schedule', 'Linear']);
    await trigger.trigger('keydown', { key: 'ArrowDown' });
    await flushPromises();
    const options = [...document.querySelectorAll('[role=option]')];
    expect(options.map((o) => o.getAttribute('aria-selected'))).toEqual(['true', 'false', 'false']);
    options[1]!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    await flushPromises();
    expect([value.value, trigger.text()]).toEqual(['cosine', 'Cosine']);
  });
  it('brings no style element, which the page’s policy would refuse', async () => {
    const { page } = show(Select, 'linear', { label: 'Schedule', choices });
    await page.get('[role=combobox]').trigger('keydown', { key: 'ArrowDown' });
    await flushPromises();
    expect(document.body.querySelector('[role=listbox]')).not.toBeNull();
    expect(document.body.querySelector('style')).toBeNull();
  });
});

describe('a slider', () => {
  it('steps by arrows, ten times as far with Shift, and says its value', async () => {
    const { page, value } = show(Slider, 5, { label: 'Epoch', min: 1, max: 20, spoken: 'epoch 5 of 20' });
    await flushPromises();
    const thumb = page.get('[role=slider]');
    expect([thumb.attributes('aria-label'), thumb.attributes('aria-valuetext')]).toEqual(['Epoch', 'epoch 5 of 20']);
    await thumb.trigger('keydown', { key: 'ArrowRight' });
    expect(value.value).toBe(6);
    await thumb.trigger('keydown', { key: 'ArrowRight', shiftKey: true });
    expect(value.value).toBe(16);
    await thumb.trigger('keydown', { key: 'End' });
    expect(value.value).toBe(20);
  });
  it('under a field stays within its own reach, and the field takes more', async () => {
    const { page } = show(SliderField, undefined, {
      label: 'Guidance',
      help: 'γ',
      value: 40,
      min: -100,
      max: 100,
      slideMin: 0,
      slideMax: 10,
    });
    await flushPromises();
    expect(page.get('[role=slider]').attributes('aria-valuenow')).toBe('10');
    expect(page.get('input').element.value).toBe('40');
  });
});

describe('choices', () => {
  it('that are not to be had can not be chosen', async () => {
    const { value } = show(Segmented, 'ddpm', {
      label: 'Sampler',
      choices: [
        { value: 'ddpm', label: 'DDPM' },
        { value: 'euler', label: 'Euler', disabled: true },
      ],
    });
    named('radio', 'Euler').click();
    await flushPromises();
    expect(value.value).toBe('ddpm');
  });
  it('of yes or no follow their words', async () => {
    const { page, value } = show(Checkbox, false, { label: 'Loop' });
    expect(page.get('label').attributes('for')).toBe(page.get('[role=checkbox]').attributes('id'));
    await page.get('[role=checkbox]').trigger('click');
    expect(value.value).toBe(true);
  });
  it('of tabs show their own pane', async () => {
    const tabs = [
      { value: 'loss', label: 'Loss' },
      { value: 'log', label: 'Log', count: 3 },
    ];
    const { page, value } = show(Tabs, 'loss', { label: 'Views', tabs }, { loss: () => 'the curve', log: () => 'the lines' });
    expect(page.get('[role=tabpanel]').text()).toBe('the curve');
    await page.findAll('[role=tab]')[1]!.trigger('mousedown', { button: 0 });
    expect([value.value, page.get('[role=tabpanel][data-state=active]').text()]).toEqual(['log', 'the lines']);
  });
});

describe('a menu', () => {
  it('does what was chosen, and not what is disabled', async () => {
    const [rename, remove] = [vi.fn(), vi.fn()];
    const entries: MenuEntry[] = [
      { label: 'Rename', run: rename },
      'line',
      { label: 'Delete', danger: true, disabled: true, run: remove },
    ];
    const slots = { default: (trigger: object) => h('button', trigger, 'More') };
    const page = mount(Menu, { props: { entries: () => entries }, slots, attachTo: document.body });
    unmount = () => page.unmount();
    document.querySelector('button')!.dispatchEvent(new MouseEvent('click', { bubbles: true, button: 0 }));
    await flushPromises();
    expect(document.querySelectorAll('[role=separator]')).toHaveLength(1);
    named('menuitem', 'Delete').click();
    named('menuitem', 'Rename').click();
    expect([rename.mock.calls.length, remove.mock.calls.length]).toEqual([1, 0]);
  });
});

describe('a line of text', () => {
  it('is emptied by Escape and by its button, and by Escape alone passes it on', async () => {
    const { page, value } = show(TextField, 'cosine', { label: 'Filter runs' });
    const input = page.get('input');
    const passed = vi.fn();
    (page.element as HTMLElement).parentElement!.addEventListener('keydown', passed);
    await input.trigger('keydown', { key: 'Escape' });
    expect([value.value, passed.mock.calls.length]).toEqual(['', 0]);
    await input.trigger('keydown', { key: 'Escape' });
    expect(passed).toHaveBeenCalledOnce();
    await input.setValue('width');
    await page.get('[aria-label="Clear filter runs"]').trigger('click');
    expect([value.value, document.activeElement === input.element]).toEqual(['', true]);
  });
});

describe('a dialog', () => {
  const open = async (kind: 'dialog' | 'alertdialog') => {
    const opened = ref(true);
    const page = mount(
      {
        render: () =>
          h(
            Dialog,
            { open: opened.value, 'onUpdate:open': (now: boolean) => (opened.value = now), title: 'Shortcuts', kind },
            { default: () => h('p', 'the keys') },
          ),
      },
      { attachTo: document.body },
    );
    unmount = () => page.unmount();
    await flushPromises();
    return opened;
  };
  it('is named by its title and closed by Escape', async () => {
    const opened = await open('dialog');
    const dialog = document.querySelector('[role=dialog]')!;
    expect(document.getElementById(dialog.getAttribute('aria-labelledby')!)?.textContent).toBe('Shortcuts');
    dialog.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    await flushPromises();
    expect(opened.value).toBe(false);
  });
  it('that asks stays when the page beside it is pressed', async () => {
    const opened = await open('alertdialog');
    document.body.dispatchEvent(pointer('pointerdown'));
    await flushPromises();
    expect(opened.value).toBe(true);
    expect(document.querySelector('[role=alertdialog] [aria-label=Close]')).toBeNull();
  });
});

describe('an empty place', () => {
  it('says what is missing and offers ways on', () => {
    const { page } = show(
      EmptyState,
      undefined,
      { title: 'No samples yet', text: 'They come later.' },
      { default: () => h('a', 'Train') },
    );
    expect(page.get('h2').text()).toBe('No samples yet');
    expect(page.get('a').text()).toBe('Train');
  });
});
