import { describe, expect, it } from 'vitest';
import { cosineSchedule, linearSchedule, scheduleNamed, signalToNoise } from './schedule.ts';

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

describe('the cosine schedule', () => {
  const schedule = cosineSchedule(300);

  it('has ᾱ_t = f(t) / f(0) wherever β is not cut off', () => {
    const f = (t: number) => Math.cos(((t / 300 + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    for (const t of [0, 1, 75, 150, 225, 299]) expect(schedule.alphaBar[t]).toBeCloseTo(f(t) / f(0), 12);
    // half-way the linear one has lost far more of the image
    expect(schedule.alphaBar[150]).toBeGreaterThan(linearSchedule(300).alphaBar[150]!);
  });

  it('holds β in (0, 0.999]', () => {
    expect(Math.min(...schedule.beta.subarray(1))).toBeGreaterThan(0);
    expect(schedule.beta[300]).toBe(0.999);
  });

  it('is found by its name', () => {
    expect(scheduleNamed('cosine', 300)).toEqual(schedule);
    expect(scheduleNamed('linear', 300)).toEqual(linearSchedule(300));
    expect(() => cosineSchedule(1)).toThrow('at least 2');
  });
});

it('tells the signal-to-noise ratio, infinite for the clean image', () => {
  const snr = signalToNoise(linearSchedule(300));
  expect([snr[0], snr[1]]).toEqual([Infinity, expect.closeTo(9999, 6)]);
  expect(snr[300]).toBeCloseTo(0.0481 / (1 - 0.0481), 3);
});
