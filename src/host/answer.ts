import { StudioError, toErrorInfo } from '#contract/error.ts';
import type { Reply } from '#contract/link.ts';
import type { Studio } from '#contract/studio.ts';

/** Asks the studio, and puts its answer or its error into the form that crosses. What isn't a StudioError is logged: it is a defect. */
export async function answer(studio: Studio, name: string, input: unknown): Promise<Reply> {
  try {
    return { ok: true, value: await studio.call(name, input) };
  } catch (error) {
    if (!(error instanceof StudioError)) console.error(`${name} failed:`, error);
    return { ok: false, error: toErrorInfo(error) };
  }
}
