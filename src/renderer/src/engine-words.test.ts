import { describe, expect, it } from 'vitest';
import { measurementsInWords, progressInWords } from './engine-words.ts';

describe('an installation in words', () => {
  const installing = { status: 'installing', kind: 'cpu', background: true } as const;
  it('counts bytes where there are some, to their end where that is known', () => {
    expect(progressInWords({ ...installing, stage: 'download', bytesDone: 12e6, bytesTotal: 274e6 })).toBe(
      'downloading 12.0 MB of 274 MB',
    );
    expect(progressInWords({ ...installing, stage: 'download', bytesDone: 12e6, bytesTotal: 0 })).toBe('downloading 12.0 MB');
    expect(progressInWords({ ...installing, stage: 'compile', bytesDone: 0, bytesTotal: 0 })).toBe('compiling');
  });
});

describe('a device in words', () => {
  const device = { name: 'd', label: 'D', available: true, detail: '', hint: '' };
  it('says what was measured, and nothing of what was not', () => {
    expect(measurementsInWords(device)).toBe('');
    const measured = {
      ...device,
      selfCheck: { check: 'loss', error: 2.4e-6, tolerance: 2e-5 },
      imagesPerSecond: 960.2,
      bfloat16: { chosen: true, why: '', imagesPerSecond: 1323 },
    };
    expect(measurementsInWords(measured)).toBe(
      'self-check passed, worst error 2 × 10⁻⁶ of 2 × 10⁻⁵ allowed · 960 digits a second in float32 · 1,323 in bfloat16',
    );
    expect(measurementsInWords({ ...measured, available: false })).toBe('');
  });
});
