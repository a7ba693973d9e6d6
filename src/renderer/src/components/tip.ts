import { useEventListener } from '@vueuse/core';
import { onScopeDispose, shallowReadonly, shallowRef, type Directive } from 'vue';
import type { Side } from './place-tip.ts';

/** What is told of a thing that is pointed at, or reached by the keyboard. */
export interface Tip {
  text: string;
  /** the key that does the same */
  keys?: string | undefined;
  side?: Side;
}
interface Shown {
  anchor: Element;
  tip: Tip;
}

/** milliseconds before the first one shows, and after which it goes: time to reach its text */
const DELAY = 400;
const STAYS = 120;
export const TIP_ID = 'tip';

// one tooltip serves all: a table has hundreds of things that have one
const tips = new WeakMap<Element, Tip>();
const shown = shallowRef<Shown>();

/** `v-tip="{ text, keys, side }"` gives an element a tooltip; undefined takes it away. */
export const vTip: Directive<Element, Tip | undefined> = {
  beforeMount: (element, { value }) => set(element, value),
  updated: (element, { value }) => set(element, value),
  beforeUnmount: (element) => set(element, undefined),
};
function set(element: Element, tip: Tip | undefined): void {
  if (tip === undefined) tips.delete(element);
  else tips.set(element, tip);
  if (shown.value?.anchor === element) show(tip && element);
}
function show(anchor: Element | undefined): void {
  const before = shown.value?.anchor;
  const tip = anchor && tips.get(anchor);
  shown.value = anchor && tip && { anchor, tip };
  if (before === shown.value?.anchor) return;
  if (before?.getAttribute('aria-describedby') === TIP_ID) before.removeAttribute('aria-describedby');
  // one that only repeats the name isn't read twice
  if (tip && tip.text !== anchor.ariaLabel && !anchor.hasAttribute('aria-describedby'))
    anchor.setAttribute('aria-describedby', TIP_ID);
}
function anchorOf(target: EventTarget | null): Element | undefined {
  let element = target instanceof Element ? target : null;
  while (element !== null && !tips.has(element)) element = element.parentElement;
  return element ?? undefined;
}

/** Which tooltip is shown now: follows the pointer and the keyboard over the whole window. */
export function useTips() {
  let pointed: Element | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (anchor: Element | undefined, after: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => show(anchor), after);
  };
  const hide = (): void => {
    clearTimeout(timer);
    show(undefined);
  };
  onScopeDispose(hide);

  useEventListener(document, 'pointerover', ({ target, pointerType }) => {
    if (pointerType === 'touch') return;
    if (target instanceof Element && target.closest(`#${TIP_ID}`) !== null) {
      clearTimeout(timer);
      return;
    }
    const anchor = anchorOf(target);
    if (anchor === pointed && (anchor !== undefined || shown.value === undefined)) return;
    pointed = anchor;
    if (anchor === undefined) soon(undefined, STAYS);
    else soon(anchor, shown.value === undefined ? DELAY : 0);
  });
  useEventListener(document.documentElement, 'pointerleave', () => {
    pointed = undefined;
    hide();
  });
  useEventListener(document, 'focusin', ({ target }) => {
    if (target instanceof Element && tips.has(target) && target.matches(':focus-visible')) soon(target, 0);
  });
  useEventListener(document, 'focusout', ({ target }) => {
    if (shown.value?.anchor === target) hide();
  });
  // what is pressed needs no more telling; nor does what moves away under the pointer
  useEventListener(document, ['pointerdown', 'click'], hide, { capture: true });
  useEventListener(document, 'keydown', ({ key }) => key === 'Escape' && hide(), { capture: true });
  useEventListener(
    document,
    'scroll',
    ({ target }) => target instanceof Node && shown.value && target.contains(shown.value.anchor) && hide(),
    { capture: true, passive: true },
  );
  useEventListener(window, 'blur', hide);
  return shallowReadonly(shown);
}
