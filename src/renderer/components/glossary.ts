// The field's own words, explained in a sentence or two for those who learn. Shown on hover (term.tsx) and in the help.

export const GLOSSARY = {
  written:
    'Rows that stand in the table, whoever put them there. Counted from their ids, not from a counter.',
  captured: 'Rows that the producer has read from the table.',
  published: 'Events that Kafka has acknowledged.',
  processed: 'Events that the processor has counted in a window, each id once.',
  missing: 'Rows in the table, old enough to have arrived, that the processor has not seen.',
  doubled: 'Events whose id the processor had counted before.',
  latency:
    'From the insert of a row (created_at) to its result on the way to this screen, over the last 10 s. p50: half are faster; p99: one in a hundred is slower. Rows dated back or ahead do not tell when they were inserted and are left out.',
  lag: 'How far a reader is behind: what is already written but not yet read, in rows or events, and in seconds.',
  offset: 'Place of an event in its partition: 0 for the first, counting up. Readers remember the next one.',
  position: 'The last row that was captured and acknowledged. After a crash the producer goes on from here.',
  capture:
    'How the producer finds new rows. Logical reads the log of the database as it is written. Polling asks the table for rows that can no longer be overtaken by an open transaction. Auto takes the log where the server allows it.',
  retainedLog:
    'The server keeps its log on disk until the producer has read it and its place is stored. A slot that nobody reads fills the disk.',
  otherChanges:
    'Changes of the table other than new rows, since the producer started. They are counted, not published.',
  watermark:
    'Event time that the processor believes complete: it expects no older events. A window closes when the watermark passes its end.',
  window: 'A stretch of event time over which events are counted together.',
  late: 'An event that came after its window had closed. Within the allowed lateness it corrects the result (next revision).',
  dropped: 'Events that came after the allowed lateness and were left out.',
  outOfOrderness: 'How much disorder is waited for: the watermark trails the newest event by this.',
  allowedLateness: 'How long after it closed a window still takes late events.',
  checkpoint: 'State and offsets written to disk as one atomic thing. A crash goes back to the last one.',
  batchSize: 'Rows that are captured and published at once. Larger is faster, smaller is quicker to arrive.',
  pollInterval: 'Pause before the next look at the table when the last one found less than a full batch.',
  burst: 'Rows that are inserted together, in one transaction.',
  distribution:
    'Spacing of the bursts: evenly; anywhere up to twice the interval; or at random like real arrivals (Poisson).',
  repeated:
    'Rows that carry what one of the 16 rows before them carries: org, amount, region and time, under an id of their own.',
  skew: 'Zipf’s law over the orgs: the k-th comes with weight 1 / k^exponent. 0 leaves them as the seed has them.',
  disorderSeed:
    'What becomes of a row follows from this number and the number of the row alone: the same seed gives the same disorder.',
  lap: 'How often the writer has been through the whole seed file.',
  bootstrap: 'Address by which a Kafka client finds the cluster.',
  partition: 'A topic is split into partitions; order is kept within each.',
  slide: 'How far one hopping window begins after the other. The size is a whole multiple of it.',
  gap: 'A session ends when its group has no event for this long.',
  idle: 'Read to its end and silent for the idle timeout: the watermark does not wait for this partition.',
  faultCost:
    'By the ledger. The audit at the end of a chaos run compares the whole table with the topic and says whether that is so.',
  slowest:
    'The watermark of the query is that of the slowest partition that is not idle: it waits for this one.',
  idleTimeout: 'A partition without events for this long no longer holds the watermark back.',
  future:
    'Events dated further ahead than can be true. They are counted, but do not move the watermark: one of them would close every window.',
  savepoint: 'State and offsets of a query, kept under a name until somebody deletes them.',
  revision: 'How often the result of a window was corrected by late events.',
} as const;

export type GlossaryKey = keyof typeof GLOSSARY;

/** How the word itself is written where it is listed. */
export function glossaryTitle(key: GlossaryKey): string {
  return key.replace(/([A-Z])/g, ' $1').toLowerCase();
}
