import { join } from 'node:path';

/** Beside this file lie the others of the same bundle when it was built, and its room's neighbours when it runs from source. */
const here = import.meta.dirname;
const built = import.meta.filename.endsWith('.js');

/** The entry of a trainer process. */
export const trainerEntry = built ? join(here, 'trainer.js') : join(here, '../trainer/main.ts');
/** The command line's entry. */
export const commandEntry = built ? join(here, 'cli.js') : join(here, '../cli/main.ts');
/** The built page: `npm run build` makes it. */
export const rendererFolder = built ? join(here, '../renderer') : join(here, '../../out/renderer');
