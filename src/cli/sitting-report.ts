import { stepsPerEpoch, totalSteps, type Recipe } from '#contract/recipe.ts';
import { about, loss as lossText } from '#contract/words.ts';
import type { SittingEvent } from '#trainer/sitting.ts';
import { createSpeedometer, wholeRunSeconds } from '#trainer/speed.ts';
import type { Output } from './output.ts';
import { barLine, plainLine, type Progress } from './progress-line.ts';

/** A terminal's bar is drawn anew at most this often, a plain line written at most that often. In milliseconds. */
const REDRAW_MS = 100;
const PLAIN_MS = 5000;
/** The first steps are slow; after so many the time of the whole run is worth saying, after fewer when they take seconds. */
const ESTIMATE_AFTER = 5;
const ESTIMATE_AFTER_SLOW = 3;
/** A run longer than this is told of a shorter one. In seconds. */
const LONG = 20 * 60;

/** Says how a sitting goes: a bar on a terminal, plain lines elsewhere, every step as an object under --json. */
export function reportSitting(output: Output, recipe: Recipe): (event: SittingEvent) => void {
  const speedometer = createSpeedometer(recipe);
  const total = totalSteps(recipe);
  const perEpoch = stepsPerEpoch(recipe);
  let startedAt = 0;
  let lastLine = -Infinity;
  let estimated = false;

  function estimate(step: number): void {
    const speed = speedometer.read();
    if (estimated || speed === undefined) return;
    const enough = speed.secondsPerStep > 1 ? ESTIMATE_AFTER_SLOW : ESTIMATE_AFTER;
    if (step - startedAt < Math.min(enough, perEpoch)) return;
    estimated = true;
    const seconds = wholeRunSeconds(recipe, speed.secondsPerStep);
    output.tell({ type: 'estimate', seconds, secondsPerStep: speed.secondsPerStep, secondsLeft: speed.secondsLeft });
    const shorter = seconds > LONG ? '; --preset quick takes minutes' : '';
    output.say(`About ${about(speed.secondsLeft)} to go, measured over the first steps${shorter}.`);
  }

  function showStep({ step, epoch, loss }: Extract<SittingEvent, { type: 'step' }>): void {
    const now = performance.now();
    if (output.json || now - lastLine < (output.redraws ? REDRAW_MS : PLAIN_MS)) return;
    lastLine = now;
    const { imagesPerSecond, secondsLeft } = speedometer.read() ?? {};
    const speed = imagesPerSecond === undefined || secondsLeft === undefined ? {} : { imagesPerSecond, secondsLeft };
    const progress: Progress = { epoch, epochs: recipe.epochs, step, totalSteps: total, loss, ...speed };
    if (output.redraws) output.draw(barLine(progress, output.columns));
    else output.say(plainLine(progress));
  }

  return (event) => {
    output.tell({ ...event });
    switch (event.type) {
      case 'started': {
        const { device, precision, threads, engine, processor } = event.resolved;
        startedAt = event.step;
        output.say(
          `On ${device} in ${precision} with ${threads} threads (${engine}; ${processor})${event.step > 0 ? `, after step ${event.step}` : ''}.`,
        );
        if (event.deviations.length > 0)
          output.say(`The rest need not repeat an uninterrupted run bit by bit: ${event.deviations.join('; ')}.`);
        return;
      }
      case 'step':
        speedometer.add(event.step, event.seconds);
        estimate(event.step);
        showStep(event);
        return;
      case 'sampling':
        output.say(`Sampling after epoch ${event.epoch}: 40 images in ${event.steps} steps.`);
        return;
      case 'epoch':
        output.say(
          `Epoch ${event.epoch} of ${recipe.epochs}: loss ${lossText(event.loss)}, test loss ${lossText(event.testLoss)}.`,
        );
    }
  };
}
