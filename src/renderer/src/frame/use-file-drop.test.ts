// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope } from 'vue';
import { useFileDrop } from './use-file-drop.ts';

const file = new File(['zip'], 'mine.fromnoise');
/** What hovers or is dropped: `Files` for those of the system. Gives whether the page took it. */
function drag(type: string, { types = ['Files'], files = [file], relatedTarget = null as EventTarget | null } = {}): boolean {
  const event = new Event(type, { bubbles: true, cancelable: true });
  Object.assign(event, { dataTransfer: { types, files, dropEffect: 'none' }, relatedTarget });
  document.body.dispatchEvent(event);
  return event.defaultPrevented;
}

describe('files over the window', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());
  function open() {
    const taken: File[][] = [];
    const scope = effectScope();
    const hovers = scope.run(() => useFileDrop((files) => void taken.push(files)))!;
    return { taken, hovers, close: () => scope.stop() };
  }

  it('hover until they are dropped', () => {
    const { taken, hovers, close } = open();
    expect([drag('dragenter'), drag('dragover'), hovers.value]).toEqual([true, true, true]);
    expect(drag('drop')).toBe(true);
    expect([hovers.value, taken]).toEqual([false, [[file]]]);
    close();
    expect(drag('drop')).toBe(false);
    expect(taken).toHaveLength(1);
  });

  it('hover from one element to the next, and not once they have left, told or not', () => {
    const { hovers, close } = open();
    drag('dragover');
    drag('dragleave', { relatedTarget: document.body });
    expect(hovers.value).toBe(true);
    drag('dragleave');
    expect(hovers.value).toBe(false);
    // an element that goes away while they are over it tells of no leaving; a drag that goes on tells of itself
    for (let i = 0; i < 5; i++) {
      drag('dragover');
      vi.advanceTimersByTime(500);
      expect(hovers.value).toBe(true);
    }
    vi.advanceTimersByTime(500);
    expect(hovers.value).toBe(false);
    close();
  });

  it('are not what is dragged within the page, or text', () => {
    const { taken, hovers, close } = open();
    expect(drag('dragover', { types: ['text/plain'] })).toBe(false);
    document.body.dispatchEvent(new Event('dragstart', { bubbles: true }));
    expect([drag('dragover'), drag('drop')]).toEqual([false, false]);
    expect([hovers.value, taken]).toEqual([false, []]);
    document.body.dispatchEvent(new Event('dragend', { bubbles: true }));
    expect(drag('dragover')).toBe(true);
    close();
  });
});
