import { StudioError, toErrorInfo } from '#contract/error.ts';
import type { Reply } from '#contract/link.ts';
import type { Studio } from '#contract/studio.ts';

/** Asks the studio, and puts its answer or its error into the form that crosses. */
export const answer = (studio: Studio, name: string, input: unknown): Promise<Reply> =>
  replyTo(name, () => studio.call(name, input));

/** What came of some work of the studio, in the form that crosses. What isn't a StudioError is logged: it is a defect. */
export async function replyTo(what: string, work: () => Promise<unknown>): Promise<Reply> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!(error instanceof StudioError)) console.error(`${what} failed:`, error);
    return { ok: false, error: toErrorInfo(error) };
  }
}
