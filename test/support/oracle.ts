// A slow, plain oracle for window results, written without the engine: it sorts and adds up with bigint, window by
// window, from the whole list of events. What the engine publishes last must equal it.
export interface OracleEvent {
  /** Event time, epoch ms. */
  at: number;
  group: string;
  /** Amount as decimal text with two places. */
  amount: string;
}

export interface OracleResult {
  start: string;
  end: string;
  group: string;
  count: number;
  sum: string;
  avg: string;
  min: string;
  max: string;
  p50: string;
  p95: string;
  p99: string;
}

function toCents(text: string): bigint {
  const negative = text.startsWith('-');
  const [whole = '0', part = ''] = text.replace('-', '').split('.');
  const cents = BigInt(whole) * 100n + BigInt(part.padEnd(2, '0') || '0');
  return negative ? -cents : cents;
}

function toText(cents: bigint): string {
  const magnitude = cents < 0n ? -cents : cents;
  const text = `${magnitude / 100n}.${String(magnitude % 100n).padStart(2, '0')}`;
  return cents < 0n ? `-${text}` : text;
}

function roundedMean(sum: bigint, count: bigint): bigint {
  // Half away from zero, by trying: the largest q with |q| <= |sum| / count + 1/2.
  const magnitude = sum < 0n ? -sum : sum;
  let quotient = magnitude / count;
  if ((magnitude - quotient * count) * 2n >= count) quotient += 1n;
  return sum < 0n ? -quotient : quotient;
}

/** Results of tumbling windows, one per window and group that has events, by start, then group. */
export function oracleResults(events: readonly OracleEvent[], sizeMs: number): OracleResult[] {
  const cells = new Map<string, { index: number; group: string; amounts: bigint[] }>();
  for (const event of events) {
    const index = (event.at - (((event.at % sizeMs) + sizeMs) % sizeMs)) / sizeMs;
    const name = `${index}|${event.group}`;
    const cell = cells.get(name) ?? { index, group: event.group, amounts: [] };
    cell.amounts.push(toCents(event.amount));
    cells.set(name, cell);
  }
  const rows = [...cells.values()].map(({ index, group, amounts }) => {
    amounts.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const count = amounts.length;
    const sum = amounts.reduce((total, amount) => total + amount, 0n);
    // Nearest rank: the least value that at least `percent` % of all values do not exceed.
    const percentile = (percent: number) =>
      amounts.find((_, at) => (at + 1) * 100 >= percent * count) ?? amounts[count - 1] ?? 0n;
    return {
      start: new Date(index * sizeMs).toISOString(),
      end: new Date((index + 1) * sizeMs).toISOString(),
      group,
      count,
      sum: toText(sum),
      avg: toText(roundedMean(sum, BigInt(count))),
      min: toText(amounts[0] ?? 0n),
      max: toText(amounts[count - 1] ?? 0n),
      p50: toText(percentile(50)),
      p95: toText(percentile(95)),
      p99: toText(percentile(99)),
    };
  });
  return rows.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.group < b.group ? -1 : 1));
}
