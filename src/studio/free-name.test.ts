import { describe, expect, it } from 'vitest';
import { copyName, freeName } from './free-name.ts';

describe('the name of a new run', () => {
  it('is numbered from the second of that name on', () => {
    expect(freeName('Class, D = 32', new Set())).toBe('Class, D = 32');
    expect(freeName('Class, D = 32', new Set(['Class, D = 32']))).toBe('Class, D = 32 (2)');
    expect(freeName('Class, D = 32', new Set(['Class, D = 32', 'Class, D = 32 (2)']))).toBe('Class, D = 32 (3)');
  });
  it('says once that it is a copy', () => {
    expect(copyName('First', new Set(['First']))).toBe('First copy');
    expect(copyName('First copy', new Set(['First copy']))).toBe('First copy (2)');
    expect(copyName('First copy (2)', new Set(['First', 'First copy', 'First copy (2)']))).toBe('First copy (3)');
  });
});
