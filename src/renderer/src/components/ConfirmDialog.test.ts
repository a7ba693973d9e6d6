// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useConfirm } from '../stores/confirm.ts';
import ConfirmDialog from './ConfirmDialog.vue';

const question = { title: 'Stop this run?', text: 'It keeps a checkpoint.', yes: 'Stop', no: 'Keep training', danger: false };
const buttons = () => [...document.querySelectorAll('button')];
const press = async (name: string) => {
  buttons()
    .find((b) => b.textContent.trim() === name)!
    .click();
  await flushPromises();
};

describe('the question', () => {
  let page: ReturnType<typeof mount>;
  beforeEach(() => {
    setActivePinia(createPinia());
    page = mount(ConfirmDialog, { attachTo: document.body });
  });
  afterEach(() => page.unmount());

  it.each([
    ['Stop', true],
    ['Keep training', false],
  ])('is answered by its button %s: %s', async (name, answer) => {
    const asked = useConfirm().ask(question);
    await flushPromises();
    expect(document.body.textContent).toContain('It keeps a checkpoint.');
    await press(name);
    expect(await asked).toBe(answer);
    expect(document.querySelector('[role=alertdialog]')).toBeNull();
  });

  it('has the focus on what was meant, and on the harmless button where something is lost', async () => {
    void useConfirm().ask(question);
    await flushPromises();
    expect(document.activeElement?.textContent.trim()).toBe('Stop');
    await press('Keep training');
    void useConfirm().ask({ ...question, yes: 'Delete', no: 'Keep', danger: true });
    await flushPromises();
    expect(document.activeElement?.textContent.trim()).toBe('Keep');
  });

  it('is a no when another question comes', async () => {
    const first = useConfirm().ask(question);
    void useConfirm().ask({ ...question, title: 'Another?' });
    expect(await first).toBe(false);
  });
});
