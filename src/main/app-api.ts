// What the control plane offers to its transports (HTTP and WebSocket, IPC) and hosts. Made by createApp in app.ts.
import type { Frame, Snapshot } from '../shared/snapshot.ts';
import type { BundleFiles } from './control/bundles.ts';

export interface App {
  snapshot(): Snapshot;
  /**
   * Frames, at most 10 a second: the first at once, then one whenever something changed, leading edge first.
   * Returns the function that ends the subscription.
   */
  subscribe(listener: (frame: Frame) => void): () => void;
  /** Parses `input` with the command's schema and runs it. Throws LiveDbError (`unknown-command`, `bad-request`, …). */
  execute(command: string, input: unknown): Promise<unknown>;
  /** Bundles as files, for transports that carry files. */
  readonly bundles: BundleFiles;
  /** Drains and stops everything, ends the run in the history, frees the data folder. */
  close(): Promise<void>;
}
