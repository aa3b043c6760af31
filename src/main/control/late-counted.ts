// Which late records the queries count after all, since a rewind, by what each line last wrote of its state: so it is known
// while the processor does not run, too. Asked by the list of late records and by the audit, through proof.ts.
import { lineFolder, readLateCounted } from '../../clients/line-folder.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import type { ProcessorSettings } from '../../shared/settings.ts';
import type { LateCounted } from '../../shared/side-records.ts';

/** By name of the query; oldest rewind first. */
export type LateCountedByQuery = ReadonlyMap<string, readonly LateCounted[]>;

export async function lateCountedOf(
  dataDir: string,
  kafka: Pick<KafkaEndpoint, 'kind' | 'topic' | 'brokers'>,
  { query, queries }: Pick<ProcessorSettings, 'query' | 'queries'>,
): Promise<LateCountedByQuery> {
  const sides = [null, ...queries.map(({ spec }) => spec.name)];
  const found = await Promise.all(
    sides.map(async (side) => {
      const counted = await readLateCounted(lineFolder(dataDir, kafka, side));
      return [side ?? query.name, counted] as const;
    }),
  );
  return new Map(found);
}
