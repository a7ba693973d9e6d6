import { StudioError, type ErrorInfo } from '#contract/error.ts';
import { actionsFor, type RunState } from '#contract/run.ts';

type Device = NonNullable<Extract<RunState, { status: 'queued' }>['device']>;

/** What happens to a run. `at` is in milliseconds since 1970. */
export type RunEvent =
  // a resume: it waits for its turn like a new run
  | { type: 'queue'; at: number; device?: Device | undefined }
  | { type: 'start'; at: number }
  | { type: 'pause'; at: number }
  | { type: 'interrupt'; at: number } // its process ends, not the person's wish to train it
  | { type: 'stop'; at: number }
  | { type: 'complete'; at: number }
  | { type: 'fail'; at: number; error: ErrorInfo };

/** What the event is called in "a run that is … can't be …". */
const VERB: Record<RunEvent['type'], string> = {
  queue: 'resumed',
  start: 'started',
  pause: 'paused',
  interrupt: 'interrupted',
  stop: 'stopped',
  complete: 'completed',
  fail: 'failed',
};

const HINT: Record<RunState['status'], string> = {
  queued: 'It starts when its turn comes; stop it to take it out of the queue.',
  training: 'Pause or stop it first.',
  paused: 'Resume it to go on, or stop it.',
  interrupted: 'Resume it to go on, or stop it.',
  stopped: 'Resume it to go on.',
  completed: 'It has reached its last epoch. Start a new run to train again.',
  failed: 'Its log says why it failed. Resume it to try again from its last checkpoint.',
};

function allows(state: RunState, event: RunEvent): boolean {
  switch (event.type) {
    case 'queue':
      return actionsFor(state.status).resume;
    case 'start':
      return state.status === 'queued';
    case 'stop':
      return actionsFor(state.status).stop;
    case 'fail':
    case 'interrupt': // a queued one: by the process that waits with it
      return state.status === 'training' || state.status === 'queued';
    case 'pause':
    case 'complete':
      return state.status === 'training';
  }
}

/** The state after an event. Throws a StudioError `state` for an event that the state doesn't allow. */
export function transition(state: RunState, event: RunEvent): RunState {
  if (!allows(state, event))
    throw new StudioError('state', `A run that is ${state.status} can't be ${VERB[event.type]}.`, HINT[state.status]);
  const { at } = event;
  switch (event.type) {
    case 'queue':
      return { status: 'queued', queuedAt: at, ...(event.device === undefined ? {} : { device: event.device }) };
    case 'start':
      return { status: 'training', startedAt: at };
    case 'pause':
      return { status: 'paused', at };
    case 'interrupt':
      return { status: 'interrupted', at };
    case 'stop':
      return { status: 'stopped', at };
    case 'complete':
      return { status: 'completed', at };
    case 'fail':
      return { status: 'failed', at, error: event.error };
  }
}

/** The state as whoever holds the run's lock finds it: one that says it is training was left by a writer that is dead. */
export const afterDeath = (state: RunState): RunState => (state.status === 'training' ? { status: 'interrupted' } : state);
