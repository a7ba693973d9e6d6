/** pip, by whichever way it is there, and downloads with it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { runChild } from './child.ts';
import { diskFull, meansDiskFull } from './engine-error.ts';
import { bytesBelow } from './folder.ts';
import type { PinnedWheel } from './pinned-wheels.ts';
import { Unavailable } from './ways/way.ts';

/** Python, as it is called on this system, most likely first. */
export const pythons: readonly (readonly string[])[] =
  process.platform === 'win32' ? [['py', '-3'], ['python'], ['python3']] : [['python3'], ['python']];

const CHECK_MS = 30_000;

/** The command that is pip; undefined when there is none that runs. */
export async function findPip(signal?: AbortSignal): Promise<readonly string[] | undefined> {
  for (const command of [...pythons.map((python) => [...python, '-m', 'pip']), ['pip3'], ['pip']]) {
    const { code } = await runChild(command[0]!, [...command.slice(1), '--version'], { signal, limitMs: CHECK_MS });
    if (code === 0) return command;
  }
  return undefined;
}

/** Without an answer a connection is given up after this time, in seconds. */
const SILENCE_S = 30;
const POLL_MS = 200;

/**
 * Downloads a wheel into a folder, which becomes its and pip's own: pip keeps its temporary files there too, so that they are
 * on the same disk and go with it. pip checks the hash. `onBytes` is told how many are there, now and then.
 * Throws Unavailable with the reason, StudioError `disk-full`, or the signal's reason.
 */
export async function downloadWheel(
  pip: readonly string[],
  wheel: PinnedWheel,
  folder: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<string> {
  const { file, sha256, project, version, python, abi, system } = wheel;
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${project}==${version} --hash=sha256:${sha256}\n`);
  // py3 is any Python 3: the same as for TensorFlow's wheel
  const number = /^cp(\d)(\d+)$/.exec(python);
  const tags = number === null ? ['--python-version', '3.11'] : ['--python-version', `${number[1]!}.${number[2]!}`];
  const options = [
    ...['download', '--no-deps', '--only-binary', ':all:', '--no-cache-dir', '--no-input', '--disable-pip-version-check'],
    ...['--progress-bar', 'off', '--timeout', String(SILENCE_S), '--retries', '2'],
    ...['--implementation', number === null ? 'py' : 'cp', ...tags, '--abi', abi, '--platform', system],
    ...['--require-hashes', '--requirement', requirements, '--dest', folder],
  ];
  const env = { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder, PIP_REQUIRE_VIRTUALENV: '0', LC_ALL: 'C' };
  const watch = setInterval(() => void bytesBelow(folder).then(onBytes), POLL_MS);
  try {
    const { code, stdout, stderr } = await runChild(pip[0]!, [...pip.slice(1), ...options], { env, signal, cwd: folder });
    if (meansDiskFull(stdout + stderr)) throw diskFull(folder);
    if (code !== 0) throw new Unavailable(reasonOf(stdout + stderr, project));
  } finally {
    clearInterval(watch);
  }
  return join(folder, file);
}

/** pip's many lines in one. */
function reasonOf(output: string, project: string): string {
  if (/DO NOT MATCH THE HASHES/.test(output)) return `what pip was given as ${project} has another hash than it should`;
  if (/Retrying|ProxyError|ConnectionError|Could not fetch URL|name resolution|timed out/i.test(output))
    return 'PyPI can not be reached';
  const said = output.split('\n').filter((line) => /^ERROR:/.test(line));
  return `pip: ${(said.at(-1) ?? output.trim().split('\n').at(-1) ?? '').replace(/^ERROR: */, '').slice(0, 200)}`;
}
