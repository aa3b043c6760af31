// What the stages said last, and the rates and latencies made of it. The parts' reports come in here; the snapshot, the
// second's metric point and the ledger read it.
import type { WindowResult } from '../../shared/event.ts';
import { BrokerReport, ProcessorReport, ProducerReport, WriterReport } from '../../shared/link.ts';
import { type CheckpointMark, TIMELINE_MARKS } from '../../shared/states.ts';
import { LateCounts } from './late-counts.ts';
import { createLatencyWindow, type Quantiles } from './latency.ts';
import type { Held } from './ledger.ts';
import type { ProcessorProgress } from './ledger-due.ts';
import { Passages } from './passages.ts';
import { createRateEstimator } from './rates.ts';

export interface Rates {
  writer: number;
  producer: number;
  processor: number;
  results: number;
  late: number;
  /** Gone to the late and to the dead topic; too late for the live query, and for all others together. */
  dropped: number;
  sideDropped: number;
  dead: number;
}

export class Figures {
  writer: WriterReport | null = null;
  producer: ProducerReport | null = null;
  processor: ProcessorReport | null = null;
  broker: BrokerReport | null = null;
  /** The timeline of the live query's checkpoints, oldest first. */
  checkpoints: readonly CheckpointMark[] = [];
  amounts: ProcessorReport['amounts'] = null;
  /** Events that the last report of the processor told to be too late, by query. */
  newlyLate: ReadonlyMap<string, number> = new Map();
  /** When the processor passed which offset. */
  readonly passages = new Passages();

  /** Whether the present processor process has reported yet: its figures may be older than the last one's. */
  #processorHeard = false;
  #processorLife = 0;
  #sideDropped = 0;
  readonly #lateCounts = new LateCounts();
  readonly #rates = {
    writer: createRateEstimator(),
    producer: createRateEstimator(),
    processor: createRateEstimator(),
    results: createRateEstimator(),
    late: createRateEstimator(),
    dropped: createRateEstimator(),
    sideDropped: createRateEstimator(),
    dead: createRateEstimator(),
  };
  readonly #latency = createLatencyWindow();

  takeWriter(raw: unknown): WriterReport {
    this.writer = WriterReport.parse(raw);
    this.#rates.writer.observe(this.writer.at, this.writer.rows);
    return this.writer;
  }

  takeProducer(raw: unknown): ProducerReport {
    this.producer = ProducerReport.parse(raw);
    this.#rates.producer.observe(this.producer.at, this.producer.events);
    return this.producer;
  }

  /** Takes a report and gives back the results in it; they are not kept. */
  takeProcessor(raw: unknown): readonly WindowResult[] {
    const report = ProcessorReport.parse(raw);
    // Its state went back: what it said about its progress no longer counts, as after a new start.
    if (this.#processorHeard && report.life !== this.processor?.life) this.#processorLife += 1;
    this.#processorHeard = true;
    this.#rates.processor.observe(report.at, report.events);
    this.#rates.results.observe(report.at, report.results);
    this.#rates.late.observe(report.at, report.late);
    this.#rates.dropped.observe(report.at, report.dropped);
    this.newlyLate = this.#lateCounts.take(report.lines);
    for (const { query } of report.lines.slice(1)) this.#sideDropped += this.newlyLate.get(query) ?? 0;
    this.#rates.sideDropped.observe(report.at, this.#sideDropped);
    this.#rates.dead.observe(report.at, report.unreadable);
    this.#latency.add(report.at, report.latency);
    this.passages.record(report.at, report.offsets);
    if (report.amounts !== null) this.amounts = report.amounts;
    if (report.marks.length > 0) this.checkpoints = marked(this.checkpoints, report.marks);
    this.processor = { ...report, published: [], latency: [], marks: [] };
    return report.published;
  }

  takeBroker(raw: unknown): void {
    this.broker = BrokerReport.parse(raw);
  }

  /** A new process of the processor is on its way: what the old one said about its progress no longer counts. */
  processorStarting(): void {
    this.#processorHeard = false;
    this.#processorLife += 1;
  }

  /** Grows when the processor starts, and when its state goes back. */
  get processorLife(): number {
    return this.#processorLife;
  }

  progress(): ProcessorProgress | null {
    if (!this.#processorHeard || this.processor === null) return null;
    const { at, lag } = this.processor;
    return { at, lagEvents: lag.events, life: this.#processorLife };
  }

  held(): Held {
    return { captured: this.producer?.captured ?? 0, distinct: this.processor?.distinct ?? 0 };
  }

  rates(now: number): Rates {
    const rate = (name: keyof Rates) => this.#rates[name].rate(now);
    return {
      writer: rate('writer'),
      producer: rate('producer'),
      processor: rate('processor'),
      results: rate('results'),
      late: rate('late'),
      dropped: rate('dropped'),
      sideDropped: rate('sideDropped'),
      dead: rate('dead'),
    };
  }

  /** A frame leaves: what the processor reported since the last one reaches the screen now. */
  frame(now: number): void {
    this.#latency.frame(now);
    this.passages.frame(now);
  }

  latency(now: number): Quantiles {
    return this.#latency.quantiles(now);
  }

  clear(): void {
    this.writer = null;
    this.producer = null;
    this.processor = null;
    this.amounts = null;
    this.checkpoints = [];
    this.#processorHeard = false;
    this.#lateCounts.clear();
    for (const rate of Object.values(this.#rates)) rate.reset();
    this.#latency.reset();
    this.passages.clear();
  }

  /** Whether what the stage before it had finished has gone through this one, by what both said last. */
  drained(stage: 'producer' | 'processor'): boolean {
    const { writer, producer, processor } = this;
    if (stage === 'producer') {
      return producer !== null && producer.lag.rows === 0 && producer.at >= (writer?.at ?? 0);
    }
    return processor !== null && processor.lag.events === 0 && processor.at >= (producer?.at ?? 0);
  }
}

/** A processor that starts tells the marks of its predecessors again. */
function marked(known: readonly CheckpointMark[], told: readonly CheckpointMark[]): CheckpointMark[] {
  const first = told[0]?.at ?? 0;
  return [...known.filter(({ at }) => at < first), ...told].slice(-TIMELINE_MARKS);
}
