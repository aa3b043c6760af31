// What differs between the desktop and the browser edition, as one small port. Everything else is shared code.
import type { ToChild } from '../../shared/link.ts';

export type ChildName =
  | 'postgres'
  | 'broker'
  | 'writer'
  | 'producer'
  | 'processor'
  | 'replay'
  | 'audit'
  | 'faults';

/** A child process as the control plane holds it, whatever forked it. `exit` fires exactly once. */
export interface ForkedChild {
  readonly pid: number | undefined;
  send(message: ToChild): void;
  onMessage(listener: (message: unknown) => void): void;
  onExit(listener: (code: number | null, signal: string | null) => void): void;
  /** SIGKILL (Windows: TerminateProcess). */
  kill(): void;
}

export interface Host {
  edition: 'desktop' | 'browser';
  /** Forks one of LiveDB's programs by name; it says `hello` when it is up. */
  fork(name: ChildName): ForkedChild;
  /** The seed that ships with LiveDB. */
  shippedSeed: string;
  version: string;
}
