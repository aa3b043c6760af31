// Says when a peer does not answer: a half-dead one (packets vanish, nothing closes) shows in nothing else until a time
// limit runs out. Called by the stages around what they ask of PostgreSQL and Kafka.

/** An answer that takes longer than this is worth saying, ms; the limits that end the waiting are longer. */
export const SILENCE_SAID_MS = 2_000;

export interface Silence {
  said(): void;
  /** The answer came after all, or the question failed: whoever asked goes on. */
  over(): void;
}

/** Passes on the outcome of `work`; tells once when it takes longer than `afterMs`, and when that is over. */
export async function tellingSilence<T>(
  work: Promise<T>,
  silence: Silence,
  afterMs = SILENCE_SAID_MS,
): Promise<T> {
  let said = false;
  const timer = setTimeout(() => {
    said = true;
    silence.said();
  }, afterMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    if (said) silence.over();
  }
}

export const silenceOf = (peer: string, afterMs = SILENCE_SAID_MS): string =>
  `Waiting for ${peer}: it has not answered for ${afterMs / 1000} s.`;
