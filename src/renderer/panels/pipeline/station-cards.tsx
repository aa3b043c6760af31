// What each of the seven stations shows of itself. Figures are components of their own (components/live.tsx), so that
// a card is drawn again only when its state changes.
import type { ComponentType } from 'react';
import { disorderOn } from '../../../shared/disorder.ts';
import type { Series } from '../../../shared/history.ts';
import type { WindowSpec } from '../../../shared/query.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLag,
  formatRate,
  formatShort,
  NONE,
} from '../../components/format.ts';
import { Calm, Live } from '../../components/live.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { type Station, useControlRoom, usePoints, useSnapshot } from '../../store/index.ts';
import styles from './station-card.module.css';
import { LivingCard, StationCard } from './station-card.tsx';

export const STATION_CARDS = {
  seed: SeedCard,
  writer: WriterCard,
  postgres: PostgresCard,
  producer: ProducerCard,
  kafka: KafkaCard,
  processor: ProcessorCard,
  results: ResultsCard,
} satisfies Record<Station, ComponentType>;

function SeedCard() {
  return (
    <StationCard
      station="seed"
      name="Seed"
      quiet
      figure={<Calm read={seedRows} />}
      unit="rows"
      detail={<Calm read={seedLap} />}
    />
  );
}
const seedRows = ({ stages: { writer } }: Snapshot) =>
  writer.seed === null ? NONE : formatShort(writer.seed.rows);
const seedLap = ({ stages: { writer } }: Snapshot) =>
  writer.seed === null ? 'not read' : `lap ${formatShort(writer.seed.lap)}`;

function WriterCard() {
  return (
    <LivingCard
      part="writer"
      name="Writer"
      figure={<Live read={writerRate} />}
      unit="rows/s"
      detail={<WriterDetail />}
    >
      <Spark series="writerRate" target="writerTarget" colour="var(--s1)" />
    </LivingCard>
  );
}
/** A pace that is not the plain one is said first; disorder so that nobody takes it for a fault. */
function WriterDetail() {
  const disorder = useSnapshot(({ settings }) => disorderOn(settings.writer.disorder).join(', '));
  if (disorder === '') return <Live read={writerPace} />;
  const kinds = disorder.split(', ');
  return (
    <span className={styles.disorder} title={`Disorder is on: ${disorder}`}>
      disorder: {kinds.length === 1 ? disorder : `${kinds.length} kinds`}
    </span>
  );
}
const writerRate = ({ stages }: Snapshot) => formatRate(stages.writer.rate.achieved);
const writerPace = ({ stages, settings }: Snapshot) => {
  const { target } = stages.writer.rate;
  const pace = target === null ? 'flat out' : formatRate(target);
  const { stages: planned } = settings.writer.schedule;
  if (stages.writer.turn !== null)
    return `target ${pace} · stage ${stages.writer.turn.stage + 1} of ${planned.length}`;
  return `target ${pace} · bursts of ${formatShort(settings.writer.rowsPerBurst)}`;
};

function PostgresCard() {
  const kind = useSnapshot((snapshot) => snapshot.services.postgres.kind);
  const version = useSnapshot((snapshot) => snapshot.services.postgres.version);
  return (
    <LivingCard
      part="postgres"
      name="PostgreSQL"
      figure={<Live read={postgresRows} />}
      unit="rows"
      detail={`${version === null ? '' : `${shortVersion(version)} · `}${kind}`}
      external={kind === 'external'}
    />
  );
}
const postgresRows = ({ services }: Snapshot) => formatShort(services.postgres.rows);

/** "PostgreSQL 18.4 on x86_64…" → "18.4". */
export function shortVersion(version: string): string {
  return /\d+(\.\d+)*\w*/.exec(version)?.[0] ?? version;
}

function ProducerCard() {
  return (
    <LivingCard
      part="producer"
      name="Producer"
      figure={<Live read={producerRate} />}
      unit="events/s"
      detail={<Calm read={producerDetail} />}
    >
      <Spark series="producerRate" colour="var(--s2)" />
    </LivingCard>
  );
}
const producerRate = ({ stages }: Snapshot) => formatRate(stages.producer.rate);
const producerDetail = ({ stages: { producer } }: Snapshot) =>
  `${producer.capture} · lag ${formatLag(producer.lag.seconds)}`;

function KafkaCard() {
  const kind = useSnapshot((snapshot) => snapshot.services.kafka.kind);
  const partitions = useSnapshot((snapshot) => snapshot.services.kafka.partitions);
  return (
    <LivingCard
      part="kafka"
      name="Kafka"
      figure={formatCount(partitions)}
      unit={partitions === 1 ? 'partition' : 'partitions'}
      detail={<Calm read={kafkaDetail} />}
      external={kind === 'external'}
    />
  );
}
const kafkaDetail = ({ services: { kafka } }: Snapshot) =>
  kafka.bytes === null ? kafka.kind : `${formatBytes(kafka.bytes)} on disk`;

function ProcessorCard() {
  return (
    <LivingCard
      part="processor"
      name="Processor"
      figure={<Live read={processorRate} />}
      unit="events/s"
      detail={<Calm read={processorDetail} />}
    >
      <Spark series="processorRate" colour="var(--s3)" />
    </LivingCard>
  );
}
const processorRate = ({ stages }: Snapshot) => formatRate(stages.processor.rate);
const processorDetail = ({ stages: { processor } }: Snapshot) => {
  const aside = processor.dropped + processor.unreadable;
  if (processor.late === 0 && aside === 0) return `lag ${formatLag(processor.lag.seconds)}`;
  // There is room for two figures; the lag stands beside the card and on its chart, too.
  return `late ${formatShort(processor.late)} · aside ${formatShort(aside)}`;
};

function ResultsCard() {
  const window = useSnapshot((snapshot) => snapshot.settings.processor.query.window);
  const none = useControlRoom((state) => state.results.length === 0);
  return (
    <StationCard
      station="results"
      name="Results"
      quiet
      figure={<Calm read={resultCount} />}
      unit=""
      detail={none ? 'none yet' : paceOf(window)}
    />
  );
}
/** How often a window closes; sessions close when they will. */
function paceOf(window: WindowSpec): string {
  if (window.kind === 'session') return 'sessions';
  return `every ${formatDuration(window.kind === 'hopping' ? window.slideMs : window.sizeMs)}`;
}
const resultCount = ({ stages }: Snapshot) => formatShort(stages.processor.results);

/** Drawn again once a second, with each point. */
function Spark(props: { series: Series; target?: Series; colour: string }) {
  return <Sparkline points={usePoints()} {...props} />;
}
