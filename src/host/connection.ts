import { WebSocket } from 'ws';
import { decode, encode } from '#contract/codec.ts';
import { toErrorInfo } from '#contract/error.ts';
import { requestSchema, type Message, type Request } from '#contract/socket.ts';
import type { Studio } from '#contract/studio.ts';
import { answer } from './answer.ts';
import { createEventQueue } from './event-queue.ts';

/** Bytes that may wait in one connection before events are merged and no further call is read. */
const HIGH_WATER = 4 << 20;

/** WebSocket's code for a message that is not what it should be. */
const MALFORMED = 1007;

/**
 * Serves the studio to one page over its socket until that closes. A malformed message closes this connection and no other.
 * A page that reads slower than the studio tells gets merged events; one that calls without reading is read no further.
 */
export function serveConnection(studio: Studio, socket: WebSocket): void {
  const events = createEventQueue();

  function send(message: Message): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(encode(message), onSent);
    if (socket.bufferedAmount > HIGH_WATER) socket.pause();
  }
  function onSent(): void {
    if (socket.bufferedAmount > HIGH_WATER) return;
    socket.resume();
    tell();
  }
  function tell(): void {
    while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount <= HIGH_WATER) {
      const event = events.take();
      if (event === undefined) return;
      send({ event: event.name, payload: event.payload });
    }
  }
  async function reply({ id, name, input }: Request): Promise<void> {
    const given = await answer(studio, name, input);
    try {
      send({ id, reply: given });
    } catch (error) {
      // a handler gave what can't cross
      console.error(`The answer to ${name} can't be sent:`, error);
      send({ id, reply: { ok: false, error: toErrorInfo(error) } });
    }
  }

  const unsubscribe = studio.subscribe((name, payload) => {
    events.add(name, payload);
    tell();
  });
  socket.on('message', (data, isBinary) => {
    const request = isBinary ? readRequest(data as Buffer) : undefined;
    if (request === undefined) socket.close(MALFORMED, 'malformed message');
    else void reply(request);
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', unsubscribe);
}

function readRequest(data: Buffer): Request | undefined {
  try {
    return requestSchema.parse(decode(data));
  } catch {
    return undefined; // whatever is wrong with it, the sender is told by the closing code
  }
}
