// Every command of the control plane with what goes in and what comes out. Both transports and both ends use this map.
import { z } from 'zod';
import { AuditId, AuditReport } from './audit.ts';
import { ChaosInject, ChaosRunRequest, ChaosStatus } from './chaos.ts';
import { HistoryAnswer, HistoryQuery } from './history.ts';
import { Service, Stage } from './names.ts';
import { PAST_COMMANDS } from './past.ts';
import { QUERY_COMMANDS } from './queries.ts';
import { REPLAY_COMMANDS } from './replay.ts';
import {
  ConnectionSource,
  ProcessorChange,
  ProcessorSettings,
  ProducerChange,
  ProducerSettings,
  Settings,
  SettingsChange,
  WriterChange,
  WriterSettings,
} from './settings.ts';
import { SIDE_COMMANDS } from './side-records.ts';
import { STATE_COMMANDS } from './states.ts';
import { TopicCreate, TopicDelete, TopicInfo, TopicPage, TopicRead } from './topics.ts';
import { FoundRow, RowFind, RowXray, XrayRequest } from './xray.ts';

const Nothing = z.object({}).strict();
const Done = z.object({ ok: z.literal(true) });
const OneStage = z.object({ stage: Stage }).strict();
const OneService = z.object({ service: Service }).strict();

const ResetScope = z.enum(['data', 'everything']);

export const COMMANDS = {
  'pipeline.start': { input: Nothing, output: Done },
  'pipeline.stop': { input: Nothing, output: Done },
  'stage.start': { input: OneStage, output: Done },
  'stage.stop': { input: OneStage, output: Done },
  'stage.kill': { input: OneStage, output: Done },
  'service.start': { input: OneService, output: Done },
  'service.stop': { input: OneService, output: Done },
  'service.kill': { input: OneService, output: Done },
  /** Answers with the id of the scorecard once the fault has struck; what comes of it is in `snapshot.chaos`. */
  'chaos.inject': { input: ChaosInject, output: z.object({ id: z.string() }) },
  'chaos.list': { input: Nothing, output: ChaosStatus },
  'chaos.run': { input: ChaosRunRequest, output: z.object({ id: z.string(), seed: z.number() }) },
  /** Ends the run and lifts every fault. */
  'chaos.stop': { input: Nothing, output: Done },
  'writer.configure': { input: WriterChange, output: WriterSettings },
  'producer.configure': { input: ProducerChange, output: ProducerSettings },
  /** Makes the replication slot anew, after it was lost or at will; what is not published comes from the table. */
  'producer.resnapshot': { input: z.object({ confirm: z.literal(true) }).strict(), output: Done },
  'processor.configure': { input: ProcessorChange, output: ProcessorSettings },
  ...QUERY_COMMANDS,
  ...STATE_COMMANDS,
  ...SIDE_COMMANDS,
  ...REPLAY_COMMANDS,
  ...PAST_COMMANDS,
  /** Compares table, topic and results in full. `wait`: answers with the report itself, when it is done. */
  'ledger.audit': {
    input: z.object({ wait: z.boolean().default(false) }).strict(),
    output: z.union([AuditReport, z.object({ id: AuditId })]),
  },
  'audit.cancel': { input: z.object({ id: AuditId }).strict(), output: Done },
  'audit.report': { input: z.object({ id: AuditId }).strict(), output: AuditReport },
  /** The life of one row, from its INSERT to the screen. */
  'row.xray': { input: XrayRequest, output: RowXray },
  /** Rows of the table by window, for a look at one of them; in order of id. */
  'row.find': { input: RowFind, output: z.object({ rows: z.array(FoundRow), more: z.boolean() }) },
  'topics.list': { input: Nothing, output: z.array(TopicInfo) },
  'topics.create': { input: TopicCreate, output: Done },
  'topics.delete': { input: TopicDelete, output: Done },
  'topics.read': { input: TopicRead, output: TopicPage },
  'history.query': { input: HistoryQuery, output: HistoryAnswer },
  'settings.get': {
    input: Nothing,
    output: z.object({ settings: Settings, connections: z.array(ConnectionSource) }),
  },
  'settings.set': { input: SettingsChange, output: Settings },
  /** Runs the proposed SQL of `snapshot.schemaProposal` on a foreign database, after the person said so. */
  'database.prepare': { input: z.object({ confirm: z.literal(true) }).strict(), output: Done },
  'reset.preview': {
    input: z.object({ scope: ResetScope.default('data') }).strict(),
    output: z.object({
      scope: ResetScope,
      deletes: z.array(z.object({ what: z.string(), amount: z.string() })),
      keeps: z.array(z.string()),
      confirm: z.string(),
    }),
  },
  /** `confirm` must repeat the word that reset.preview gave. */
  'reset.apply': {
    input: z.object({ scope: ResetScope.default('data'), confirm: z.string() }).strict(),
    output: Done,
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;

export type CommandName = keyof typeof COMMANDS;
export type CommandInput<C extends CommandName> = z.input<(typeof COMMANDS)[C]['input']>;
export type CommandArgs<C extends CommandName> = z.output<(typeof COMMANDS)[C]['input']>;
export type CommandOutput<C extends CommandName> = z.output<(typeof COMMANDS)[C]['output']>;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
