import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { statementOf, type Deliverable, type DrawnRun, type Section } from '#contract/deliverables.ts';
import type { Part } from '#contract/preset.ts';
import type { Resolved } from '#contract/run.ts';
import { count, loss } from '#contract/words.ts';
import { REPORT_STYLE } from './style.ts';

/** A picture of the report as a file. */
export interface Picture {
  type: 'image/png' | 'image/gif';
  bytes: Uint8Array;
  /** in pixels */
  width: number;
  height: number;
}

/** A run as the report tells of it. */
export type ReportedRun = DrawnRun & { resolved?: Resolved | undefined };

export interface ReportEntry {
  deliverable: Deliverable<ReportedRun>;
  caption: string;
  /** absent while it is open */
  picture?: Picture;
  /** of a picture that moves: what stands for it on paper */
  still?: Picture;
}

export interface ReportContent {
  /** who hands it in; may be empty */
  name: string;
  date: Date;
  /** of the studio */
  version: string;
  /** in the assignment's order */
  entries: readonly ReportEntry[];
}

const HEADINGS: Readonly<Record<Section, string>> = {
  '1.2': 'Part 1.2: Training a denoiser',
  '1.2.2': 'Part 1.2: Other noise levels',
  '2.2': 'Part 2.2: Training with the time',
  '2.3': 'Part 2.3: Sampling with the time',
  '2.4': 'Part 2.4: Training with the class',
  '2.5': 'Part 2.5: Sampling with the class, guided',
  gifs: 'Sampling in motion',
  flow: 'Bells & whistles: rectified flow',
};
const PARTS: Readonly<Record<Part, string>> = {
  denoiser: 'Denoiser',
  time: 'Diffusion, time',
  class: 'Diffusion, class',
  flow: 'Rectified flow',
};

/**
 * The report as one HTML file that needs nothing else: its pictures stand in it, and its policy lets it ask for nothing.
 * It says of every figure how it was made, and whether it counts, and names what is missing.
 */
export function reportPage({ name, date, version, entries }: ReportContent): string {
  const title = 'Diffusion models from scratch';
  const day = date.toLocaleDateString('en', { day: 'numeric', month: 'long', year: 'numeric' });
  // what was made is shown; of what isn't, only what is asked for is missing
  const shown = entries.filter(({ deliverable: d }) => d.required || d.state !== 'open');
  const sections = [...new Set(shown.map(({ deliverable }) => deliverable.section))];
  const style = createHash('sha256').update(REPORT_STYLE).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'sha256-${style}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="From Noise ${escaped(version)}">
<title>${escaped(name === '' ? title : `${title}: ${name}`)}</title>
<link rel="icon" href="data:,">
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="by">${name === '' ? '' : `${escaped(name)}, `}${day}</p>
${summary(entries)}
${runTable(entries)}
</header>
<main>
${sections.map((section) => sectionHtml(section, shown)).join('\n')}
</main>
<footer>Made with From Noise ${escaped(version)}. Digits: MNIST. Every figure says how it was made; what was not made at the settings of the assignment is called a preview.</footer>
</body>
</html>
`;
}

/** What is there, and what is missing, by name. */
function summary(entries: readonly ReportEntry[]): string {
  const required = entries.filter(({ deliverable }) => deliverable.required);
  const of = (state: Deliverable['state']) => required.filter(({ deliverable }) => deliverable.state === state);
  const [done, previews, open] = [of('done'), of('preview'), of('open')];
  const optional = entries.filter(({ deliverable: d }) => !d.required && d.state !== 'open').length;
  const list = (title: string, id: string, those: readonly ReportEntry[]): string =>
    those.length === 0
      ? ''
      : `<p id="${id}">${title}</p>\n<ul aria-labelledby="${id}">${those
          .map(({ deliverable: d }) => {
            const why = d.shortfalls.length === 0 ? '' : `: ${escaped(d.shortfalls.join('; '))}`;
            return `<li><a href="#${d.id}">${escaped(titleOf(d))}</a>${why}</li>`;
          })
          .join('')}</ul>`;
  const head = `${done.length} of ${required.length} required figures were made at the settings of the assignment.`;
  return `<section class="sum" aria-label="What is here">
<p>${head}${optional === 0 ? '' : ` ${optional} more ${optional === 1 ? 'is' : 'are'} added.`}</p>
${list('Previews, which do not count:', 'previews', previews)}
${list('Missing:', 'missing', open)}
</section>`;
}

/** How each run behind the figures was made. */
function runTable(entries: readonly ReportEntry[]): string {
  const runs = new Map<string, { run: ReportedRun; part: Part }>();
  for (const { deliverable: d } of entries)
    if (d.run !== undefined && d.part !== undefined) runs.set(d.run.id, { run: d.run, part: d.part });
  if (runs.size === 0) return '';
  const heads = ['Run', 'Model', 'Width', 'Epochs', 'Digits', 'Precision', 'Device', 'Seed', 'Last epoch’s loss'];
  const rows = [...runs.values()].map(({ run: { name, recipe, progress, resolved }, part }) => {
    const cells = [
      `${PARTS[part]}${recipe.model === 'improved' ? ', improved network' : ''}`,
      `D = ${recipe.width}`,
      progress.epoch === recipe.epochs ? `${recipe.epochs}` : `${progress.epoch} of ${recipe.epochs}`,
      count(recipe.subset),
      resolved?.precision ?? recipe.precision,
      resolved === undefined ? recipe.device : `${resolved.device} (${resolved.engine}; ${resolved.processor})`,
      `${recipe.seed}`,
      loss(progress.epochLosses.at(-1)),
    ];
    return `<tr><th scope="row">${escaped(name)}</th>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  return `<div class="table" tabindex="0" role="group" aria-label="The runs"><table>
<caption>The runs behind the figures</caption>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}

function sectionHtml(section: Section, entries: readonly ReportEntry[]): string {
  const own = entries.filter(({ deliverable }) => deliverable.section === section);
  return `<section aria-labelledby="section-${section}">
<h2 id="section-${section}">${escaped(HEADINGS[section])}</h2>
${own.map(figureHtml).join('\n')}
</section>`;
}

function figureHtml({ deliverable: d, caption, picture, still }: ReportEntry): string {
  const statement = d.run === undefined ? '' : `${statementOf(d.run)}; run “${d.run.name}”`;
  const state = {
    done: d.run === undefined ? 'Complete: it needs no run.' : 'Made at the settings of the assignment.',
    preview: `Preview, which does not count: ${d.shortfalls.join('; ')}.`,
    open: 'Missing.',
  }[d.state];
  const alt = `${titleOf(d)}. ${statement}`;
  // the words in a curve are too small on a phone: there it is scrolled
  const wide = d.format === 'png' && d.request?.figure === 'loss';
  const pictures =
    picture === undefined
      ? '<div class="empty">This figure is not there yet.</div>'
      : `<div class="picture${wide ? ' wide' : ''}"${wide ? ` tabindex="0" role="group" aria-label="${escaped(titleOf(d))}"` : ''}>` +
        img(picture, alt, still === undefined ? '' : 'moves') +
        (still === undefined ? '' : img(still, alt, 'still')) +
        '</div>';
  return `<figure id="${d.id}">
${pictures}
<figcaption>
<h3>${escaped(titleOf(d))}</h3>
${paragraphs(caption)}
<p class="state ${d.state}">${escaped(state)}</p>
${statement === '' ? '' : `<p class="statement">${escaped(statement)}.</p>`}
</figcaption>
</figure>`;
}

/** Titles of part 2 repeat from model to model: there the model is named. */
const MODELS: Readonly<Record<Part, string>> = {
  denoiser: '',
  time: ', time model',
  class: ', class model',
  flow: ', rectified flow',
};
function titleOf({ figure, title, part, format }: Pick<Deliverable, 'figure' | 'title' | 'part' | 'format'>): string {
  const named = part === undefined || format === 'gif' ? title : `${title}${MODELS[part]}`;
  return figure === '' ? named : `${figure.replace('fig.', 'Figure')}: ${named}`;
}

const img = ({ type, bytes, width, height }: Picture, alt: string, name: string): string =>
  `<img${name === '' ? '' : ` class="${name}"`} src="data:${type};base64,${Buffer.from(bytes).toString('base64')}" width="${width}" height="${height}" alt="${escaped(alt)}">`;

const paragraphs = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => `<p>${escaped(paragraph).replaceAll('\n', '<br>')}</p>`)
    .join('\n');

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
