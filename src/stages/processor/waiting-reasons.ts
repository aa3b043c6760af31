// What an engine waits for, from several parts at once: the first reason that still holds is the one shown.
export class WaitingReasons {
  readonly #tell: (reason: string | null) => void;
  readonly #reasons = new Map<string, string>();

  constructor(tell: (reason: string | null) => void) {
    this.#tell = tell;
  }

  /** The voice of one part: a reason while it waits, null when it goes on. */
  of(part: string): (reason: string | null) => void {
    return (reason) => {
      if (reason === null) this.#reasons.delete(part);
      else this.#reasons.set(part, reason);
      const [first = null] = this.#reasons.values();
      this.#tell(first);
    };
  }
}
