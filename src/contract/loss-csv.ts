/** A run's loss as a column of the table. */
export interface LossColumn {
  name: string;
  stepsPerEpoch: number;
  steps: Int32Array;
  losses: Float32Array;
  /** of every step */
  smooth: Float32Array;
  learningRates: Float32Array;
  /** of training up to the end of each step */
  seconds: Float32Array;
  /** the loss on test digits at the ends of epochs */
  testSteps: Int32Array;
  testLosses: Float32Array;
}

/** A field as RFC 4180 wants it. */
const field = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
/** Seven digits are all that a float32 has. */
const number = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '' : String(Number(value.toPrecision(7)));

/**
 * The curves as a table, a line a step: the step, and for each run its epoch, the seconds of training, the loss of the
 * step, the smoothed loss, the learning rate, and the loss on test digits where an epoch ends. A field is empty where a run has no such step.
 */
export function lossCsv(series: readonly LossColumn[]): string {
  const prefix = (s: LossColumn): string => (series.length === 1 ? '' : `${s.name}: `);
  const head = series.flatMap((s) =>
    ['epoch', 'seconds', 'loss', 'smoothed loss', 'learning rate', 'test loss'].map((column) => field(prefix(s) + column)),
  );
  const lines = [['step', ...head].join(',')];
  const cursors = series.map(() => ({ step: 0, test: 0 }));
  for (;;) {
    let step = Infinity;
    for (const [i, { steps, testSteps }] of series.entries())
      step = Math.min(step, steps[cursors[i]!.step] ?? Infinity, testSteps[cursors[i]!.test] ?? Infinity);
    if (step === Infinity) return `${lines.join('\n')}\n`;
    const row = [String(step)];
    for (const [i, s] of series.entries()) {
      const cursor = cursors[i]!;
      const here = s.steps[cursor.step] === step ? cursor.step++ : undefined;
      const test = s.testSteps[cursor.test] === step ? s.testLosses[cursor.test++] : undefined;
      if (here === undefined) row.push('', '', '', '', '');
      else
        row.push(
          String(Math.ceil(step / s.stepsPerEpoch)),
          number(s.seconds[here]),
          number(s.losses[here]),
          number(s.smooth[here]),
          number(s.learningRates[here]),
        );
      row.push(number(test));
    }
    lines.push(row.join(','));
  }
}
