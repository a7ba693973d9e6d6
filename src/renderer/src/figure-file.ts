import type { FigureRequest } from '#contract/figure.ts';
import { useStudio } from './client.ts';

/** Pixels for each unit of the drawing: sharp in print and on any screen. */
const PNG_SCALE = 3;

/** Renders a figure and hands it to the person as a download. */
export async function saveFigure(request: FigureRequest, format: 'png' | 'gif' = 'png'): Promise<string> {
  const { fileName, bytes } = await useStudio().call('figures.render', { request, format, scale: PNG_SCALE });
  const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: `image/${format}` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // after the download has taken hold of it
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return fileName;
}
