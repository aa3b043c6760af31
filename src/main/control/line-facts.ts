// What each line last wrote of its state: what it computes, and which late records it counts after all, since a rewind. So
// it is known while the processor does not run, too. The list of late records and the audit ask, through proof.ts.
import { lineFolder, readLineFacts } from '../../clients/line-folder.ts';
import type { AuditQuery, KafkaEndpoint } from '../../shared/link.ts';
import type { ProcessorSettings } from '../../shared/settings.ts';

/** Of every query there is, the live one first. */
export async function lineFactsOf(
  dataDir: string,
  kafka: Pick<KafkaEndpoint, 'kind' | 'topic' | 'brokers'>,
  { query, queries }: Pick<ProcessorSettings, 'query' | 'queries'>,
): Promise<AuditQuery[]> {
  const read = (side: string | null) => readLineFacts(lineFolder(dataDir, kafka, side));
  const live = read(null).then(({ now, lateCounted }) => {
    return { name: query.name, paused: false, born: 0, state: now, lateCounted };
  });
  const sides = queries.map(async ({ spec: { name }, paused, born, begin }) => {
    const { now, lateCounted } = await read(name);
    // What it began with was published by another.
    const skippedAt = Math.max(now?.skippedAt ?? 0, begin === undefined ? 0 : born);
    return { name, paused, born, state: now === null ? null : { ...now, skippedAt }, lateCounted };
  });
  return Promise.all([live, ...sides]);
}
