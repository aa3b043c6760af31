// One query of captured rows with everything as PostgreSQL's own text, so that numbers stay exact and nothing is parsed.
import type { PgClient } from '../../clients/postgres.ts';
import type { CapturedRow } from './event-encoding.ts';

const asText = { getTypeParser: () => (value: string | Buffer) => value };

/** `name` prepares the statement once per connection; null where a pooler would lose it. */
export async function queryRows(
  client: PgClient,
  name: string | null,
  text: string,
  values: unknown[],
): Promise<CapturedRow[]> {
  const { rows } = await client.query<string[]>({
    text,
    values,
    rowMode: 'array',
    types: asText,
    ...(name === null ? {} : { name }),
  });
  return rows as unknown as CapturedRow[];
}
