import { defineStore } from 'pinia';
import { shallowReactive } from 'vue';
import { toErrorInfo } from '#contract/error.ts';

export interface Notice {
  id: number;
  tone: 'ok' | 'info' | 'bad';
  title: string;
  text?: string;
  /** what a press on the notice's button does */
  action?: { label: string; run: () => void };
}

/** Short notices at the bottom right. */
export const useNotices = defineStore('notices', () => {
  const list = shallowReactive<Notice[]>([]);
  let last = 0;

  function show(notice: Omit<Notice, 'id'>): void {
    list.push({ id: ++last, ...notice });
    // more than three would cover the page
    if (list.length > 3) list.shift();
  }
  function dismiss(id: number): void {
    const index = list.findIndex((n) => n.id === id);
    if (index >= 0) list.splice(index, 1);
  }
  /** Says what went wrong and what helps. */
  function report(error: unknown): void {
    const { message, hint } = toErrorInfo(error);
    show({ tone: 'bad', title: message, text: hint });
  }
  /** Waits for a request and reports its failure; undefined then. */
  async function attempt<T>(request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch (error) {
      report(error);
      return undefined;
    }
  }
  return { list, show, dismiss, report, attempt };
});
