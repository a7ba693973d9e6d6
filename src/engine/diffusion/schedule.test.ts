import { describe, expect, it } from 'vitest';
import { linearSchedule } from './schedule.ts';

describe('the linear schedule', () => {
  it('runs from 10⁻⁴ to 0.02 over T timesteps, and leaves a trace of signal at 300', () => {
    const { beta, alpha, alphaBar } = linearSchedule(300);
    expect([beta.length, beta[0], beta[1], beta[300]]).toEqual([301, 0, 1e-4, 0.02]);
    expect(alpha[300]).toBe(0.98);
    expect(alphaBar[0]).toBe(1);
    expect(alphaBar[1]).toBe(1 - 1e-4);
    expect(alphaBar[300]).toBeCloseTo(0.0481, 4);
  });

  it('refuses less than two timesteps', () => {
    expect(() => linearSchedule(1)).toThrow('a schedule of 1 timesteps; it takes at least 2');
    expect(() => linearSchedule(2.5)).toThrow('2.5');
  });
});
