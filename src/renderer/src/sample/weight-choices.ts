/** The weights after the last step, or their running average where a run keeps one. */
export const weightChoices = [
  { value: 'raw', label: 'Last' },
  { value: 'ema', label: 'Averaged' },
] as const;
