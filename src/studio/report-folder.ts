import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeLeftovers, replaceFile, temporaryName } from '#library/atomic-file.ts';
import { diskError } from '#library/disk-error.ts';
import type { Library } from '#library/library.ts';
import { makeFolder } from '#library/make-folder.ts';
import { moved } from '#library/runs.ts';
import { writeFigures } from './figure-files.ts';
import type { BuiltReport } from './report.ts';

/**
 * Writes the page and the folder of its figures as a new folder of the library, `reports/2026-11-25-1540`: whole, or not at
 * all, and beside those of earlier days. Gives the folder, and how many files of figures there are.
 */
export async function writeReport(
  library: Library,
  { page, figures }: Pick<BuiltReport, 'page' | 'figures'>,
  data: boolean,
  date: Date = new Date(),
): Promise<{ folder: string; files: number }> {
  const root = join(library.folder, 'reports');
  const name = stamp(date);
  const making = temporaryName(join(root, name));
  try {
    await makeFolder(root);
    await removeLeftovers(root);
    await makeFolder(making);
    await replaceFile(join(making, 'report.html'), page);
    const files: string[] = [];
    for await (const file of writeFigures(library, figures, join(making, 'figures'), data)) files.push(file);
    for (let attempt = 1; ; attempt++) {
      const folder = join(root, attempt === 1 ? name : `${name}-${attempt}`);
      if (await moved(making, folder)) return { folder, files: files.length };
    }
  } catch (error) {
    await rm(making, { recursive: true, force: true }).catch(() => undefined);
    throw diskError(error, 'write the report to', root);
  }
}

/** `2026-11-25-1540`, in the local time. */
function stamp(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}-${two(date.getHours())}${two(date.getMinutes())}`;
}
