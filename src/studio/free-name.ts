/** A name that no other run has, so that they are told apart wherever one is chosen: "Class, D = 32 (2)" after the first. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} (${n})`;
  return free;
}

/** What a copy of a run is called; that of a copy isn't a "copy copy". */
export const copyName = (name: string, taken: ReadonlySet<string>): string =>
  freeName(`${name.replace(/ copy( \(\d+\))?$/, '').slice(0, 188)} copy`, taken);
