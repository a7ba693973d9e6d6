import * as z from 'zod/mini';
import { errorSchema } from './error.ts';

/**
 * What crosses the browser host's WebSocket, each message one frame of the codec. The path and the messages; the
 * preload bridge needs neither.
 */
export const SOCKET_PATH = '/studio';

/** From the page: a call. `id` is the page's, and comes back with the reply. */
export const requestSchema = z.object({
  id: z.int().check(z.minimum(0)),
  name: z.string().check(z.maxLength(200)),
  input: z.optional(z.unknown()),
});
export type Request = z.infer<typeof requestSchema>;

/** How an answer crosses: see Reply in link.ts. */
export const replySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.optional(z.unknown()) }),
  z.object({ ok: z.literal(false), error: errorSchema }),
]);

/** From the host: the reply to a call, or an event. */
export const messageSchema = z.union([
  z.object({ id: z.int(), reply: replySchema }),
  z.object({ event: z.string(), payload: z.unknown() }),
]);
export type Message = z.infer<typeof messageSchema>;
