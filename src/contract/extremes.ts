/**
 * Lowest and highest value between any two places of a curve that grows, by a tree: a node of a level is over four of the
 * level below. A point more touches one node a level; a question about any stretch looks at some six numbers a level,
 * however long it is. Values that are not finite are left out.
 */
export class Extremes {
  /** answers of the last `look`; `low` is above `high` where there was no finite value */
  low = Infinity;
  high = -Infinity;
  private values: Float32Array = new Float32Array(0);
  private readonly levels: Level[] = [];

  /** Takes in the curve as it is now. The first `same` values must be what they were at the last call. */
  update(values: Float32Array, same: number): void {
    this.values = values;
    let count = values.length;
    let from = Math.min(same, count);
    for (let level = 0; count > 1; level++) {
      from = Math.floor(from / FAN);
      const below = count;
      count = Math.ceil(count / FAN);
      const nodes = (this.levels[level] ??= { low: new Float32Array(0), high: new Float32Array(0) });
      if (nodes.low.length < count) {
        nodes.low = grown(nodes.low, count);
        nodes.high = grown(nodes.high, count);
      }
      for (let node = from; node < count; node++) {
        this.reset();
        for (let child = node * FAN; child < Math.min(below, (node + 1) * FAN); child++) this.take(level, child);
        nodes.low[node] = this.low;
        nodes.high[node] = this.high;
      }
    }
  }

  /** Sets `low` and `high` to those of the values at [from, to). */
  look(from: number, to: number): void {
    this.reset();
    for (let level = 0; from < to; level++) {
      while (from < to && from % FAN !== 0) this.take(level, from++);
      while (from < to && to % FAN !== 0) this.take(level, --to);
      from /= FAN;
      to /= FAN;
    }
  }

  /** Where the lowest value is, the first of equal ones; -1 where none is finite. */
  lowest(): number {
    const { length } = this.values;
    this.look(0, length);
    const { low, high } = this;
    if (low > high) return -1;
    let at = 0;
    for (let level = depth(length); level >= 0; level--) {
      at *= FAN;
      while (this.lowOf(level, at) !== low) at++;
    }
    return at;
  }

  private reset(): void {
    this.low = Infinity;
    this.high = -Infinity;
  }
  /** The value at a place of level 0, or the node of a level above. */
  private take(level: number, at: number): void {
    if (level === 0) {
      const value = this.values[at]!;
      if (value - value !== 0) return;
      if (value < this.low) this.low = value;
      if (value > this.high) this.high = value;
      return;
    }
    const { low, high } = this.levels[level - 1]!;
    if (low[at]! < this.low) this.low = low[at]!;
    if (high[at]! > this.high) this.high = high[at]!;
  }
  private lowOf(level: number, at: number): number {
    return level === 0 ? this.values[at]! : this.levels[level - 1]!.low[at]!;
  }
}

interface Level {
  low: Float32Array;
  high: Float32Array;
}

/** Children of a node. */
const FAN = 4;

/** Levels above the values until one node is over all. */
function depth(length: number): number {
  let levels = 0;
  for (let count = length; count > 1; count = Math.ceil(count / FAN)) levels++;
  return levels;
}

function grown(from: Float32Array, length: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(Math.max(length, 2 * from.length, 64));
  larger.set(from);
  return larger;
}

/**
 * How many values at the start of two curves are the same. Where one is a longer view of the other's memory that is known
 * at once: what was written of a curve stays as it is.
 */
export function sameUntil(before: Float32Array, now: Float32Array): number {
  const shared = Math.min(before.length, now.length);
  if (before.buffer === now.buffer && before.byteOffset === now.byteOffset) return shared;
  let same = 0;
  while (same < shared && Object.is(before[same], now[same])) same++;
  return same;
}
