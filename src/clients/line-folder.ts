// Where the states of one query of the processor are kept, and the list of them that lies beside. The processor writes
// there; the control plane reads the list while the processor does not run.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { KafkaEndpoint } from '../shared/link.ts';
import { QuerySpec } from '../shared/query.ts';
import { LateCounted } from '../shared/side-records.ts';
import { CheckpointMark, type KeptState, LineState, StateInfo } from '../shared/states.ts';

export const STATE_LIST_FILE = 'states.json';

/** What is known of the states without opening them; made anew with every checkpoint, and worth no more than the files. */
export const StateList = z.object({
  query: z.string(),
  states: z.array(StateInfo.extend({ file: z.string(), spec: QuerySpec.nullable().default(null) })),
  timeline: z.array(CheckpointMark),
  /** Of the newest checkpoint: late records that rewinds counted after all, and what the line computes. */
  lateCounted: z.array(LateCounted).default([]),
  now: LineState.nullable().default(null),
});
export type StateList = z.infer<typeof StateList>;
export type LineFacts = Pick<StateList, 'now' | 'lateCounted'>;

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

/** The states whose files are there, newest first; none when the list is missing or does not parse. */
export async function readStateList(folder: string): Promise<StateInfo[]> {
  return (await statesOf(folder)).map(({ spec: _, ...state }) => state);
}

/** What the line computes now, and late records that rewinds counted after all, by what it last wrote of its state. */
export async function readLineFacts(folder: string): Promise<LineFacts> {
  const { now = null, lateCounted = [] } = (await readList(folder)) ?? {};
  return { now, lateCounted };
}

/** The last checkpoints and savepoints of a line, oldest first. */
export async function readTimeline(folder: string): Promise<CheckpointMark[]> {
  return (await readList(folder))?.timeline ?? [];
}

/** A savepoint as the list tells of it; null when there is none of that id. */
export async function readSavepoint(folder: string, id: string): Promise<KeptState | null> {
  const found = (await statesOf(folder)).find((state) => state.id === id);
  return found?.kind === 'savepoint' ? found : null;
}

export function stateFile(folder: string, id: string): string {
  return join(folder, `${id}.bin`);
}

/** Savepoints of queries beside the live one that are not among these names, newest first. */
export async function readKept(
  dataDir: string,
  kafka: Pick<KafkaEndpoint, 'kind' | 'topic' | 'brokers'>,
  names: readonly string[],
): Promise<KeptState[]> {
  const begin = `${basename(lineFolder(dataDir, kafka, null))}--`;
  const folders = await readdir(join(dataDir, 'checkpoints')).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const kept: KeptState[] = [];
  for (const folder of folders) {
    const query = folder.slice(begin.length);
    if (!folder.startsWith(begin) || names.includes(query)) continue;
    const states = await statesOf(join(dataDir, 'checkpoints', folder));
    // Topics may have "--" in their names: what the list says decides.
    kept.push(...states.filter((state) => state.kind === 'savepoint' && state.query === query));
  }
  return kept.sort((a, b) => b.at - a.at);
}

async function readList(folder: string): Promise<StateList | null> {
  let text: string;
  try {
    text = await readFile(join(folder, STATE_LIST_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return StateList.safeParse(JSON.parse(text)).data ?? null;
}

async function statesOf(folder: string): Promise<KeptState[]> {
  const states = (await readList(folder))?.states ?? [];
  const there = await Promise.all(
    states.map(async ({ file, ...state }) => {
      const found = await stat(join(folder, file)).catch(() => null);
      return found === null ? null : state;
    }),
  );
  return there.filter((state) => state !== null);
}
