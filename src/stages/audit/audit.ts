// The audit from end to end: table, topic, what is on its way, windows; gives the report. Called by main.ts.
import { openAdmin } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { AUDIT_FINDINGS, AUDIT_NAMED, type AuditFindings, type AuditReport } from '../../shared/audit.ts';
import type { AuditConfig } from '../../shared/link.ts';
import { Interner } from '../processor/decode/interner.ts';
import { Fingerprints, rangesOf } from './fingerprints.ts';
import { LateRows } from './late-rows.ts';
import { ResultLines } from './result-lines.ts';
import { ASKED_IDS, type TableFacts, TableScan } from './table-scan.ts';
import { placesOf, TopicScan } from './topic-scan.ts';
import { compareWindows } from './windows.ts';

/** An event of a row that is not there may be on its way: missing is said when nothing came for so long. */
const SETTLE_MS = 2_500;
/** A producer that is far behind is waited for this long at most; what is left then is on its way. */
const PATIENCE_MS = 30_000;
const NAMED_RANGES = 100;

export interface AuditOutlet {
  phase(words: string, total: number): void;
  progress(more: number): void;
  waiting(reason: string | null): void;
}

/** Throws the signal's reason, or the LiveDbError of the peer that failed. */
export async function audit(
  config: AuditConfig,
  outlet: AuditOutlet,
  signal: AbortSignal,
  log: Logger | null,
): Promise<AuditReport> {
  const startedAt = Date.now();
  const { kafka } = config;
  const admin = openAdmin(kafka, { clientIdSuffix: 'audit-admin', log });
  const table = await TableScan.open(config.postgres);
  const rows = new Fingerprints();
  const orgs = new Interner();
  const regions = new Interner();
  let topic: TopicScan | null = null;
  let late: LateRows | null = null;
  try {
    const facts = await table.begin();
    // The ends are asked for after the snapshot: most of its rows have their events before them.
    const [offsets, results] = await Promise.all([
      admin.offsets(kafka.topic),
      admin.offsets(kafka.resultsTopic),
    ]);
    const sizeOf = (all: typeof offsets) => all.reduce((sum, { low, high }) => sum + high - low, 0);
    outlet.phase('Reading the table', facts.rows + sizeOf(offsets) + sizeOf(results));
    await table.scan(rows, orgs, regions, (more) => outlet.progress(more), signal);

    const options = { kafka, offsets, orgs, regions, log, waiting: outlet.waiting };
    topic = new TopicScan({ ...options, rows, named: AUDIT_NAMED, progress: outlet.progress });
    outlet.phase('Reading the topic', 0);
    while (!topic.atEnds) await topic.step(signal);
    const unmet = rows.rows - rows.met;
    if (unmet > 0) outlet.phase(`Waiting for ${unmet} events that may be on their way`, 0);
    await settle(topic, rows, signal);

    outlet.phase('Looking at what differs', 0);
    const differing = await differences(topic, table, signal);
    // Newer than the snapshot from here on: rows, and windows that are corrected under load.
    await table.release();
    const strange = await strangers(topic, table);
    const absent = await missing(rows, topic, table, facts, config.byLog);
    const upTo = new Map(topic.offsets);
    const places = await placesOf(topic.doubledIds, upTo, options, signal);
    const commitTimes = await table.commitTimes(topic.order.transactions());
    const { order, unjudged } = topic.order.judge(commitTimes, config.byLog, AUDIT_NAMED);

    outlet.phase('Comparing windows with SQL', 0);
    late = await LateRows.open(kafka, admin, config.queries, log, outlet.waiting);
    const windows = await compareWindows(
      {
        kafka,
        offsets: results,
        lines: new ResultLines(config.queries, facts.rows),
        table,
        late,
        bins: facts.bins,
        openFrom: absent.openFrom,
        named: AUDIT_NAMED,
        log,
        waiting: outlet.waiting,
        progress: outlet.progress,
      },
      signal,
    );

    const findings: AuditFindings = {
      missing: absent.missing,
      doubled: {
        count: topic.doubled,
        named: [...topic.doubledIds].map((id) => ({ id, places: places.get(id) ?? [] })),
      },
      strange: strange.strange,
      payload: { count: topic.different, named: differing },
      order,
      windows: windows.windows,
      republished: windows.republished,
    };
    const endedAt = Date.now();
    const read = rows.rows + topic.records + windows.records;
    return {
      id: config.id,
      startedAt,
      endedAt,
      agree: AUDIT_FINDINGS.every((name) => findings[name].count === 0),
      table: { rows: rows.rows, ranges: rangesOf(rows.ids('all'), NAMED_RANGES), snapshot: facts.snapshot },
      topic: {
        name: kafka.topic,
        partitions: offsets.map(({ partition, low }) => ({
          partition,
          from: String(low),
          to: String(upTo.get(partition) ?? low),
        })),
        records: topic.records,
        normal: topic.normal,
        replayed: topic.replayed,
        unreadable: topic.unreadable,
        newer: strange.newer,
      },
      results: {
        name: kafka.resultsTopic,
        records: windows.records,
        compared: windows.compared,
        left: windows.left,
        late: windows.late,
      },
      waiting: absent.waiting,
      findings,
      notes: [
        ...notesOf(facts, offsets, absent.waiting.count, unjudged, topic),
        ...lateNotes(windows.late.count),
        ...windows.notes,
      ],
      ratePerSecond: Math.round((read * 1000) / Math.max(1, endedAt - startedAt)),
    };
  } finally {
    await topic?.close();
    await late?.close();
    await table.close();
    await admin.close();
  }
}

/** Reads on until every row has its event, or none has come for a while. */
async function settle(topic: TopicScan, rows: Fingerprints, signal: AbortSignal): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  let met = rows.met;
  let metAt = Date.now();
  while (rows.met < rows.rows && Date.now() - metAt < SETTLE_MS && Date.now() < giveUpAt) {
    await topic.step(signal);
    if (rows.met === met) continue;
    met = rows.met;
    metAt = Date.now();
  }
}

/**
 * Rows without an event: behind the newest published position they are missing, after it they are on their way. In a
 * captured log the last commit that was published is what counts.
 */
async function missing(
  rows: Fingerprints,
  topic: TopicScan,
  table: TableScan,
  facts: TableFacts,
  byLog: boolean,
) {
  const { newest, ends } = topic.order;
  const position = { tx: String(newest?.tx ?? 0), id: String(newest?.id ?? topic.highestId ?? -(2n ** 63n)) };
  // Events without a position in their header come from a producer that counts by id alone.
  const byTx = facts.tx && newest !== null;
  const last = byLog ? [...ends.values()].map(({ tx }) => String(tx)) : [];
  const commits = [...(await table.commitTimes(last)).values()];
  const lastCommit = commits.length === 0 ? null : Math.max(...commits);
  const named: { id: string }[] = [];
  const waiting = { count: 0, named: [] as string[] };
  let count = 0;
  let openFrom = Number.POSITIVE_INFINITY;
  const judge = async (ids: readonly string[]) => {
    const present = await table.present(ids);
    const after = await table.after(ids, position, byTx);
    if (lastCommit !== null) {
      for (const id of await table.committedSince(ids, lastCommit)) after.add(id);
    }
    if (after.size > 0) openFrom = Math.min(openFrom, await table.earliest([...after]));
    for (const id of ids) {
      if (after.has(id)) {
        waiting.count++;
        if (waiting.named.length < AUDIT_NAMED) waiting.named.push(id);
      } else if (present.has(id)) {
        // A row that was deleted meanwhile is nobody's loss.
        count++;
        if (named.length < AUDIT_NAMED) named.push({ id });
      }
    }
  };
  let chunk: string[] = [];
  for (const id of rows.ids('unmet')) {
    chunk.push(String(id));
    if (chunk.length < ASKED_IDS) continue;
    await judge(chunk);
    chunk = [];
  }
  if (chunk.length > 0) await judge(chunk);
  return { missing: { count, named }, waiting, openFrom: Number.isFinite(openFrom) ? openFrom : null };
}

/** Events whose ids the snapshot did not hold: those that have a row now are newer, the others have none. */
async function strangers(
  topic: TopicScan,
  table: TableScan,
): Promise<{ strange: AuditFindings['strange']; newer: number }> {
  const { unknown, unknownPlaces } = topic;
  const gone = new Set<string>();
  let count = 0;
  const judge = async (ids: readonly string[]) => {
    const present = await table.present(ids);
    for (const id of ids) {
      if (present.has(id)) continue;
      count++;
      if (gone.size < AUDIT_NAMED) gone.add(id);
    }
  };
  for (const index of unknown.indexes()) {
    await judge(unknown.lows(index).map((low) => String(BigInt(index) * 4096n + BigInt(low))));
  }
  const named = unknownPlaces.filter(({ id }) => gone.has(id));
  return { strange: { count, named }, newer: unknown.size - count };
}

async function differences(
  topic: TopicScan,
  table: TableScan,
  signal: AbortSignal,
): Promise<AuditFindings['payload']['named']> {
  const contents = await table.contents(topic.differing.map(({ id }) => id));
  signal.throwIfAborted();
  return topic.differing.flatMap(({ event, ...place }) => {
    const row = contents.get(place.id);
    return row === undefined ? [] : [{ ...place, row, event }];
  });
}

function lateNotes(count: number): string[] {
  if (count === 0) return [];
  const [rows, stand, them] = count === 1 ? ['1 row', 'stands', 'it'] : [`${count} rows`, 'stand', 'them'];
  return [
    `${rows} came too late for a query and ${stand} on the late topic: its windows were compared without ${them}.`,
  ];
}

function notesOf(
  facts: TableFacts,
  offsets: readonly { partition: number; low: number }[],
  waiting: number,
  unjudged: number,
  topic: TopicScan,
): string[] {
  const notes: string[] = [];
  const cut = offsets.filter(({ low }) => low > 0);
  if (cut.length > 0) {
    const begins = cut.map(({ partition, low }) => `${partition} at offset ${low}`).join(', ');
    notes.push(
      `The topic no longer begins at its first event (partition ${begins}): rows whose events were deleted count as missing.`,
    );
  }
  if (waiting > 0) {
    notes.push(
      `${waiting} rows were not published yet. They are not called missing, and windows that end after the first of them were not compared.`,
    );
  }
  if (unjudged > 0) {
    notes.push(
      `The order of ${unjudged} events could not be judged: the log is captured in the order of commits, and the server no longer knows when these were.`,
    );
  }
  if (!facts.tx) notes.push('The table has no column tx: order and what is on its way are judged by id.');
  if (topic.unreadable > 0)
    notes.push(`${topic.unreadable} records of the topic are no events and were passed over.`);
  return notes;
}
