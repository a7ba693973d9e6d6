import { readonly, ref } from 'vue';
import type { Settings } from '#contract/settings.ts';

export type Theme = Settings['theme'];

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
let chosen: Theme = 'system';
const shown = ref<'light' | 'dark'>(document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light');
/** What is on screen now, for what reads colours itself: charts. */
export const shownTheme = readonly(shown);

function paint(): void {
  const dark = chosen === 'dark' || (chosen === 'system' && systemIsDark.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  shown.value = dark ? 'dark' : 'light';
}
systemIsDark.addEventListener('change', paint);

/** Shows a theme. */
export function showTheme(theme: Theme): void {
  chosen = theme;
  paint();
}
