import { resolve } from 'node:path';
import { bytes as bytesText } from '#contract/words.ts';
import {
  findEngine,
  installEngine,
  listEngines,
  removeEngine,
  type Engine,
  type InstallStage,
  type OnProgress,
} from '#installer/installer.ts';
import { onEndRequest } from './ending.ts';
import type { CommonOptions } from './environment.ts';
import { EXIT, type Output } from './output.ts';
import { bar } from './progress-line.ts';

export interface InstallCommandOptions extends CommonOptions {
  gpu?: boolean;
  from?: string;
}

/** `from-noise engine install tensorflow`: 130 when it was ended before its end, with nothing left of it. */
export async function installTensorFlow({ gpu, from }: InstallCommandOptions, output: Output): Promise<number> {
  const kind = gpu === true ? 'gpu' : 'cpu';
  const abort = new AbortController();
  const giveBack = onEndRequest(() => abort.abort());
  try {
    const engine = await installEngine({
      kind,
      from: from === undefined ? undefined : resolve(from),
      signal: abort.signal,
      onProgress: reportProgress(output),
      onRefused: (reason) => {
        output.tell({ type: 'refused', reason });
        output.say(`Not by ${reason}.`);
      },
    });
    output.tell({ type: 'installed', ...engine });
    output.say(`TensorFlow ${engine.version} is installed, and passed its self-check (${engine.proof?.device ?? ''}).`);
    output.say(engine.folder);
    return EXIT.ok;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    output.tell({ type: 'cancelled' });
    output.say('Cancelled. Nothing is left of it.');
    return EXIT.interrupted;
  } finally {
    giveBack();
  }
}

const DOING: Record<InstallStage, string> = {
  look: 'Looking at what is here',
  download: 'Downloading',
  unpack: 'Unpacking',
  compile: 'Compiling the binding',
  check: 'Checking it with a golden training step',
};
/** A terminal's bar is drawn anew at most this often, a plain line written at most that often. In milliseconds. */
const REDRAW_MS = 100;
const PLAIN_MS = 5000;

/** A bar on a terminal; elsewhere a line at each stage, and now and then within it. */
function reportProgress(output: Output): OnProgress {
  let stage: InstallStage | undefined;
  let last = -Infinity;
  return (next, done, total) => {
    const now = performance.now();
    if (next === stage && now - last < (output.redraws || output.json ? REDRAW_MS : PLAIN_MS)) return;
    [stage, last] = [next, now];
    const count = total > 0 ? `  ${bytesText(done)} of ${bytesText(total)}` : done > 0 ? `  ${bytesText(done)}` : '';
    const text = `${DOING[next]}${count}`;
    output.tell({ type: 'progress', stage: next, bytesDone: done, bytesTotal: total });
    if (output.redraws) output.draw(bar(total > 0 ? done / total : 0, text, output.columns));
    else output.say(text);
  };
}

/** `from-noise engine list`: what is installed, and which of it is used. */
export async function listInstalled(_options: CommonOptions, output: Output): Promise<number> {
  const found = await findEngine();
  const used = found.found ? found.engine : undefined;
  const listed = await listEngines();
  if (used?.way === 'own') listed.unshift({ sound: true, engine: used });
  for (const entry of listed) {
    if (entry.sound) {
      const isUsed = entry.engine.folder === used?.folder;
      output.tell({ type: 'engine', sound: true, used: isUsed, ...entry.engine });
      output.say(`${isUsed ? '*' : ' '} ${described(entry.engine)}`);
      output.say(`  ${entry.engine.folder}`);
    } else {
      output.tell({ type: 'engine', sound: false, used: false, folder: entry.folder, reason: entry.reason });
      output.say(`  damaged: ${entry.reason}`);
      output.say(`  ${entry.folder}`);
    }
  }
  if (!found.found) {
    output.tell({ type: 'none', reason: found.reason, hint: found.hint });
    output.say(`${found.reason} ${found.hint}`);
  }
  return EXIT.ok;
}

function described({ kind, way, version, bytes, source, proof }: Engine): string {
  if (way === 'own') return 'tensorflow, the folder that FROM_NOISE_TENSORFLOW names; nothing is known about it';
  const checked = proof === undefined ? '' : `, self-check ${proof.worst.toFixed(2)} of its tolerance on ${proof.device}`;
  const from = { wheel: "PyPI's wheel", python: source, script: "tfjs-node-gpu's own script" }[way];
  return `tensorflow ${version}, ${kind}, from ${from}, ${bytesText(bytes)}${checked}`;
}

/** `from-noise engine remove tensorflow`. */
export async function removeTensorFlow(_options: CommonOptions, output: Output): Promise<number> {
  const count = await removeEngine();
  output.tell({ type: 'removed', count });
  output.say(count === 0 ? 'TensorFlow was not installed.' : 'TensorFlow is removed.');
  return EXIT.ok;
}
