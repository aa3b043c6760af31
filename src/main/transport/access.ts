// Who may talk to the loopback server: the token, and the Host and Origin a request may carry. Pure; used by the HTTP
// API, the page and the stream. A page of the internet that resolves to 127.0.0.1 (DNS rebinding) fails on its Host,
// one that calls across origins fails on its Origin, another user of the machine fails on the token.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { STREAM_PROTOCOL } from '../../shared/bridge.ts';
import { LiveDbError } from '../../shared/errors.ts';

/** 256 bits, of characters that a fragment and a WebSocket subprotocol both take. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Compares in constant time, whatever the lengths. */
export function sameToken(given: string, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

export interface Access {
  /** Throws `forbidden` when Host or Origin is not this server's own. */
  checkSource(headers: { host?: string | undefined; origin?: string | undefined }): void;
  /** Throws `unauthorised` unless the token came as `Authorization: Bearer` or in the stream's subprotocols. */
  checkToken(headers: { authorization?: string | undefined; protocols?: string | undefined }): void;
}

function forbidden(header: string, value: string): LiveDbError {
  return new LiveDbError({
    code: 'forbidden',
    message: `The request was refused: its ${header} "${value}" is not this server.`,
    remedy: 'Use the address that LiveDB printed.',
  });
}

/** The token among the subprotocols `livedb, <token>`; null when they are not of that form. */
function tokenOfProtocols(protocols: string | undefined): string | null {
  const parts = (protocols ?? '').split(',').map((part) => part.trim());
  const [name, token, ...rest] = parts;
  return name === STREAM_PROTOCOL && token !== undefined && token !== '' && rest.length === 0 ? token : null;
}

export function createAccess(token: string, port: () => number): Access {
  const hosts = () => [`127.0.0.1:${port()}`, `localhost:${port()}`];
  return {
    checkSource({ host, origin }) {
      if (host === undefined || !hosts().includes(host.toLowerCase())) throw forbidden('Host', host ?? '');
      if (origin === undefined) return;
      if (!hosts().some((own) => origin.toLowerCase() === `http://${own}`)) throw forbidden('Origin', origin);
    },
    checkToken({ authorization, protocols }) {
      const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      const given = bearer ?? tokenOfProtocols(protocols);
      if (given !== null && sameToken(given, token)) return;
      throw new LiveDbError({
        code: 'unauthorised',
        message: 'The request was refused: it does not carry the token of this run.',
        remedy:
          'Send "Authorization: Bearer <token>" with the token of the ready line, or open the printed address.',
      });
    },
  };
}

/** Headers of every answer. The page runs only what is built into LiveDB and talks only to `connectTo` and its origin. */
export function securityHeaders(connectTo: readonly string[]): Record<string, string> {
  const csp = [
    "default-src 'none'",
    "script-src 'self'",
    // Component styles are set as attributes; they cannot carry code.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    ["connect-src 'self'", ...connectTo].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return {
    'Content-Security-Policy': csp,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=()',
  };
}
