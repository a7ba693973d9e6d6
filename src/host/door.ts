import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Who is let in: a link carries a token, which the first visit turns into a cookie. */
export interface Door {
  /** What a link carries. Whoever has it has the studio. */
  readonly token: string;
  /** A token for one visit. */
  onceToken(): string;
  /** Whether a link's token lets in. */
  admits(token: string | null): boolean;
  /** The Set-Cookie for who was let in: no script reads it, and no other site's page sends it. */
  readonly setCookie: string;
  /** Whether a request comes from a browser that was let in. */
  knows(request: IncomingMessage): boolean;
}

export function createDoor(port: number): Door {
  const token = newToken();
  const onceTokens = new Set<string>();
  // cookies don't know of ports: with the port in its name, two hosts don't throw each other's pages out
  const cookieName = `studio-${port}`;
  const isToken = (given: string): boolean =>
    given.length === token.length && timingSafeEqual(Buffer.from(given), Buffer.from(token));
  return {
    token,
    onceToken() {
      const once = newToken();
      onceTokens.add(once);
      return once;
    },
    admits: (given) => given !== null && (isToken(given) || onceTokens.delete(given)),
    setCookie: `${cookieName}=${token}; HttpOnly; SameSite=Strict; Path=/`,
    knows: (request) =>
      (request.headers.cookie ?? '')
        .split('; ')
        .some((pair) => pair.startsWith(`${cookieName}=`) && isToken(pair.slice(cookieName.length + 1))),
  };
}

const newToken = (): string => randomBytes(24).toString('base64url');
