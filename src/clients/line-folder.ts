// Where the states of one query of the processor are kept, and the list of them that lies beside. The processor writes
// there; the control plane reads the list while the processor does not run.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { KafkaEndpoint } from '../shared/link.ts';
import { CheckpointMark, StateInfo } from '../shared/states.ts';

export const STATE_LIST_FILE = 'states.json';

/** What is known of the states without opening them; made anew with every checkpoint, and worth no more than the files. */
export const StateList = z.object({
  query: z.string(),
  states: z.array(StateInfo.extend({ file: z.string() })),
  timeline: z.array(CheckpointMark),
});
export type StateList = z.infer<typeof StateList>;

/**
 * Folder of a line. States belong to one topic of one cluster: pointing LiveDB elsewhere must not mix their offsets.
 * `side`: name of a query beside the live one; null for the live one, whatever its name.
 */
export function lineFolder(
  dataDir: string,
  kafka: Pick<KafkaEndpoint, 'kind' | 'topic' | 'brokers'>,
  side: string | null,
): string {
  const cluster =
    kafka.kind === 'embedded'
      ? ''
      : `-${createHash('sha256')
          .update([...kafka.brokers].sort().join())
          .digest('hex')
          .slice(0, 8)}`;
  const name = `${kafka.kind}-${kafka.topic}${cluster}`;
  return join(dataDir, 'checkpoints', side === null ? name : `${name}--${side}`);
}

/** The states whose files are there; none when the list is missing or does not parse. */
export async function readStateList(folder: string): Promise<StateInfo[]> {
  let text: string;
  try {
    text = await readFile(join(folder, STATE_LIST_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const list = StateList.safeParse(JSON.parse(text));
  if (!list.success) return [];
  const there = await Promise.all(
    list.data.states.map(async ({ file, ...state }) => {
      const found = await stat(join(folder, file)).catch(() => null);
      return found === null ? null : state;
    }),
  );
  return there.filter((state) => state !== null);
}
