import type { Section } from '#contract/deliverables.ts';
import { partOf, type Part } from '#contract/preset.ts';
import type { Recipe } from '#contract/recipe.ts';

/** What a page of the guide is made of, beside its idea, its formulas and the recipe. */
type Block =
  | 'unet' // the network's figure
  | 'operations' // what its blocks are made of
  | 'noise' // one digit at the seven levels
  | 'schedule' // how a digit turns to noise, with ᾱ and the signal-to-noise ratio
  | 'algorithm' // the steps of training or sampling
  | 'trial' // how it did beside the assigned one
  | 'results'; // the run of this part, live, and its figures

export interface GuidePart {
  /** its name in the address */
  id: string;
  /** as the assignment counts it; empty for bells and whistles */
  number: string;
  title: string;
  group: 'Part 1 · One-step denoiser' | 'Part 2 · Diffusion' | 'Bells & whistles';
  /** which run it is about */
  trains: Part;
  /** the network that it is about; absent: that of the recipe */
  model?: Recipe['model'];
  /** the deliverables that it ends in */
  section?: Section;
  blocks: readonly Block[];
}

const ONE = 'Part 1 · One-step denoiser';
const TWO = 'Part 2 · Diffusion';
const BELLS = 'Bells & whistles';

/** The assignment as a path. */
export const guideParts: readonly GuidePart[] = [
  { id: '1.1', number: '1.1', title: 'The UNet', group: ONE, trains: 'denoiser', blocks: ['unet', 'operations'] },
  {
    id: '1.2',
    number: '1.2',
    title: 'Train a denoiser',
    group: ONE,
    trains: 'denoiser',
    section: '1.2',
    blocks: ['noise', 'results', 'unet'],
  },
  { id: 'noise-lab', number: '', title: 'Noise lab', group: ONE, trains: 'denoiser', blocks: [] },
  {
    id: '1.2.2',
    number: '',
    title: 'Other noise levels',
    group: ONE,
    trains: 'denoiser',
    section: '1.2.2',
    blocks: ['noise', 'results'],
  },
  { id: '2.1', number: '2.1', title: 'Time conditioning', group: TWO, trains: 'time', blocks: ['unet', 'schedule'] },
  {
    id: '2.2',
    number: '2.2',
    title: 'Training',
    group: TWO,
    trains: 'time',
    section: '2.2',
    blocks: ['algorithm', 'results', 'unet'],
  },
  { id: '2.3', number: '2.3', title: 'Sampling', group: TWO, trains: 'time', section: '2.3', blocks: ['algorithm', 'results'] },
  {
    id: '2.4',
    number: '2.4',
    title: 'Class conditioning',
    group: TWO,
    trains: 'class',
    section: '2.4',
    blocks: ['unet', 'algorithm', 'results'],
  },
  {
    id: '2.5',
    number: '2.5',
    title: 'Guided sampling',
    group: TWO,
    trains: 'class',
    section: '2.5',
    blocks: ['algorithm', 'results'],
  },
  { id: 'gifs', number: '', title: 'Sampling GIFs', group: BELLS, trains: 'class', section: 'gifs', blocks: ['results'] },
  {
    id: 'flow',
    number: '',
    title: 'Rectified flow',
    group: BELLS,
    trains: 'flow',
    section: 'flow',
    blocks: ['algorithm', 'results', 'unet'],
  },
  {
    id: 'improved',
    number: '',
    title: 'An improved UNet',
    group: BELLS,
    trains: 'class',
    model: 'improved',
    blocks: ['unet', 'trial', 'results'],
  },
];

export const guidePart = (id: string): GuidePart | undefined => guideParts.find((part) => part.id === id);

/** The parts under their headings, in order. */
export const guideGroups = [ONE, TWO, BELLS].map((title) => ({
  title,
  parts: guideParts.filter((part) => part.group === title),
}));

/** The page on which a recipe of a part is trained. */
export const trainingPage: Readonly<Record<Part, string>> = { denoiser: '1.2', time: '2.2', class: '2.4', flow: 'flow' };

/** The page whose figure is of a recipe's network; undefined where it belongs to no part. */
export function figurePage(recipe: Recipe): string | undefined {
  const trains = partOf(recipe);
  return guideParts.find((part) => part.trains === trains && part.model === recipe.model)?.id ?? (trains && trainingPage[trains]);
}

/** What stands over a page's title: `Part 1.2`. */
export const numberInWords = ({ id, number, group }: GuidePart): string => {
  if (number !== '') return `Part ${number}`;
  return group === BELLS ? group : `Part ${id === 'noise-lab' ? '1.2' : id}`;
};
