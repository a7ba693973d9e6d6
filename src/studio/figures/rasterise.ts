import { createRequire } from 'node:module';
import { renderAsync } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);

/**
 * Inter in the two weights that figures use. The files are read by native code, which can't look into an app.asar,
 * so a packaged app has them unpacked beside it.
 */
const fontFiles = (): string[] =>
  [
    require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
    require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
  ].map((file) => file.replace(/app\.asar(?=[\\/])/, 'app.asar.unpacked'));

/**
 * A figure as a PNG with `scale` pixels for each unit of the drawing. Drawn on another thread, with our own fonts
 * alone, so that it looks the same on every machine.
 */
export async function rasterise(svg: string, scale: number): Promise<Uint8Array> {
  const image = await renderAsync(svg, {
    fitTo: { mode: 'zoom', value: scale },
    imageRendering: 1, // nearest pixel, for the digits
    font: { fontFiles: fontFiles(), loadSystemFonts: false, defaultFontFamily: 'Inter' },
  });
  return image.asPng();
}
