import { computed, type ComputedRef } from 'vue';
import { useRoute } from 'vue-router';
import { partOf } from '#contract/preset.ts';
import { readingsOf } from '../run/run-readings.ts';
import { useDeliverables } from '../stores/deliverables.ts';
import { useRuns } from '../stores/runs.ts';
import { guideGroups, trainingPage, type GuidePart } from './parts.ts';

export interface PathPart extends GuidePart {
  /** it is open now */
  on: boolean;
  /** what is shown behind its title; absent where nothing is handed in or has begun */
  mark: 'done' | 'part' | 'training' | undefined;
  /** from 0 to 1: how much of it is done, or how far its run is */
  share: number;
  /** the mark in words */
  words: string;
}

/** The parts of the assignment under their headings, with how far each is. */
export function usePath(): ComputedRef<{ title: string; parts: PathPart[] }[]> {
  const route = useRoute();
  const runs = useRuns();
  const deliverables = useDeliverables();

  function markOf(part: GuidePart): Pick<PathPart, 'mark' | 'share' | 'words'> {
    const progress = deliverables.progressOf(part.section);
    const training = runs.training;
    if (progress !== undefined && progress.done === progress.asked) return { mark: 'done', share: 1, words: 'done' };
    if (training !== undefined && partOf(training.recipe) === part.trains && trainingPage[part.trains] === part.id) {
      const { epochsDone, epochs } = readingsOf(training);
      return { mark: 'training', share: epochsDone / epochs, words: 'training' };
    }
    if (progress === undefined || progress.done === 0) return { mark: undefined, share: 0, words: '' };
    return { mark: 'part', share: progress.done / progress.asked, words: `${progress.done} of ${progress.asked} done` };
  }
  return computed(() =>
    guideGroups.map(({ title, parts }) => ({
      title,
      parts: parts.map((part) => ({ ...part, on: route.name === 'guide' && route.params.part === part.id, ...markOf(part) })),
    })),
  );
}
