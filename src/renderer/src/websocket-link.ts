import { ARCHIVE_TYPE, IMPORT_PATH } from '#contract/archive.ts';
import { decode, encode } from '#contract/codec.ts';
import { StudioError } from '#contract/error.ts';
import type { Link, Reply } from '#contract/link.ts';
import { messageSchema, replySchema, type Request } from '#contract/socket.ts';

export type LinkState =
  | { status: 'connecting' }
  | { status: 'open' }
  /** it was open and is gone, or never opened; it tries again at `retryAt`, in milliseconds since 1970 */
  | { status: 'lost'; retryAt: number };

export interface WebSocketLink extends Link {
  /** Tells the state now and at every change. Returns its unsubscribe. */
  watch(listener: (state: LinkState) => void): () => void;
  /** Tries again at once. */
  retry(): void;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;

const closed = () =>
  new StudioError('closed', 'The connection to the studio is gone.', 'It is tried again by itself; repeat this once it is back.');

/**
 * The studio behind a WebSocket, for as long as the page lives. It reconnects by itself, with growing pauses. Calls wait for the first opening;
 * calls under way when the connection breaks, and calls while it is lost, fail with code `closed`.
 */
export function openWebSocketLink(url: string): WebSocketLink {
  const listeners = new Set<(name: string, payload: unknown) => void>();
  const watchers = new Set<(state: LinkState) => void>();
  const replies = new Map<number, (reply: Reply) => void>();
  let unsent: Request[] = [];
  let state: LinkState = { status: 'connecting' };
  let socket: WebSocket | undefined;
  let lastId = 0;
  let pause = FIRST_PAUSE;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function become(next: LinkState): void {
    state = next;
    for (const watcher of [...watchers]) watcher(next);
  }
  function failAll(): void {
    unsent = [];
    const waiting = [...replies.values()];
    replies.clear();
    for (const settle of waiting) settle({ ok: false, error: closed().toInfo() });
  }
  function onMessage(data: ArrayBuffer): void {
    const message = messageSchema.parse(decode(data));
    if ('event' in message) {
      for (const listener of [...listeners]) listener(message.event, message.payload);
      return;
    }
    const settle = replies.get(message.id);
    replies.delete(message.id);
    const { reply } = message;
    settle?.(reply.ok ? { ok: true, value: reply.value } : reply);
  }
  function connect(): void {
    clearTimeout(timer);
    // one that is still opening must not open beside the new one
    socket?.close();
    const mine = (socket = new WebSocket(url));
    mine.binaryType = 'arraybuffer';
    mine.addEventListener('open', () => {
      if (mine !== socket) return;
      pause = FIRST_PAUSE;
      for (const request of unsent) mine.send(encode(request));
      unsent = [];
      become({ status: 'open' });
    });
    mine.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
      if (mine === socket) onMessage(event.data);
    });
    // `error` is always followed by `close`
    mine.addEventListener('close', () => {
      if (mine !== socket) return;
      failAll();
      become({ status: 'lost', retryAt: Date.now() + pause });
      timer = setTimeout(connect, pause);
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    });
  }
  connect();

  return {
    invoke(name, input) {
      if (state.status === 'lost') return Promise.resolve({ ok: false, error: closed().toInfo() });
      const request: Request = { id: ++lastId, name, input };
      return new Promise((resolve) => {
        replies.set(request.id, resolve);
        if (socket?.readyState === WebSocket.OPEN) socket.send(encode(request));
        else unsent.push(request);
      });
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    importFile: sendFile,
    watch(watcher) {
      watchers.add(watcher);
      watcher(state);
      return () => void watchers.delete(watcher);
    },
    retry() {
      if (state.status !== 'lost') return;
      connect();
    },
  };
}

/** Sends a file to the browser host, past the socket, which carries messages. The browser reads it from the disk as it is sent. */
async function sendFile(file: File): Promise<Reply> {
  try {
    const response = await fetch(`${IMPORT_PATH}?name=${encodeURIComponent(file.name)}`, {
      method: 'POST',
      headers: { 'content-type': ARCHIVE_TYPE },
      body: file,
    });
    const reply = replySchema.safeParse(await response.json());
    if (reply.success) return reply.data.ok ? { ok: true, value: reply.data.value } : reply.data;
  } catch {
    // the browser doesn't say more than that it failed
  }
  const error = new StudioError(
    'closed',
    `${file.name} could not be sent to the studio.`,
    'See that the file is still there and that the studio answers, then import it again.',
  );
  return { ok: false, error: error.toInfo() };
}
