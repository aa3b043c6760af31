// What the control plane is started with. Made by boot.ts from the data folder and the command line.
import type { History } from '../history/port.ts';
import type { ControlLog } from './parts.ts';

export interface AppOptions {
  dataDir: string;
  history: History;
  /** Start the pipeline at once; null: only when both services are embedded. */
  run: boolean | null;
  env: Readonly<Record<string, string | undefined>>;
  /** Seed named on the command line; becomes the writer's setting. */
  seedFile?: string | null;
  log: ControlLog;
}
