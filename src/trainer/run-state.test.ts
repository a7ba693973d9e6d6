import { describe, expect, it } from 'vitest';
import { StudioError } from '#contract/error.ts';
import { actionsFor, type RunState } from '#contract/run.ts';
import { transition, type RunEvent } from './run-state.ts';

const error = { code: 'disk-full', message: 'No space is left.', hint: 'Free some.' };
const states: RunState[] = [
  { status: 'queued', queuedAt: 1 },
  { status: 'training', startedAt: 1 },
  { status: 'paused', at: 1 },
  { status: 'interrupted' },
  { status: 'stopped', at: 1 },
  { status: 'completed', at: 1 },
  { status: 'failed', at: 1, error },
];
const events: RunEvent[] = [
  { type: 'queue', at: 2 },
  { type: 'start', at: 2 },
  { type: 'pause', at: 2 },
  { type: 'interrupt', at: 2 },
  { type: 'stop', at: 2 },
  { type: 'complete', at: 2 },
  { type: 'fail', at: 2, error },
];
const after = (state: RunState, event: RunEvent): string => {
  try {
    return transition(state, event).status;
  } catch (e) {
    if (e instanceof StudioError && e.code === 'state') return '-';
    throw e;
  }
};

describe('transition', () => {
  it('knows where every event leads from every state', () => {
    const table = Object.fromEntries(events.map((e) => [e.type, states.map((s) => after(s, e)).join(' ')]));
    expect(table).toEqual({
      //          queued training paused interrupted stopped completed failed
      queue: '- - queued queued queued - queued',
      start: 'training - - - - - -',
      pause: '- paused - - - - -',
      interrupt: 'interrupted interrupted - - - - -',
      stop: 'stopped stopped stopped stopped - - -',
      complete: '- completed - - - - -',
      fail: 'failed failed - - - - -',
    });
  });

  it('allows what the windows offer', () => {
    for (const state of states) {
      const offered = actionsFor(state.status);
      expect(after(state, { type: 'queue', at: 2 }) !== '-').toBe(offered.resume);
      expect(after(state, { type: 'stop', at: 2 }) !== '-').toBe(offered.stop);
      expect(after(state, { type: 'pause', at: 2 }) !== '-').toBe(offered.pause);
    }
  });

  it('says what the run is and what to do instead', () => {
    expect(() => transition({ status: 'completed', at: 1 }, { type: 'queue', at: 2 })).toThrow(
      "A run that is completed can't be resumed.",
    );
  });
});
