import type { Run } from '#contract/run.ts';

/** Tags out of a line of text: separated by commas, each once, no longer than they may be. */
export const parseTags = (text: string): string[] =>
  [...new Set(text.split(',').map((tag) => tag.trim().replace(/\s+/g, ' ').slice(0, 40).trim()))].filter(Boolean).slice(0, 20);

/** Every tag of the library, the most used first. */
export function tagsOf(runs: readonly Run[]): string[] {
  const uses = new Map<string, number>();
  for (const { tags } of runs) for (const tag of tags) uses.set(tag, (uses.get(tag) ?? 0) + 1);
  return [...uses].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([tag]) => tag);
}
