/** `epoch 3`, `epochs 1 to 4 and 6`, `epochs 1, 3 and 5`; the epochs ascend. */
export function epochsInWords(epochs: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const epoch of epochs) {
    const last = spans.at(-1);
    if (last !== undefined && last[1] === epoch - 1) last[1] = epoch;
    else spans.push([epoch, epoch]);
  }
  const parts = spans.flatMap(([from, to]) =>
    to === from ? [`${from}`] : to === from + 1 ? [`${from}`, `${to}`] : [`${from} to ${to}`],
  );
  const words = parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
  return `${epochs.length === 1 ? 'epoch' : 'epochs'} ${words}`;
}
