import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { setUpOrExit } from './setup.mjs';

// `npm run build`: set-up would skip a build that is up to date
rmSync(join(root, 'out'), { recursive: true, force: true });
await setUpOrExit((line) => console.log(line));
