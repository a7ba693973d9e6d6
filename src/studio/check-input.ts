import { inspect } from 'node:util';
import * as z from 'zod/mini';
import { StudioError } from '#contract/error.ts';
import { calls, type CallName } from '#contract/studio.ts';

// the problems that zod finds, in words
z.config(z.locales.en());

const isCall = (name: string): name is CallName => Object.hasOwn(calls, name);

/** The call and its input as the contract has them. Throws a StudioError `bad-input` that names the call, the field and its value. */
export function checkCall(name: string, input: unknown): { name: CallName; input: unknown } {
  if (!isCall(name))
    throw new StudioError(
      'bad-input',
      `There is no call ${quote(name)}.`,
      'The page and the studio may be of different versions: reload the page.',
    );
  const parsed = z.safeParse(calls[name].input, input);
  if (parsed.success) return { name, input: parsed.data };
  const problems = parsed.error.issues.map((issue) => {
    // a recipe's own problems name their fields
    if (issue.code === 'custom') return issue.message;
    const value = issue.path.reduce<unknown>((at, key) => (isRecord(at) ? at[String(key)] : undefined), input);
    const field = issue.path.length === 0 ? 'the input' : issue.path.join('.');
    return `${field} is ${quote(value)}: ${issue.message}`;
  });
  throw new StudioError('bad-input', `${name}: ${problems.join('; ')}.`, 'Correct the value and try again.');
}

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null;

const LONGEST_QUOTE = 80;
function quote(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 0, breakLength: Infinity });
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}
