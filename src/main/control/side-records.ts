// Records aside, as the commands `late.*` and `dead.*` work on them: lists, and sending a corrected dead record again,
// once. plane.ts makes one.
import { z } from 'zod';
import { decodeJson } from '../../clients/event-json.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { SIDE_HEADERS } from '../../shared/event.ts';
import { blockOf, lowOf } from '../../shared/ids.ts';
import { type AuditQuery, type KafkaEndpoint, PROCESSOR_CALLS } from '../../shared/link.ts';
import { DEAD_TOPIC, LATE_TOPIC } from '../../shared/names.ts';
import {
  type DeadOutcome,
  FIXED_HEADER,
  type Marked,
  type SIDE_COMMANDS,
  type SideRecord,
} from '../../shared/side-records.ts';
import type { OutcomeLog, SideOutcome } from '../history/outcomes.ts';
import type { AsideRecord, FixedSender, SideTopics } from '../services/side-topics.ts';
import type { Clock } from './clock.ts';
import type { Handlers } from './commands.ts';
import {
  alreadyCounted,
  countUnknown,
  cutOff,
  doubt,
  noEvent,
  notDismissed,
  settledAlready,
  unknownRecord,
} from './side-refusals.ts';
import { shownLate, shownRecord } from './side-shown.ts';

export interface SideRecordsOptions {
  clock: Clock;
  /** Brings Kafka up when it is not. */
  kafka(): Promise<KafkaEndpoint>;
  open(endpoint: KafkaEndpoint): SideTopics;
  outcomes: OutcomeLog;
  /** Whether an event of mode "normal" with this id was counted before; null while the processor cannot be asked. */
  counted(id: string): Promise<boolean | null>;
  /** With the late records that each counts since a rewind. */
  queries(): Promise<readonly Pick<AuditQuery, 'name' | 'lateCounted'>[]>;
}

export interface SideRecords {
  handlers: Pick<Handlers, keyof typeof SIDE_COMMANDS>;
  /** Publishes to the events topic what is no event, for the chaos menu. */
  topics(): Promise<SideTopics>;
  close(): Promise<void>;
}

/** With a filter, so many pages are looked through for one answer. */
const MOST_PAGES = 40;
const FILTERED_PAGE = 1_000;

interface Fixed {
  id: string;
  record: AsideRecord;
  outcome: SideOutcome | null;
  value: Buffer | string;
  key: string;
}

export function createSideRecords(options: SideRecordsOptions): SideRecords {
  const { clock, outcomes } = options;
  let opened: { address: string; topics: SideTopics } | null = null;

  const topics = async (): Promise<{ side: SideTopics; late: string; dead: string }> => {
    const endpoint = await options.kafka();
    const address = endpoint.brokers.join(',');
    if (opened?.address !== address) {
      void opened?.topics.close();
      opened = { address, topics: options.open(endpoint) };
    }
    return {
      side: opened.topics,
      late: endpoint.lateTopic ?? LATE_TOPIC,
      dead: endpoint.deadTopic ?? DEAD_TOPIC,
    };
  };

  // One at a time: the sender shuts out the one before.
  let last: Promise<unknown> = Promise.resolve();
  const serial = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };

  const outcomeOf = ({ partition, offset, timestamp }: AsideRecord) =>
    outcomes.find({ partition, offset, stamp: timestamp });

  const shownDead = (record: AsideRecord): SideRecord => {
    const outcome = outcomeOf(record);
    const { sentTo = null } = outcome ?? {};
    return {
      ...shownRecord(record),
      state: outcome?.state ?? 'waiting',
      ...(sentTo === null ? {} : { sentTo: { ...sentTo, offset: String(sentTo.offset) } }),
    };
  };

  const list = async (
    topic: string,
    side: SideTopics,
    { limit, before }: { limit: number; before?: Record<string, string> | undefined },
    shown: (record: AsideRecord) => SideRecord,
    wanted?: (record: SideRecord) => boolean,
  ) => {
    let from = before === undefined ? null : placesOf(before);
    const records: SideRecord[] = [];
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      // A filter may leave a few of very many: it is looked for them in large pages.
      const size = wanted === undefined ? limit - records.length : Math.max(limit, FILTERED_PAGE);
      const page = await side.page(topic, size, from);
      const seen = new Map(from);
      let all = true;
      for (const record of page.records) {
        if (records.length >= limit) {
          all = false;
          break;
        }
        seen.set(record.partition, record.offset);
        const one = shown(record);
        if (wanted === undefined || wanted(one)) records.push(one);
      }
      // Of a page that was too much, the next one begins below the last record that was looked at.
      from = all ? page.next : seen;
      // Further only when nothing was there but gaps, or the filter left too little.
      if (from === null || records.length >= limit || (wanted === undefined && records.length > 0)) break;
    }
    const bounds = await side.bounds(topic);
    const total = bounds.reduce((sum, { low, high }) => sum + high - low, 0);
    return { records, total, next: from === null ? null : textsOf(from), bounds };
  };

  /** What stands in the way of sending this record; else what is to be published. */
  const checked = async (
    id: string,
    record: AsideRecord | undefined,
    value: string | null,
    ids: Set<string>,
  ): Promise<Fixed> => {
    if (record === undefined) throw unknownRecord(id);
    const outcome = outcomeOf(record);
    if (outcome?.state === 'sent' || outcome?.state === 'dismissed') throw settledAlready(outcome);
    if (value === null && record.headers[SIDE_HEADERS.cut] !== undefined) throw cutOff();
    const event = value ?? record.value;
    if (event === null) throw noEvent('it has no value');
    const decoded = decodeJson(event.toString());
    if (typeof decoded === 'string') throw noEvent(decoded);
    const key = String(decoded.id);
    // What is in doubt may be the very event that was counted: the look into the topic tells.
    if (!decoded.replay && outcome === null) {
      const counted = ids.has(key) || (await options.counted(key));
      if (counted === null) throw countUnknown();
      if (counted) throw alreadyCounted(key);
      ids.add(key);
    }
    return { id, record, outcome, value: event, key };
  };

  const put = (record: AsideRecord, change: Partial<SideOutcome> & Pick<SideOutcome, 'state'>) => {
    const { partition, offset, timestamp } = record;
    outcomes.put({
      partition,
      offset,
      stamp: timestamp,
      at: clock.now(),
      tail: null,
      sentTo: null,
      ...change,
    });
  };

  /** Finds what an earlier send, whose answer was lost, left in the topic. */
  const resolve = async (side: SideTopics, doubtful: readonly Fixed[]): Promise<Set<string>> => {
    if (doubtful.length === 0) return new Set();
    const from = new Map<number, number>();
    for (const { outcome } of doubtful) {
      for (const [partition, offset] of Object.entries(outcome?.tail ?? {})) {
        from.set(Number(partition), Math.min(offset, from.get(Number(partition)) ?? offset));
      }
    }
    const found = await side.findFixed(from, new Set(doubtful.map(({ id }) => id)));
    for (const { id, record } of doubtful) {
      const sentTo = found.get(id);
      if (sentTo !== undefined) put(record, { state: 'sent', sentTo });
    }
    return new Set(found.keys());
  };

  const sendAll = async (side: SideTopics, fixed: readonly Fixed[], answers: Map<string, DeadOutcome>) => {
    const refuse = ({ id }: Fixed, error: unknown) =>
      answers.set(id, { id, ok: false, error: LiveDbError.dataOf(error) });
    const sentNow = ({ id }: Fixed, { partition, offset }: { partition: number; offset: number }) =>
      answers.set(id, { id, ok: true, partition, offset: String(offset) });
    let sender: FixedSender | null = null;
    try {
      sender = await side.openSender();
      const doubtful = fixed.filter(({ outcome }) => outcome?.state === 'sending');
      const there = await resolve(side, doubtful);
      const tail = Object.fromEntries(await side.ends());
      for (const one of fixed) {
        const sentTo = there.has(one.id) ? outcomeOf(one.record)?.sentTo : null;
        if (sentTo != null) {
          sentNow(one, sentTo);
          continue;
        }
        put(one.record, { state: 'sending', tail });
        const headers = [{ name: FIXED_HEADER, value: one.id }];
        const place = await sender.send({ key: one.key, value: one.value, headers });
        put(one.record, { state: 'sent', sentTo: place });
        sentNow(one, place);
      }
    } catch (error) {
      for (const one of fixed) {
        if (answers.has(one.id)) continue;
        const inDoubt = outcomeOf(one.record)?.state === 'sending';
        refuse(one, inDoubt ? doubt(error) : error);
      }
    } finally {
      await sender?.close();
    }
  };

  const mark = async (
    ids: readonly string[],
    how: (record: AsideRecord, outcome: SideOutcome | null) => void,
  ): Promise<Marked[]> => {
    const { side, dead } = await topics();
    const records = await side.records(dead, ids);
    return ids.map((id) => {
      const record = records.get(id);
      try {
        if (record === undefined) throw unknownRecord(id);
        how(record, outcomeOf(record));
        return { id, ok: true };
      } catch (error) {
        return { id, ok: false, error: LiveDbError.dataOf(error) };
      }
    });
  };

  return {
    handlers: {
      async 'late.list'({ query, ...request }) {
        const { side, late } = await topics();
        const wanted = query === undefined ? undefined : (record: SideRecord) => record.query === query;
        const queries = await options.queries();
        const shown = (record: AsideRecord) => shownLate(record, queries);
        const { records, total, next } = await list(late, side, request, shown, wanted);
        return { records, total, next };
      },
      async 'dead.list'({ state, ...request }) {
        const { side, dead } = await topics();
        const wanted =
          state === undefined ? undefined : ({ state: present }: SideRecord) => present === state;
        const { bounds, ...listed } = await list(dead, side, request, shownDead, wanted);
        const settled = bounds.reduce(
          (sum, { partition, low, high }) => sum + outcomes.settled(partition, low, high),
          0,
        );
        return { ...listed, waiting: Math.max(0, listed.total - settled) };
      },
      'dead.send': ({ items }) =>
        serial(async () => {
          const { side, dead } = await topics();
          const records = await side.records(
            dead,
            items.map(({ id }) => id),
          );
          const answers = new Map<string, DeadOutcome>();
          const fixed: Fixed[] = [];
          const ids = new Set<string>();
          for (const { id, value } of items) {
            if (fixed.some((one) => one.id === id)) continue;
            try {
              fixed.push(await checked(id, records.get(id), value, ids));
            } catch (error) {
              answers.set(id, { id, ok: false, error: LiveDbError.dataOf(error) });
            }
          }
          if (fixed.length > 0) await sendAll(side, fixed, answers);
          return [...new Set(items.map(({ id }) => id))].flatMap((id) => answers.get(id) ?? []);
        }),
      'dead.dismiss': ({ ids }) =>
        serial(() =>
          mark(ids, (record, outcome) => {
            if (outcome !== null && outcome.state !== 'dismissed') throw settledAlready(outcome);
            put(record, { state: 'dismissed' });
          }),
        ),
      'dead.restore': ({ ids }) =>
        serial(() =>
          mark(ids, (record, outcome) => {
            if (outcome?.state !== 'dismissed') throw notDismissed();
            outcomes.drop(record.partition, record.offset);
          }),
        ),
    },
    topics: async () => (await topics()).side,
    async close() {
      await last;
      await opened?.topics.close();
      opened = null;
    },
  };
}

const placesOf = (before: Readonly<Record<string, string>>) =>
  new Map(Object.entries(before).map(([partition, offset]) => [Number(partition), Number(offset)]));

const textsOf = (places: ReadonlyMap<number, number>) =>
  Object.fromEntries([...places].map(([partition, offset]) => [String(partition), String(offset)]));

const Lows = z.array(z.number());

/** Asks the processor's set of ids; nothing is known while it does not run. */
export function countedBefore(
  ask: (method: string, args: unknown) => Promise<unknown>,
): (id: string) => Promise<boolean | null> {
  return async (id) => {
    const number = BigInt(id);
    const block = String(blockOf(number));
    try {
      return Lows.parse(await ask(PROCESSOR_CALLS.block, { block })).includes(lowOf(number));
    } catch (error) {
      if (error instanceof LiveDbError) return null;
      throw error;
    }
  };
}
