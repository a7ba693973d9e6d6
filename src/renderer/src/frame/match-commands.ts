/** Something the palette can do. */
export interface Command {
  id: string;
  label: string;
  /** said smaller behind it */
  detail?: string;
  /** what else it may be looked for by */
  also?: string;
}

/** How well a word of the question fits a text: at its start 3, at a word's start 2, anywhere 1, nowhere 0. */
function fit(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at < 0) return 0;
  if (at === 0) return 3;
  for (let i = at; i >= 0; i = text.indexOf(word, i + 1)) if (/[^\p{L}\p{N}]/u.test(text[i - 1]!)) return 2;
  return 1;
}

/**
 * The commands that hold every word of a question, best first; in their own order where they fit alike. What stands in
 * the label counts more than what stands behind it. Without a question, all of them.
 */
export function matchCommands<C extends Command>(commands: readonly C[], question: string): C[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...commands];
  return commands
    .map((command) => {
      const [label, behind] = [command.label.toLowerCase(), `${command.detail ?? ''} ${command.also ?? ''}`.toLowerCase()];
      let score = 0;
      for (const word of words) {
        const fits = 2 * fit(label, word) || Math.min(1, fit(behind, word));
        if (fits === 0) return { command, score: 0 };
        score += fits;
      }
      return { command, score };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
}
