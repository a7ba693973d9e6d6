import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { StudioError } from '#contract/error.ts';
import { isSamePlan, scoreSchema, type Score } from '#contract/score.ts';
import { replaceFile } from './atomic-file.ts';
import { diskError, systemCode } from './disk-error.ts';

const scoresFile = (run: string): string => join(run, 'scores.json');
const fileSchema = z.object({ format: z.literal(1), scores: z.array(scoreSchema) });

/** The scores of a run's checkpoints, by epoch; empty where none was made. Throws StudioError `checkpoint` when the file is damaged. */
export async function readScores(run: string): Promise<Score[]> {
  const file = scoresFile(run);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw diskError(error, 'read', file);
  }
  try {
    return fileSchema.parse(JSON.parse(text)).scores;
  } catch (cause) {
    throw new StudioError(
      'checkpoint',
      `${file} is damaged.`,
      'Delete it and score the run again. The run itself is not affected.',
      {
        cause,
      },
    );
  }
}

/** Adds a score; it takes the place of one of the same epoch that was sampled alike. */
export async function writeScore(run: string, score: Score): Promise<void> {
  const others = (await readScores(run)).filter((s) => s.epoch !== score.epoch || !isSamePlan(s.plan, score.plan));
  const scores = [...others, score].sort((a, b) => a.epoch - b.epoch);
  await replaceFile(scoresFile(run), `${JSON.stringify({ format: 1, scores }, null, 2)}\n`);
}
