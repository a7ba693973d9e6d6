/** What there is of NVIDIA on this machine, and what TensorFlow misses of it. */
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { runChild } from './child.ts';

interface NvidiaGpu {
  /** `NVIDIA H100 80GB HBM3` */
  name: string;
  /** the driver's version: `550.54.14` */
  driver: string;
}

export type NvidiaState =
  | { usable: true; gpus: NvidiaGpu[] }
  /** `reason` is a part of a sentence, `hint` a sentence */
  | { usable: false; gpus: NvidiaGpu[]; reason: string; hint: string };

const CHECK_MS = 15_000;
/** CUDA 12 runs on drivers from this one on. */
const SMALLEST_DRIVER = 525;

const DRIVER_HINT = "Install NVIDIA's driver (version 525 or newer), and start the machine again.";

/** The GPUs that the driver tells of, and whether TensorFlow could use them. */
export async function findNvidia(signal?: AbortSignal, env: NodeJS.ProcessEnv = process.env): Promise<NvidiaState> {
  const query = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
  const { code, stdout, stderr } = await runChild('nvidia-smi', query, { env, signal, limitMs: CHECK_MS });
  if (code !== 0) {
    const said = (stdout + stderr).trim().split('\n')[0] ?? '';
    const reason = /ENOENT/.test(said) ? 'nvidia-smi is not there' : `nvidia-smi says: ${said.slice(0, 200)}`;
    return { usable: false, gpus: [], reason: `no NVIDIA driver was found (${reason})`, hint: DRIVER_HINT };
  }
  const gpus = stdout.split('\n').flatMap((line) => {
    const [name, driver] = line.split(',').map((part) => part.trim());
    return name === undefined || driver === undefined ? [] : [{ name, driver }];
  });
  const unusable = (reason: string, hint: string): NvidiaState => ({ usable: false, gpus, reason, hint });
  const [first] = gpus;
  if (first === undefined) return unusable('the NVIDIA driver sees no GPU', 'Check with nvidia-smi that the GPU is there.');
  if (parseInt(first.driver, 10) < SMALLEST_DRIVER)
    return unusable(`NVIDIA's driver is ${first.driver}, and CUDA 12 needs ${SMALLEST_DRIVER} or newer`, DRIVER_HINT);
  if (process.platform === 'linux' && !(await hasDriverLibrary(signal, env)))
    return unusable(
      "the driver's library libcuda.so.1 is not found",
      'Install the part of the NVIDIA driver that holds it (Debian: libcuda1).',
    );
  return { usable: true, gpus };
}

/** Where the dynamic loader would find libcuda.so.1: its cache, LD_LIBRARY_PATH, or the places of containers and WSL. */
async function hasDriverLibrary(signal: AbortSignal | undefined, env: NodeJS.ProcessEnv): Promise<boolean> {
  for (const ldconfig of ['ldconfig', '/sbin/ldconfig']) {
    const { stdout } = await runChild(ldconfig, ['-p'], { env, signal, limitMs: CHECK_MS });
    if (stdout.includes('libcuda.so.1')) return true;
  }
  const folders = [...(env['LD_LIBRARY_PATH'] ?? '').split(delimiter), '/usr/lib/wsl/lib', '/usr/local/nvidia/lib64'];
  for (const folder of folders.filter((name) => name !== ''))
    if (
      await access(join(folder, 'libcuda.so.1')).then(
        () => true,
        () => false,
      )
    )
      return true;
  return false;
}

/** The library that could not be loaded, or what the driver refused, by what TensorFlow and the loader say; a part of a sentence. */
export function loaderProblem(log: string): string | undefined {
  const missing = [
    ...log.matchAll(/Could not load dynamic library '([^']+)'/g),
    ...log.matchAll(/(lib[\w.+-]+\.so[.\d]*): cannot open shared object file/g),
    ...log.matchAll(/Library not loaded: \S*?(lib[\w.+-]+\.dylib)/g),
  ].map(([, name]) => name!);
  const tooOld = /(\S+): version [`'](\S+)' not found/.exec(log);
  if (tooOld !== null) return `${tooOld[1]!.split('/').at(-1)!} is older than ${tooOld[2]!}`;
  if (missing.length > 0) return `${[...new Set(missing)].join(', ')} could not be loaded`;
  if (/Could not find cuda drivers/i.test(log)) return 'the NVIDIA driver (libcuda.so.1) was not found';
  const refused = /failed call to cuInit: (.+)/.exec(log);
  if (refused !== null) return `the NVIDIA driver did not start: ${refused[1]!.trim().replace(/\.$/, '')}`;
  if (/Cannot dlopen some GPU libraries/.test(log)) return "some of CUDA's libraries could not be loaded";
  return undefined;
}
