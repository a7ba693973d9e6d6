import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { provideElectron } from './electron.mjs';
import { root } from './root.mjs';
import { setUpOrExit } from './setup.mjs';
import { passErrorsOn } from './standard-error.mjs';

// `npm start`: the studio in Electron's window, or where that can't be, in the browser.
// `npm start -- --electron` tries once more to fetch Electron.

/** A window that fails sooner than this did not open. */
const OPENED_MS = 10_000;
const say = (line) => console.log(line);

const node = await setUpOrExit(say);
const electron = await provideElectron(node, { again: process.argv.includes('--electron'), say });
if (electron.program !== undefined) {
  const begun = Date.now();
  const code = await attend(electron.program, [root]);
  if (code === 0 || Date.now() - begun > OPENED_MS) process.exit(code);
  say(`Electron did not open a window (code ${code}). The studio is served to the browser instead.`);
} else say(`Not in Electron, since ${electron.why}. The studio is served to the browser instead.`);
process.exit(await attend(node, [join(root, 'out', 'main', 'cli.js'), 'serve', '--open']));

/** Runs a program in our place until it ends; gives its exit code. */
function attend(program, args) {
  return new Promise((ended) => {
    const child = spawn(program, args, { stdio: ['inherit', 'inherit', 'pipe'] });
    passErrorsOn(child.stderr);
    const pass = (signal) => {
      // Ctrl-C in a terminal reaches the child by itself
      if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    const finish = (code) => {
      for (const signal of signals) process.off(signal, pass);
      ended(code);
    };
    child.on('error', () => finish(1));
    child.on('close', (code) => finish(code ?? 1));
  });
}
