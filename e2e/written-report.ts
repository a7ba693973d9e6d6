import { pathToFileURL } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from '@playwright/test';
import { expect } from './studio.ts';

/** Where a report is read: on a phone, on a large screen, on A4. */
const MEDIA = [
  { name: 'phone', viewport: { width: 390, height: 844 }, media: 'screen' },
  { name: 'large', viewport: { width: 1280, height: 900 }, media: 'screen' },
  { name: 'print', viewport: { width: 794, height: 1123 }, media: 'print' },
] as const;

/**
 * Opens a written report by itself, in a browser that reaches nothing, as it is read on each of the media, and checks what
 * every report keeps to. `pictures` are its figures, of which `moving` move and stand still on paper; `read` looks at what
 * this one says.
 */
export async function readReport(
  browser: Browser,
  file: string,
  { pictures, moving }: { pictures: number; moving: number },
  read: (page: Page) => Promise<void>,
): Promise<void> {
  const address = pathToFileURL(file).href;
  for (const { name, viewport, media } of MEDIA) {
    const context = await browser.newContext({ viewport, offline: true });
    const page = await context.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    await page.emulateMedia({ media });
    await page.goto(address);
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([address]);
    const images = await page.evaluate(async () => {
      await Promise.all([...document.images].map((image) => image.decode()));
      return [...document.images].map((image) => ({
        seen: image.checkVisibility(),
        moves: image.src.startsWith('data:image/gif'),
        width: image.naturalWidth,
        declared: Number(image.getAttribute('width')),
      }));
    });
    // with every one that moves comes its still
    expect(images).toHaveLength(pictures + moving);
    for (const { width, declared } of images) expect(width).toBe(declared);
    expect(images.filter(({ moves, seen }) => moves && seen)).toHaveLength(media === 'print' ? 0 : moving);
    expect(images.filter(({ seen }) => seen)).toHaveLength(pictures);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await read(page);
    await page.screenshot({ path: `test-results/shots/report-${name}.png`, fullPage: true });
    expect(complaints).toEqual([]);
    // it has no JavaScript of its own; this brings axe's
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
    await context.close();
  }
}
