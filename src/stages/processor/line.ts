// A line is one running query with a place of its own: reader, states, consumer group, identity at the results topic. So
// what happens to one never disturbs another. main.ts makes one for the live query and one for each beside it.
import { lineFolder } from '../../clients/line-folder.ts';
import type { ProcessorConfig } from '../../shared/link.ts';
import { PROCESSOR_GROUP } from '../../shared/names.ts';
import type { SideQuery } from '../../shared/settings.ts';

/** When something was last asked of a line, epoch ms; 0 for never. The state it has says up to when it has been done. */
export interface Asked {
  /** It was made: states of an older one of this name are not its own. */
  born: number;
  /** Its open windows were to be thrown away. */
  fresh: number;
  /** Events up to then were to be left out. */
  now: number;
}
export const NEVER_ASKED: Asked = { born: 0, fresh: 0, now: 0 };

export interface Line {
  /** The live query: its ids are those of the ledger, and it puts late and unreadable records aside. */
  primary: boolean;
  /** Folder of its checkpoints and savepoints. */
  folder: string;
  /** Consumer group that its place is committed to, for other people's tools. */
  group: string;
  /** Under this no other producer publishes. */
  transactionalId: string;
  asked: Asked;
  /** The savepoint that it begins with as long as it has no state of its own; null: with none. */
  begin: { folder: string; id: string } | null;
}

/** `side`: name of a query beside the live one; null for the live one, whatever its name. */
export function lineOf(
  config: Pick<ProcessorConfig, 'dataDir' | 'kafka'>,
  side: string | null,
  asked: Asked & Pick<SideQuery, 'begin'> = NEVER_ASKED,
): Line {
  const { dataDir, kafka } = config;
  const id = `livedb-processor-${kafka.resultsTopic}`;
  return {
    primary: side === null,
    folder: lineFolder(dataDir, kafka, side),
    group: side === null ? PROCESSOR_GROUP : `${PROCESSOR_GROUP}-${side}`,
    transactionalId: side === null ? id : `${id}--${side}`,
    asked: { born: asked.born, fresh: asked.fresh, now: asked.now },
    begin:
      asked.begin === undefined
        ? null
        : { folder: lineFolder(dataDir, kafka, asked.begin.query), id: asked.begin.id },
  };
}
