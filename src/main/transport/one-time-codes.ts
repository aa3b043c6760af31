// Codes that open the page once: the command line of an app window can be read by other users of the machine, so it
// carries such a code instead of the token. Made by http-server.ts, taken by http-routes.ts.
import { newToken } from './access.ts';

/** A browser that has not asked by then is not going to. */
const LIFETIME_MS = 60_000;
const MAX_OPEN_CODES = 16;

export class OneTimeCodes {
  readonly #now: () => number;
  readonly #expiry = new Map<string, number>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  create(): string {
    const oldest = this.#expiry.keys().next().value;
    if (this.#expiry.size >= MAX_OPEN_CODES && oldest !== undefined) this.#expiry.delete(oldest);
    const code = newToken();
    this.#expiry.set(code, this.#now() + LIFETIME_MS);
    return code;
  }

  /** Whether the code is good; it is used up by asking. */
  take(code: string): boolean {
    const expiry = this.#expiry.get(code);
    this.#expiry.delete(code);
    return expiry !== undefined && this.#now() <= expiry;
  }
}
