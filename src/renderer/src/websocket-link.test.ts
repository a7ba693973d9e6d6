import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decode, encode } from '#contract/codec.ts';
import { openWebSocketLink, type LinkState } from './websocket-link.ts';

/** A socket whose other end is the test. */
class ScriptedSocket extends EventTarget {
  static readonly OPEN = 1;
  static opened: ScriptedSocket[] = [];
  readyState = 0;
  sent: unknown[] = [];
  constructor() {
    super();
    ScriptedSocket.opened.push(this);
  }
  send(frame: Uint8Array): void {
    this.sent.push(decode(frame));
  }
  close(): void {
    this.readyState = 3;
  }
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
  receive(message: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data: encode(message).buffer }));
  }
  break(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event('close'));
  }
}
const sockets = ScriptedSocket.opened;

function open() {
  const link = openWebSocketLink('ws://127.0.0.1:1/studio');
  const states: LinkState['status'][] = [];
  link.watch((state) => states.push(state.status));
  return { link, states };
}

describe('the WebSocket link', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', ScriptedSocket);
    sockets.length = 0;
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('keeps calls until it is open, and matches replies that come in another order', async () => {
    const { link } = open();
    const [first, second] = [link.invoke('runs.list', undefined), link.invoke('runs.get', { id: 'a' })];
    expect(sockets[0]!.sent).toEqual([]);
    sockets[0]!.open();
    expect(sockets[0]!.sent).toEqual([
      { id: 1, name: 'runs.list', input: undefined },
      { id: 2, name: 'runs.get', input: { id: 'a' } },
    ]);
    sockets[0]!.receive({ id: 2, reply: { ok: false, error: { code: 'not-found', message: 'No run a.', hint: '' } } });
    sockets[0]!.receive({ id: 1, reply: { ok: true, value: [] } });
    expect(await first).toEqual({ ok: true, value: [] });
    expect(await second).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });

  it('hands events with their arrays to its listeners until they leave', () => {
    const { link } = open();
    const heard: unknown[] = [];
    const leave = link.listen((name, payload) => heard.push([name, payload]));
    sockets[0]!.open();
    sockets[0]!.receive({ event: 'run.metrics', payload: { losses: Float32Array.of(0.5) } });
    leave();
    sockets[0]!.receive({ event: 'run.removed', payload: { id: 'a' } });
    expect(heard).toEqual([['run.metrics', { losses: Float32Array.of(0.5) }]]);
  });

  it('fails what is under way when it breaks, and what is called while it is lost', async () => {
    const { link, states } = open();
    sockets[0]!.open();
    const under = link.invoke('runs.list', undefined);
    sockets[0]!.break();
    expect(await under).toMatchObject({ ok: false, error: { code: 'closed' } });
    expect(await link.invoke('runs.list', undefined)).toMatchObject({ ok: false, error: { code: 'closed' } });
    expect(states).toEqual(['connecting', 'open', 'lost']);
  });

  it('sends files past the socket, as they are, and gives what was said of them', async () => {
    const { link } = open();
    const file = new File(['zip'], 'D = 8 & more.fromnoise');
    const fetched = vi.fn<(path: string, init: RequestInit) => Promise<Response>>();
    vi.stubGlobal('fetch', fetched);
    const done = { ok: true, value: { status: 'done', id: 'a' } };
    const refused = { ok: false, error: { code: 'disk-full', message: 'There is no space left.', hint: 'Free some.' } };
    fetched.mockResolvedValueOnce(Response.json(done));
    expect(await link.importFile(file)).toEqual(done);
    expect(fetched).toHaveBeenCalledWith('/import?name=D%20%3D%208%20%26%20more.fromnoise', {
      method: 'POST',
      headers: { 'content-type': 'application/x-fromnoise' },
      body: file,
    });
    fetched.mockResolvedValueOnce(Response.json(refused, { status: 507 }));
    expect(await link.importFile(file)).toEqual(refused);
    // what isn't an answer of the studio's: none at all, one of another program, one for who isn't let in
    fetched.mockRejectedValueOnce(new TypeError('Failed to fetch'));
    fetched.mockResolvedValueOnce(Response.json({ what: 'ever' }));
    fetched.mockResolvedValueOnce(new Response('Open the studio by the link', { status: 403 }));
    for (let i = 0; i < 3; i++)
      expect(await link.importFile(file)).toMatchObject({
        ok: false,
        error: { code: 'closed', message: 'D = 8 & more.fromnoise could not be sent to the studio.' },
      });
  });

  it('tries again with growing pauses, and starts over once it was open', () => {
    const { states } = open();
    sockets[0]!.open();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      const before = Date.now();
      const known = sockets.length;
      sockets.at(-1)!.break();
      while (sockets.length === known) vi.advanceTimersByTime(250);
      pauses.push(Date.now() - before);
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    sockets.at(-1)!.open();
    expect(states.at(-1)).toBe('open');
    sockets.at(-1)!.break();
    vi.advanceTimersByTime(500);
    expect(sockets.length).toBe(8);
  });

  it('tries at once when told to, and never opens twice', () => {
    const { link, states } = open();
    sockets[0]!.break();
    vi.advanceTimersByTime(500);
    link.retry();
    expect(sockets.length).toBe(3);
    sockets[1]!.open();
    expect(states.at(-1)).toBe('lost');
    sockets[2]!.open();
    vi.advanceTimersByTime(20_000);
    link.retry();
    expect(sockets.length).toBe(3);
  });
});
