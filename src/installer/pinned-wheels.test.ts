import { describe, expect, it } from 'vitest';
import { pinnedWheels, TENSORFLOW_VERSION } from './pinned-wheels.ts';

const SYSTEMS = ['linux x64', 'linux arm64', 'darwin arm64'];

describe('the pinned wheels', () => {
  it.each(SYSTEMS)("are TensorFlow's for each Python of %s, with what pip has to be asked", (system) => {
    const [tensorflow, ...others] = pinnedWheels('cpu', system);
    expect(others).toEqual([]);
    expect(tensorflow!.map(({ python }) => python).sort()).toEqual(['cp310', 'cp311', 'cp312', 'cp313']);
    for (const wheel of tensorflow!) {
      expect(wheel).toMatchObject({
        project: expect.stringMatching(/^tensorflow(-cpu)?$/) as string,
        version: TENSORFLOW_VERSION,
        abi: wheel.python,
      });
      expect(wheel.bytes).toBeGreaterThan(2e8);
      expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('bring the parts of CUDA for a GPU, after TensorFlow', () => {
    const [tensorflow, ...nvidia] = pinnedWheels('gpu', 'linux x64');
    expect(tensorflow![0]).toMatchObject({ project: 'tensorflow', version: TENSORFLOW_VERSION, python: 'cp311' });
    // "and-cuda" in the metadata of TensorFlow 2.21.0
    expect(nvidia.map(([first]) => first!.project.replace(/^nvidia-(.*)-cu12$/, '$1')).sort()).toEqual([
      'cublas',
      'cuda-cupti',
      'cuda-nvcc',
      'cuda-nvrtc',
      'cuda-runtime',
      'cudnn',
      'cufft',
      'curand',
      'cusolver',
      'cusparse',
      'nccl',
      'nvjitlink',
    ]);
    expect(nvidia.map(([first]) => first!.abi)).toEqual(Array(12).fill('none'));
    expect(nvidia[1]![0]).toMatchObject({ version: '12.9.79', python: 'py3', system: 'manylinux_2_25_x86_64' });
  });

  it('have no hash twice', () => {
    const all = [...SYSTEMS.map((system) => pinnedWheels('cpu', system)), pinnedWheels('gpu', 'linux x64')].flat(2);
    expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(all.length);
  });

  it('are none where PyPI has none that can be used', () => {
    expect([pinnedWheels('cpu', 'win32 x64'), pinnedWheels('gpu', 'darwin arm64'), pinnedWheels('cpu', 'sunos sparc')]).toEqual([
      [],
      [],
      [],
    ]);
  });
});
