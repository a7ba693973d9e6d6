type Classes = 'all' | number[];

/** The digits that are chosen after one is pressed: alone if all were, else it comes or goes; when none is left, all. */
export function chosenAfter(chosen: Classes, pressed: number): Classes {
  if (chosen === 'all') return [pressed];
  const next = chosen.includes(pressed)
    ? chosen.filter((digit) => digit !== pressed)
    : [...chosen, pressed].sort((a, b) => a - b);
  return next.length === 0 || next.length === 10 ? 'all' : next;
}
