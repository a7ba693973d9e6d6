#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './root.mjs';
import { setUpOrExit } from './setup.mjs';
import { passErrorsOn } from './standard-error.mjs';

// The command `from-noise`: the built command line, on the project's Node. What set-up says goes to standard error, since
// standard output belongs to the command.
const node = await setUpOrExit((line) => console.error(line));
const child = spawn(node, [join(root, 'out', 'main', 'cli.js'), ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'pipe'],
});
passErrorsOn(child.stderr);

// A terminal sends Ctrl-C to both of us: the command line acts on it, and we wait. Anyone else sends a signal to us alone.
const fromTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    if (signal === 'SIGTERM' || !fromTerminal) child.kill(signal);
  });
child.on('error', (error) => {
  console.error(`The command line did not start: ${error.message}`);
  process.exit(1);
});
child.on('close', (code, signal) => {
  if (signal === null) process.exit(code);
  // ended by a signal: so do we, for whoever looks at how we ended
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
