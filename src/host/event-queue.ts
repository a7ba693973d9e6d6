import type { MetricColumns } from '#contract/metrics.ts';
import type { EventName, EventPayload } from '#contract/studio.ts';

export type StudioEvent = { [K in EventName]: { name: K; payload: EventPayload<K> } }[EventName];

/**
 * Events that wait for a reader who is slower than the studio. What waits is merged, so that it never grows beyond the
 * state it tells of: of a run's or the settings' changes only the last counts, steps are joined, and steps that a cut
 * voids are dropped. The frames of a sampling and of a walk all count; a request limits how many there are.
 */
export interface EventQueue {
  add<K extends EventName>(name: K, payload: EventPayload<K>): void;
  /** The next event to send, or undefined when none waits. */
  take(): StudioEvent | undefined;
}

export function createEventQueue(): EventQueue {
  /** by what an event is about, in the order in which it was first told */
  const waiting = new Map<string, StudioEvent>();
  const pending = <K extends EventName>(key: string): EventPayload<K> | undefined =>
    waiting.get(key)?.payload as EventPayload<K> | undefined;

  const merge: { [K in EventName]: (payload: EventPayload<K>) => void } = {
    'settings.changed': (payload) => waiting.set('settings', { name: 'settings.changed', payload }),
    'report.changed': (payload) => waiting.set('report', { name: 'report.changed', payload }),
    'engines.changed': (payload) => waiting.set('engines', { name: 'engines.changed', payload }),
    'devices.found': (payload) => waiting.set(`device ${payload.name}`, { name: 'devices.found', payload }),
    'run.changed': (payload) => waiting.set(`run ${payload.id}`, { name: 'run.changed', payload }),
    // a group of its own each time: they are told once
    'runs.found': (payload) => waiting.set(`found ${payload.runs[0]?.id}`, { name: 'runs.found', payload }),
    'run.removed': (payload) => {
      for (const what of ['run', 'cut', 'metrics']) waiting.delete(`${what} ${payload.id}`);
      waiting.set(`removed ${payload.id}`, { name: 'run.removed', payload });
    },
    'run.metrics': (payload) => {
      const key = `metrics ${payload.id}`;
      const before = pending<'run.metrics'>(key);
      const columns = before === undefined ? payload.columns : joinColumns(before.columns, payload.columns);
      waiting.set(key, { name: 'run.metrics', payload: { id: payload.id, columns } });
    },
    'run.cut': (payload) => {
      const { id } = payload;
      const before = pending<'run.metrics'>(`metrics ${id}`);
      const cut = Math.min(payload.step, pending<'run.cut'>(`cut ${id}`)?.step ?? Infinity);
      // what is left of the steps goes behind the cut, which must not void them
      waiting.delete(`metrics ${id}`);
      waiting.set(`cut ${id}`, { name: 'run.cut', payload: { id, step: cut } });
      if (before === undefined) return;
      const columns = cutColumns(before.columns, payload.step);
      if (columns.steps.length + columns.testSteps.length > 0)
        waiting.set(`metrics ${id}`, { name: 'run.metrics', payload: { id, columns } });
    },
    'sampling.progress': (payload) => waiting.set(`sampling ${payload.job}`, { name: 'sampling.progress', payload }),
    'sampling.frame': (payload) => waiting.set(`frame ${payload.job} ${payload.index}`, { name: 'sampling.frame', payload }),
    'sampling.ended': (payload) => {
      // it is the last that is told of a sampling
      waiting.delete(`sampling ${payload.job}`);
      waiting.set(`ended ${payload.job}`, { name: 'sampling.ended', payload });
    },
    'scoring.progress': (payload) => waiting.set(`scoring ${payload.job}`, { name: 'scoring.progress', payload }),
    // which epoch it was is read anew from the run
    'scoring.scored': (payload) => waiting.set(`score ${payload.job}`, { name: 'scoring.scored', payload }),
    'scoring.ended': (payload) => {
      waiting.delete(`scoring ${payload.job}`);
      waiting.set(`scored ${payload.job}`, { name: 'scoring.ended', payload });
    },
    'import.progress': (payload) => waiting.set(`import ${payload.job}`, { name: 'import.progress', payload }),
    'import.ended': (payload) => {
      waiting.delete(`import ${payload.job}`);
      waiting.set(`imported ${payload.job}`, { name: 'import.ended', payload });
    },
    'playground.frame': (payload) => waiting.set(`walk ${payload.job} ${payload.index}`, { name: 'playground.frame', payload }),
    'playground.ended': (payload) => waiting.set(`walked ${payload.job}`, { name: 'playground.ended', payload }),
  };

  return {
    add: (name, payload) => merge[name](payload),
    take() {
      const first = waiting.entries().next();
      if (first.done === true) return undefined;
      const [key, event] = first.value;
      waiting.delete(key);
      return event;
    },
  };
}

const joined = <T extends Int32Array | Float32Array>(a: T, b: T): T => {
  const out = new (a.constructor as new (length: number) => T)(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
};

function joinColumns(a: MetricColumns, b: MetricColumns): MetricColumns {
  return {
    steps: joined(a.steps, b.steps),
    losses: joined(a.losses, b.losses),
    ...(a.quarterLosses && b.quarterLosses && { quarterLosses: joined(a.quarterLosses, b.quarterLosses) }),
    learningRates: joined(a.learningRates, b.learningRates),
    seconds: joined(a.seconds, b.seconds),
    testSteps: joined(a.testSteps, b.testSteps),
    testLosses: joined(a.testLosses, b.testLosses),
  };
}

/** The columns up to and with `step`; steps rise. */
function cutColumns(columns: MetricColumns, step: number): MetricColumns {
  const beyond = (steps: Int32Array): number => {
    const at = steps.findIndex((s) => s > step);
    return at < 0 ? steps.length : at;
  };
  const kept = beyond(columns.steps);
  const keptTests = beyond(columns.testSteps);
  return {
    steps: columns.steps.slice(0, kept),
    losses: columns.losses.slice(0, kept),
    ...(columns.quarterLosses && { quarterLosses: columns.quarterLosses.slice(0, 4 * kept) }),
    learningRates: columns.learningRates.slice(0, kept),
    seconds: columns.seconds.slice(0, kept),
    testSteps: columns.testSteps.slice(0, keptTests),
    testLosses: columns.testLosses.slice(0, keptTests),
  };
}
