import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNvidia, loaderProblem, type NvidiaState } from './nvidia.ts';
import { writePrograms } from './testing/programs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nvidia-'));
});
afterEach(() => rm(folder, { recursive: true }));

const loaderHasCuda = (): boolean => spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).stdout.includes('libcuda.so.1');

/** What is found where nvidia-smi and the loader's cache say this. */
async function find(
  smi: string | undefined,
  cache = 'echo "libcuda.so.1 (libc6,x86-64) => /lib/libcuda.so.1"',
): Promise<NvidiaState> {
  await writePrograms(folder, { ldconfig: cache, ...(smi === undefined ? {} : { 'nvidia-smi': smi }) });
  return await findNvidia(undefined, { PATH: folder });
}

describe.skipIf(process.platform !== 'linux')('an NVIDIA GPU', () => {
  const two = 'echo "NVIDIA H100 80GB HBM3, 550.54.14"; echo "NVIDIA A2, 550.54.14"';

  it('is found with its driver', async () => {
    const gpus = ['NVIDIA H100 80GB HBM3', 'NVIDIA A2'].map((name) => ({ name, driver: '550.54.14' }));
    expect(await find(two)).toEqual({ usable: true, gpus });
  });

  it.each([
    [undefined, /no NVIDIA driver was found \(nvidia-smi is not there\)/],
    ['echo "NVIDIA-SMI has failed because it could not communicate"; exit 9', /nvidia-smi says: NVIDIA-SMI has failed/],
    ['true', /sees no GPU/],
    ['echo "Tesla K80, 470.82.01"', /470\.82\.01, and CUDA 12 needs 525/],
  ])('can not be used where nvidia-smi is %s', async (smi, reason) => {
    expect(await find(smi)).toMatchObject({ usable: false, reason: expect.stringMatching(reason) as string });
  });

  it('can not be used without the library of its driver', async () => {
    // the program of a container whose driver was not mounted; /sbin's ldconfig is this machine's own
    const found = await find(two, 'true');
    const here = loaderHasCuda();
    expect(found.usable).toBe(here);
    if (!found.usable) expect(found.reason).toMatch(/libcuda\.so\.1/);
  });
});

describe('what TensorFlow says about its libraries', () => {
  it.each([
    [
      "W tsl/dso_loader.cc:64] Could not load dynamic library 'libcudnn.so.9'; dlerror: no such file",
      'libcudnn.so.9 could not be loaded',
    ],
    [
      'Error: libcublas.so.12: cannot open shared object file: No such file or directory\nError: libcufft.so.11: cannot open shared object file',
      'libcublas.so.12, libcufft.so.11 could not be loaded',
    ],
    [
      "/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by x)",
      'libstdc++.so.6 is older than GLIBCXX_3.4.29',
    ],
    [
      'I external/local_xla/xla/tsl/cuda/cudart_stub.cc:31] Could not find cuda drivers on your machine',
      'the NVIDIA driver (libcuda.so.1) was not found',
    ],
    [
      'E cuda_platform.cc:51] failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected\n',
      'the NVIDIA driver did not start: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected',
    ],
    ['W gpu_device.cc:2342] Cannot dlopen some GPU libraries. Please make sure', "some of CUDA's libraries could not be loaded"],
    ['all is well', undefined],
  ])('%j means: %s', (log, meaning) => {
    expect(loaderProblem(log)).toBe(meaning);
  });
});
