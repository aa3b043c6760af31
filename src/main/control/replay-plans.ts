// What a replay that runs was started with, in a file of its own, so that it goes on after a restart of the app. Written
// by replays.ts before the process is forked, gone when the replay has ended.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ReplayConfig } from '../../shared/replay-link.ts';

/** The places of services may be others by then: they are asked for anew. */
export const ReplayPlan = ReplayConfig.omit({
  dataDir: true,
  logDir: true,
  kafka: true,
  postgres: true,
  paused: true,
});
export type ReplayPlan = z.infer<typeof ReplayPlan>;

export interface ReplayPlans {
  save(plan: ReplayPlan): Promise<void>;
  /** Null when there is none that can be read. */
  load(id: string): Promise<ReplayPlan | null>;
  /** Also what the process kept of its own. */
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
}

export function openReplayPlans(dataDir: string): ReplayPlans {
  const folder = join(dataDir, 'replays');
  const file = (id: string) => join(folder, `${id}.plan.json`);
  return {
    async save(plan) {
      await mkdir(folder, { recursive: true });
      await writeFile(`${file(plan.id)}.new`, JSON.stringify(plan));
      await rename(`${file(plan.id)}.new`, file(plan.id));
    },
    async load(id) {
      try {
        return ReplayPlan.parse(JSON.parse(await readFile(file(id), 'utf8')));
      } catch (error) {
        if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
    async remove(id) {
      await rm(file(id), { force: true });
      await rm(join(folder, `${id}.json`), { force: true });
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}
