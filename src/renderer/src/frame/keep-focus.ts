import { onScopeDispose } from 'vue';
import type { Router } from 'vue-router';

const FOCUSABLE = 'a[href], button, input, select, textarea, [tabindex]';
const isFocusable = (element: Element | undefined): element is HTMLElement =>
  element instanceof HTMLElement && element.matches(FOCUSABLE) && !element.matches(':disabled');
/** The notices: they lie over the page, and leave it to it when they go. */
const LAYER = '[data-layer]';
/** The notices' list takes the focus itself when the one goes that had it; without any it is no place to be. */
const isLeft = (element: Element): boolean => element.matches(LAYER) && element.childElementCount === 0;
const hasNothing = (): boolean =>
  document.activeElement === null || document.activeElement === document.body || isLeft(document.activeElement);

/** Whether it took the focus: what isn't shown does not. The view stays where it is. */
function take(element: HTMLElement | undefined): boolean {
  element?.focus({ preventScroll: true });
  return element !== undefined && document.activeElement === element;
}

/** Gives the focus to the page's name, which a screen reader then reads; Tab goes on from there. */
function focusHeading(): void {
  const main = document.querySelector<HTMLElement>('main');
  const heading = main?.querySelector<HTMLElement>('h1');
  if (heading != null) heading.tabIndex = -1;
  if (!take(heading ?? undefined)) take(main ?? undefined);
}

/** Shows a section of the page by its id, and gives the focus to its name: Tab goes on inside it. False where it isn't there. */
export function focusSection(id: string): boolean {
  const section = document.getElementById(id);
  if (section === null) return false;
  section.scrollIntoView({ block: 'start' });
  const name = document.getElementById(section.getAttribute('aria-labelledby') ?? '') ?? section;
  name.tabIndex = -1;
  take(name);
  return true;
}

/** Places among siblings that lead from `root` down to `element`. */
function pathWithin(root: Element, element: Element): number[] {
  const path: number[] = [];
  for (let at = element; at !== root; at = at.parentElement!) path.unshift([...at.parentElement!.children].indexOf(at));
  return path;
}
const follow = (root: Element, path: readonly number[]): Element | undefined =>
  path.reduce<Element | undefined>((at, index) => at?.children[index], root);

/** The sibling of a node that is an element, on one side. */
function elementBeside(node: Node | null, side: 'nextSibling' | 'previousSibling'): Element | undefined {
  for (let at = node; at !== null; at = at[side]) if (at instanceof Element) return at;
  return undefined;
}

/** Where an element that is gone had its place: what stood around it, as it is now, and the way to it in what went. */
interface Gap {
  parent: Element;
  after: Element | undefined;
  before: Element | undefined;
  path: readonly number[];
}
function gapOf(records: readonly MutationRecord[], gone: Element): Gap | undefined {
  for (let at = gone; ;) {
    let root = at;
    while (root.parentElement !== null) root = root.parentElement;
    const record = records.findLast(({ removedNodes }) => [...removedNodes].includes(root));
    if (record === undefined || !(record.target instanceof Element)) return undefined;
    const parent = record.target;
    if (!parent.isConnected) {
      at = parent;
      continue;
    }
    const { previousSibling, nextSibling } = record;
    const previous = previousSibling?.parentNode === parent ? previousSibling : null;
    const next = nextSibling?.parentNode === parent ? nextSibling : null;
    // what was put into its place stands right behind what stood before it; where that is gone too, before what stood behind it
    const first = previousSibling === null ? parent.firstChild : (previous?.nextSibling ?? null);
    return {
      parent,
      after: elementBeside(first ?? next, 'nextSibling'),
      before: elementBeside(previous, 'previousSibling'),
      path: root.contains(gone) ? pathWithin(root, gone) : [],
    };
  }
}

/** What nothing is near in: a page is called by its name. */
const WHOLE = `main, body, #app, ${LAYER}`;

/** Gives the focus to what stands in a gap now: the like of what is gone, else the nearest control; false where there is none. */
function fill({ parent, after, before, path }: Gap): boolean {
  for (const element of [after, before]) {
    const like = element && follow(element, path);
    if (isFocusable(like) && take(like)) return true;
  }
  const FOLLOWING = Node.DOCUMENT_POSITION_FOLLOWING;
  const isBehind = (element: Element): boolean => {
    if (after !== undefined) return after.contains(element) || (after.compareDocumentPosition(element) & FOLLOWING) !== 0;
    const place = before ?? parent;
    return !place.contains(element) && (place.compareDocumentPosition(element) & FOLLOWING) !== 0;
  };
  for (let around: Element | null = parent; around !== null && !around.matches(WHOLE); around = around.parentElement) {
    const controls = [...around.querySelectorAll(FOCUSABLE)].filter(isFocusable).filter(({ tabIndex }) => tabIndex >= 0);
    const behind = controls.filter(isBehind);
    const ahead = controls.filter((control) => !isBehind(control)).reverse();
    if ([...behind, ...ahead].some(take)) return true;
  }
  return false;
}

/**
 * Keeps the focus on the page when what has it goes: a row that is deleted, a button that another takes the place of or that
 * waits for an answer, a dialog whose button is gone, a page that another follows. Where nothing stands in its place, the
 * page's heading has it. For who goes by the keyboard: with a pointer nobody looks for the focus, and a press beside all
 * controls lets go of it.
 */
export function useKeptFocus(router: Router): void {
  /** what had the focus last, anywhere, and below the dialogs */
  let last: HTMLElement | undefined;
  let lastOnPage: HTMLElement | undefined;
  function onFocus({ target }: FocusEvent): void {
    if (!(target instanceof HTMLElement) || target === document.body) return;
    last = target;
    if (target.closest('#app') !== null && target.closest(LAYER) === null) lastOnPage = target;
  }
  let byKeys = false;
  function onKey(): void {
    if (byKeys) return;
    byKeys = true;
    // to be told of every change takes time of a table that scrolls
    observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
  }
  function onPress(): void {
    byKeys = false;
    observer.disconnect();
    last = lastOnPage = undefined;
  }

  const observer = new MutationObserver((records) => {
    const lost = last;
    if (lost === undefined || !hasNothing()) return;
    // what follows is done a moment later: on its way from one control to another the focus is nowhere, and a dialog gives it
    // back by itself
    const goBack = (): void => {
      if (lastOnPage?.isConnected !== true || !isFocusable(lastOnPage) || !take(lastOnPage)) focusHeading();
    };
    if (lost.isConnected) {
      if (isLeft(lost)) setTimeout(() => last === lost && hasNothing() && goBack());
      // it was disabled while it had the focus, and is not any more
      if (records.some(({ type, target }) => type === 'attributes' && target === lost))
        setTimeout(() => last === lost && hasNothing() && isFocusable(lost) && take(lost));
      return;
    }
    const gap = gapOf(records, lost);
    setTimeout(() => {
      if (last !== lost || !hasNothing()) return;
      if (gap !== undefined && fill(gap)) return;
      goBack();
    });
  });
  document.addEventListener('focusin', onFocus);
  document.addEventListener('pointerdown', onPress, true);
  document.addEventListener('keydown', onKey, true);

  const off = router.afterEach((to, from, failure) => {
    // the first page is where one begins; a section takes the focus itself
    if (failure !== undefined || to.path === from.path || from.path === '/' || from.matched.length === 0 || to.hash !== '')
      return;
    setTimeout(() => {
      if (hasNothing() || document.querySelector('main')?.contains(document.activeElement) === true) focusHeading();
    });
  });
  onScopeDispose(() => {
    off();
    observer.disconnect();
    document.removeEventListener('focusin', onFocus);
    document.removeEventListener('pointerdown', onPress, true);
    document.removeEventListener('keydown', onKey, true);
  });
}
