// Records that do harm, for the chaos menu: some that are no events, in every way a producer can get it wrong, and events
// that stand on the topic already. chaos.ts publishes them beside the live line.
import { decodeJson } from '../../../clients/event-json.ts';
import type { OutgoingRecord } from '../../../clients/kafka.ts';
import { type ChaosInject, POISON_HEADER, type PoisonKind } from '../../../shared/chaos.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import type { SideTopics } from '../../services/side-topics.ts';

/** Below the megabyte that brokers take. */
const HUGE_CHARACTERS = 700_000;
const MOST_HUGE = 50;
/** The newest events are looked through this far for some of mode "normal". */
const LOOKED_AT = 500;

/**
 * An event as the producer writes it, but of mode "replay" and with an id no row has: once corrected and sent again, it
 * is taken in like any other and changes neither ledger nor live result.
 */
function eventText(
  id: number,
  at: number,
  change: { amount?: string; org?: string; time?: string } = {},
): string {
  const { amount = '12.50', org = 'poison', time = new Date(at).toISOString() } = change;
  return `{"id":${id},"payload":{"org":"${org}","amount":${amount},"region":"nowhere"},"meta":{"source":"livedb","created_at":"${time}","mode":"replay"}}`;
}

const VALUES: Record<PoisonKind, (id: number, at: number) => OutgoingRecord['value']> = {
  // Cut off before its last brace.
  unparsable: (id, at) => eventText(id, at).slice(0, -1),
  bytes: () => Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28]),
  'wrong-type': (id, at) => eventText(id, at, { amount: '{"value":12.50}' }),
  'missing-field': (id) => `{"id":${id},"payload":{"org":"poison","amount":12.50,"region":"nowhere"}}`,
  'bad-time': (id, at) => eventText(id, at, { time: 'yesterday' }),
  huge: (id, at) => eventText(id, at, { org: 'x'.repeat(HUGE_CHARACTERS), amount: '"a lot"' }),
  null: () => null,
  empty: () => '',
};

/** `count` records, one kind after the other. None of them is an event. */
export function* poisonRecords(
  { count, kinds }: Pick<ChaosInject, 'count' | 'kinds'>,
  at: number,
): Generator<OutgoingRecord> {
  for (let n = 0; n < count; n++) {
    const kind = kinds[n % kinds.length] ?? 'unparsable';
    const id = -(at * 1_000 + n);
    yield { key: String(id), value: VALUES[kind](id, at), headers: [{ name: POISON_HEADER, value: kind }] };
  }
}

/** Throws before anything is published. */
export function checkPoison({ count, kinds }: Pick<ChaosInject, 'count' | 'kinds'>): void {
  const share = kinds.filter((kind) => kind === 'huge').length / kinds.length;
  if (Math.ceil(count * share) <= MOST_HUGE) return;
  throw new LiveDbError({
    code: 'chaos.too-large',
    message: `More than ${MOST_HUGE} huge records at once were refused.`,
    remedy: 'Ask for fewer records, or for more kinds beside the huge one.',
  });
}

/** The newest events of mode "normal" of the topic, byte by byte, to be published once more. */
export async function eventsAgain(side: SideTopics, topic: string, count: number): Promise<OutgoingRecord[]> {
  const { records } = await side.page(topic, LOOKED_AT, null);
  const normal = records.filter(({ value }) => {
    const event = value === null ? 'it has no value' : decodeJson(value.toString());
    return typeof event !== 'string' && !event.replay;
  });
  if (normal.length === 0) {
    throw new LiveDbError({
      code: 'chaos.nothing-there',
      message: 'There is no event on the topic that could be published once more.',
      remedy: 'Start the writer and the producer first.',
    });
  }
  return Array.from({ length: count }, (_, n) => normal[n % normal.length]).flatMap((record) =>
    record === undefined
      ? []
      : [
          {
            key: record.key,
            value: record.value,
            headers: Object.entries(record.headers).map(([name, value]) => ({ name, value })),
          },
        ],
  );
}
