// The control plane's neighbours without any service behind them: topics and rows in memory, a history that only
// remembers what it was told.
import type { Database, Neighbours, TopicAdmin } from '../../src/main/control/ports.ts';
import type { History } from '../../src/main/history/port.ts';
import type { SideTopics } from '../../src/main/services/side-topics.ts';
import { LiveDbError } from '../../src/shared/errors.ts';
import type { WindowResult } from '../../src/shared/event.ts';
import type { MetricPoint } from '../../src/shared/history.ts';
import type { Incident } from '../../src/shared/incident.ts';
import type { KafkaEndpoint, PostgresEndpoint } from '../../src/shared/link.ts';
import type { ReplayStatus } from '../../src/shared/replay.ts';

export class FakeTopics implements TopicAdmin {
  readonly calls: string[] = [];
  readonly names = new Set<string>();
  events = 30;

  async ensureTopics(topics: readonly { name: string }[]): Promise<void> {
    this.calls.push('ensure');
    for (const { name } of topics) this.names.add(name);
  }
  async list() {
    return [...this.names].map((name) => ({
      name,
      internal: false,
      partitions: [0, 1, 2].map((partition) => ({ partition, low: '0', high: '10' })),
      events: this.events,
    }));
  }
  async create({ name }: { name: string }): Promise<void> {
    this.names.add(name);
  }
  async delete(name: string): Promise<void> {
    this.calls.push(`delete ${name}`);
    this.names.delete(name);
  }
  async read() {
    return { records: [], next: {} };
  }
  async findByKey() {
    return { records: [], complete: true };
  }
  async replayRanges() {
    const ranges = [{ partition: 0, from: '0', to: String(this.events), events: this.events }];
    return { ranges, partitions: [{ partition: 0, low: 0, high: this.events }], gone: [] };
  }
  async groupLag() {
    return [{ partition: 0, committed: this.events, high: this.events }];
  }
  async check() {
    return { version: null, clusterId: 'c', brokers: 1 };
  }
  async close(): Promise<void> {
    this.calls.push('close');
  }
}

export class FakeNeighbours implements Neighbours {
  readonly topics = new FakeTopics();
  readonly statements: string[] = [];
  external: { postgres: PostgresEndpoint | null; kafka: KafkaEndpoint | null } = {
    postgres: null,
    kafka: null,
  };
  pollIntervalMs: number | null = null;
  replayMode = false;
  badSeeds = new Set<string>();
  databaseDown: LiveDbError | null = null;
  blocked: string | null = null;

  readConnections() {
    const { pollIntervalMs, replayMode } = this;
    return { ...this.external, pollIntervalMs, replayMode, sources: [] };
  }
  openTopicAdmin(): TopicAdmin {
    return this.topics;
  }
  openSideTopics(): SideTopics {
    throw new LiveDbError({ code: 'kafka.refused', message: 'There is no Kafka.' });
  }
  async openDatabase(): Promise<Database> {
    if (this.databaseDown !== null) throw this.databaseDown;
    return {
      query: async <Row extends object>(sql: string): Promise<Row[]> => {
        this.statements.push(sql);
        return [];
      },
      close: async () => undefined,
    };
  }
  async inspectForeign() {
    return { proposal: this.blocked === null ? null : 'CREATE TABLE livedb ()', blocked: this.blocked };
  }
  async prepareForeign(): Promise<void> {
    this.blocked = null;
  }
  async checkSeed(file: string): Promise<void> {
    if (this.badSeeds.has(file)) {
      throw new LiveDbError({ code: 'seed.invalid', message: `The seed ${file} has faults.` });
    }
  }
}

export class FakeHistory implements History {
  readonly points: MetricPoint[] = [];
  readonly results: WindowResult[] = [];
  readonly incidents = new Map<string, Incident>();
  readonly replayed = new Map<string, ReplayStatus>();
  cleared = 0;

  recordPoint(point: MetricPoint): void {
    this.points.push(point);
  }
  recordResults(results: readonly WindowResult[]): void {
    this.results.push(...results);
  }
  recordIncident(incident: Incident): void {
    this.incidents.set(incident.id, incident);
  }
  recordReplay(replay: ReplayStatus): void {
    this.replayed.set(replay.id, replay);
  }
  recordReplayResults(): void {}
  replays(): ReplayStatus[] {
    return [...this.replayed.values()];
  }
  readonly comparisonCalls: string[] = [];
  readonly comparisons = {
    results: () => [],
    summary: () => ({ windows: 3, compared: 3, different: 0, cut: 0, liveOnly: 0 }),
    settle: (id: string, line: string) => void this.comparisonCalls.push(`settle ${id} ${line}`),
    cut: (id: string) => void this.comparisonCalls.push(`cut ${id}`),
    clear: (id: string) => void this.comparisonCalls.push(`clear ${id}`),
    drop: (id: string) => void this.comparisonCalls.push(`drop ${id}`),
  };
  recentIncidents(): Incident[] {
    return [];
  }
  recordPassages(): void {}
  passed() {
    return null;
  }
  windowsAt() {
    return [];
  }
  query() {
    return { stepMs: 1000, points: this.points, results: [], incidents: [], runs: [], annotations: [] };
  }
  readonly outcomes = { find: () => null, put: () => undefined, drop: () => undefined, settled: () => 0 };
  recordMoment(): void {}
  moment() {
    return null;
  }
  putAnnotation(): void {}
  annotation() {
    return null;
  }
  annotations() {
    return [];
  }
  removeAnnotation(): void {}
  lines() {
    return [];
  }
  configure(): void {}
  clear(): void {
    this.cleared += 1;
  }
  bytes(): number {
    return 1_048_576;
  }
  close(): void {}
}
