// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineComponent, h, nextTick, ref } from 'vue';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';
import { focusSection, useKeptFocus } from './keep-focus.ts';

let unmount = (): void => undefined;
let router: Router;
beforeEach(() => {
  router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:page(.*)', component: { render: () => null } }],
  });
});
afterEach(() => {
  unmount();
  document.body.innerHTML = '';
});
/** Shows a page whose heading is “Runs” with what is drawn in it, beside a sidebar. */
function show(draw: () => unknown): void {
  const app = document.createElement('div');
  app.id = 'app';
  document.body.append(app);
  const Page = defineComponent(() => {
    useKeptFocus(router);
    return () =>
      h('div', [
        h('aside', [h('a', { href: '#x', id: 'side' }, 'Side')]),
        h('main', { tabindex: -1 }, [h('div', [h('h1', 'Runs'), draw() as never])]),
      ]);
  });
  const page = mount(Page, { attachTo: app });
  unmount = () => page.unmount();
}
const focused = (): string => document.activeElement?.textContent ?? '';
/** as by Tab */
function focus(id: string): void {
  document.body.dispatchEvent(new Event('keydown', { bubbles: true }));
  document.getElementById(id)!.focus();
}
/** until what was changed is drawn, and what follows from it has been done */
async function settled(): Promise<void> {
  await nextTick();
  await new Promise((done) => setTimeout(done, 20));
}
const row = (name: string) =>
  h('tr', { key: name }, [
    h('td', h('button', { id: `select-${name}` }, `Select ${name}`)),
    h('td', h('button', { id: `more-${name}` }, `More for ${name}`)),
  ]);

describe('the focus', () => {
  it('goes to the like of it in the next row when its row is deleted, after the last in the one before', async () => {
    const names = ref(['a', 'b', 'c']);
    show(() =>
      h(
        'table',
        h(
          'tbody',
          names.value.map((name) => row(name)),
        ),
      ),
    );
    focus('more-b');
    names.value = ['a', 'c'];
    await settled();
    expect(focused()).toBe('More for c');
    names.value = ['a'];
    await settled();
    expect(focused()).toBe('More for a');
    names.value = [];
    await settled();
    expect(focused()).toBe('Runs');
  });

  it.each([[[]], [['Before']]])('goes to the button that takes the place of its own, behind %j', async (before) => {
    const paused = ref(false);
    show(() =>
      h('header', [
        before.map((name) => h('button', { key: name }, name)),
        paused.value ? h('button', { key: 'resume' }, 'Resume') : h('button', { key: 'pause', id: 'pause' }, 'Pause'),
        h('button', 'Stop'),
      ]),
    );
    focus('pause');
    paused.value = true;
    await settled();
    expect(focused()).toBe('Resume');
  });

  it('goes to the control behind it where nothing takes its place, else to the one before', async () => {
    const left = ref(['First', 'Second', 'Third']);
    show(() =>
      h('div', [
        h('button', 'Before'),
        h(
          'p',
          left.value.map((name) => h('button', { key: name, id: name }, name)),
        ),
        h('button', { disabled: true }, 'Not now'),
      ]),
    );
    focus('Second');
    left.value = ['First', 'Third'];
    await settled();
    expect(focused()).toBe('Third');
    left.value = [];
    await settled();
    expect(focused()).toBe('Before');
  });

  it('goes on, rather than back to the top, from a part of the page that goes as a whole', async () => {
    const there = ref(true);
    show(() =>
      h('div', [
        h('button', 'Before'),
        there.value ? h('span', { key: 'part' }, h('button', { id: 'gone' }, 'Gone')) : null,
        h('i', 'words'),
        h('button', 'Behind'),
      ]),
    );
    focus('gone');
    there.value = false;
    await settled();
    expect(focused()).toBe('Behind');
  });

  it('is left where it is going while something changes in what had it', async () => {
    const lines = ref(1);
    show(() =>
      h(
        'div',
        { id: 'pad', tabindex: 0 },
        Array.from({ length: lines.value }, (_, i) => h('i', i)),
      ),
    );
    focus('pad');
    document.getElementById('pad')!.blur();
    lines.value = 2;
    await settled();
    expect(document.activeElement).toBe(document.body);
  });

  it('is let go of with a pointer: nobody looks for it', async () => {
    const there = ref(true);
    show(() => h('div', [there.value ? h('button', { id: 'gone' }, 'Gone') : null, h('button', 'Other')]));
    document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }));
    document.getElementById('gone')!.focus();
    there.value = false;
    await settled();
    expect(document.activeElement).toBe(document.body);
  });

  it('comes back to a button that was disabled while it waited', async () => {
    const busy = ref(false);
    show(() => h('button', { id: 'train', disabled: busy.value }, 'Train'));
    focus('train');
    // as Chromium does with what is disabled, where a test's document does not
    document.getElementById('train')!.blur();
    busy.value = true;
    await settled();
    busy.value = false;
    await settled();
    expect(focused()).toBe('Train');
  });

  it('goes back to the page when a dialog is gone that was opened from it', async () => {
    const open = ref(false);
    show(() => h('button', { id: 'trash' }, 'Trash'));
    focus('trash');
    const dialog = document.createElement('div');
    dialog.innerHTML = '<button id="close">Close</button>';
    document.body.append(dialog);
    focus('close');
    open.value = true;
    dialog.remove();
    await settled();
    expect(focused()).toBe('Trash');
  });

  it.each(['undo', 'list'])('goes back to the page when a notice is gone that it was in, or in their list: %s', async (id) => {
    const notice = ref(true);
    show(() => [
      h('button', { id: 'more' }, 'More'),
      h('button', 'Last'),
      h(
        'ol',
        { 'data-layer': '', id: 'list', tabindex: -1 },
        notice.value ? h('li', h('button', { id: 'undo' }, 'Undo')) : undefined,
      ),
    ]);
    focus('more');
    focus(id);
    notice.value = false;
    await settled();
    expect(focused()).toBe('More');
  });

  it('goes to the heading of a page that follows, but stays in the sidebar', async () => {
    show(() => h('button', { id: 'open' }, 'Open run'));
    await router.push('/runs');
    focus('open');
    await router.push('/runs/a');
    await settled();
    expect(focused()).toBe('Runs');
    focus('side');
    await router.push('/runs');
    await settled();
    expect(focused()).toBe('Side');
  });

  it('stays nowhere when a person pressed beside all controls', async () => {
    const there = ref(true);
    show(() => (there.value ? h('button', { id: 'gone' }, 'Gone') : h('i')));
    focus('gone');
    document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }));
    (document.activeElement as HTMLElement).blur();
    there.value = false;
    await settled();
    expect(document.activeElement).toBe(document.body);
  });

  it('is given to a section that is asked for, where it is there', () => {
    show(() => h('section', { id: 'results' }, 'Results'));
    expect(focusSection('results')).toBe(true);
    expect(focused()).toBe('Results');
    expect(focusSection('elsewhere')).toBe(false);
  });
});
