import { join } from 'node:path';
import type { FigureRequest } from '#contract/figure.ts';
import { replaceFile } from '#library/atomic-file.ts';
import { diskError } from '#library/disk-error.ts';
import type { Library } from '#library/library.ts';
import { makeFolder } from '#library/make-folder.ts';
import { figureData } from './figure-data.ts';
import { renderFigure } from './render-figure.ts';

/** Pixels for each unit of the drawing: 300 dots an inch where a figure is 18 cm wide. */
export const PRINT_SCALE = 3;

/**
 * Writes figures into a folder, which is made where there is none: each as a drawing (SVG) and as a picture at print
 * resolution (PNG), or as a GIF; with `data` also the numbers that they are drawn from. Yields each file's name as it is there.
 */
export async function* writeFigures(
  library: Library,
  requests: readonly FigureRequest[],
  folder: string,
  data: boolean,
): AsyncGenerator<string> {
  await makeFolder(folder).catch((error: unknown) => {
    throw diskError(error, 'make', folder);
  });
  for (const request of requests) {
    const formats = request.figure === 'denoising' ? (['gif'] as const) : (['svg', 'png'] as const);
    for (const format of formats) yield await written(folder, await renderFigure(library, request, format, PRINT_SCALE));
    if (data) yield await written(folder, await figureData(library, request));
  }
}

async function written(folder: string, { fileName, bytes }: { fileName: string; bytes: Uint8Array }): Promise<string> {
  await replaceFile(join(folder, fileName), bytes);
  return fileName;
}
