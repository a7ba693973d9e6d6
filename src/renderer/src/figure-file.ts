import type { FigureRequest } from '#contract/figure.ts';
import { useStudio } from './client.ts';
import { saveFile } from './save-file.ts';

/** Pixels for each unit of the drawing: sharp in print and on any screen. */
const PNG_SCALE = 3;

/** Renders a figure and hands it to the person as a download. */
export async function saveFigure(request: FigureRequest, format: 'png' | 'gif' = 'png'): Promise<string> {
  const { fileName, bytes } = await useStudio().call('figures.render', { request, format, scale: PNG_SCALE });
  saveFile(fileName, `image/${format}`, new Uint8Array(bytes));
  return fileName;
}

/** Hands the numbers that a figure is drawn from to the person as a download. */
export async function saveFigureData(request: FigureRequest): Promise<void> {
  const { fileName, bytes } = await useStudio().call('figures.data', { request });
  saveFile(fileName, 'application/octet-stream', new Uint8Array(bytes));
}
