import { Buffer } from 'node:buffer';
import { deliverables, type Deliverable } from '#contract/deliverables.ts';
import type { FigureRequest } from '#contract/figure.ts';
import type { Report } from '#contract/report.ts';
import { reportPage, type Picture, type ReportEntry, type ReportedRun } from '#figures/report/page.ts';
import type { Library } from '#library/library.ts';
import { PRINT_SCALE } from './figure-files.ts';
import { renderFigure } from './render-figure.ts';

export interface BuiltReport {
  /** one HTML file that needs nothing else */
  page: Uint8Array<ArrayBuffer>;
  /** every deliverable, with the run that serves it */
  deliverables: Deliverable<ReportedRun>[];
  /** of those that are there, in order */
  figures: FigureRequest[];
}

/** The report of a library's runs, `newest` first. Throws what rendering a figure throws. */
export async function buildReport(
  library: Library,
  newest: readonly ReportedRun[],
  report: Report,
  version: string,
  date: Date = new Date(),
): Promise<BuiltReport> {
  const all = deliverables(newest, { runs: report.runs });
  const entries: ReportEntry[] = [];
  for (const deliverable of all) {
    const caption = report.captions[deliverable.id] ?? deliverable.explains;
    entries.push({ deliverable, caption, ...(await picturesOf(library, deliverable)) });
  }
  const page = reportPage({ name: report.name, date, version, entries });
  return {
    page: new Uint8Array(new TextEncoder().encode(page)),
    deliverables: all,
    figures: all.flatMap(({ request }) => request ?? []),
  };
}

async function picturesOf(
  library: Library,
  { request, format }: Deliverable<ReportedRun>,
): Promise<Pick<ReportEntry, 'picture' | 'still'>> {
  if (request === undefined) return {};
  const rendered = async (of: FigureRequest, as: 'png' | 'gif'): Promise<Picture> => {
    const { bytes } = await renderFigure(library, of, as, PRINT_SCALE);
    return as === 'png' ? { type: 'image/png', bytes, ...pngSize(bytes) } : { type: 'image/gif', bytes, ...gifSize(bytes) };
  };
  const picture = await rendered(request, format);
  if (request.figure !== 'denoising') return { picture };
  return { picture, still: await rendered({ figure: 'samples', run: request.run, epochs: [request.epoch] }, 'png') };
}

/** Of the header, IHDR. */
function pngSize(png: Uint8Array): { width: number; height: number } {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** Of the logical screen. */
function gifSize(gif: Uint8Array): { width: number; height: number } {
  const bytes = Buffer.from(gif.buffer, gif.byteOffset, gif.byteLength);
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
}
