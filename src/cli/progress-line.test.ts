import { describe, expect, it } from 'vitest';
import { barLine, plainLine, type Progress } from './progress-line.ts';

const progress: Progress = {
  epoch: 2,
  epochs: 5,
  step: 300,
  totalSteps: 600,
  loss: 0.0123456,
  imagesPerSecond: 151.7,
  secondsLeft: 754,
};

describe('a progress line', () => {
  it('says epoch, step, loss, speed and time left', () => {
    expect(plainLine(progress)).toBe('epoch 2/5  step 300/600  loss 0.0123  152 img/s  12:34 left');
  });

  it('leaves out what is not known yet', () => {
    expect(plainLine({ epoch: 1, epochs: 5, step: 1, totalSteps: 600, loss: 1 })).toBe('epoch 1/5  step 1/600  loss 1.0000');
  });

  it('draws half a bar for half the steps, and fits the terminal', () => {
    const line = barLine(progress, 120);
    expect(line.match(/█/g)!.length).toBe(line.match(/░/g)!.length);
    for (const columns of [10, 40, 70, 80, 100, 200]) expect(barLine(progress, columns).length).toBeLessThan(columns);
  });
});
