// What each of the seven stations shows of itself.
import type { ComponentType } from 'react';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLag,
  formatRate,
  formatShort,
} from '../../components/format.ts';
import { Sparkline } from '../../components/sparkline.tsx';
import { type Station, usePoints, useResults, useSnapshot } from '../../store/index.ts';
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
  const seed = useSnapshot((snapshot) => snapshot.stages.writer.seed);
  return (
    <StationCard
      station="seed"
      name="Seed"
      quiet
      figure={seed === null ? '–' : formatShort(seed.rows)}
      unit="rows"
      detail={seed === null ? 'not read' : `lap ${formatShort(seed.lap)}`}
    />
  );
}

function WriterCard() {
  const { achieved, target } = useSnapshot((snapshot) => snapshot.stages.writer.rate);
  const burst = useSnapshot((snapshot) => snapshot.settings.writer.rowsPerBurst);
  const points = usePoints();
  return (
    <LivingCard
      part="writer"
      name="Writer"
      figure={formatRate(achieved)}
      unit="rows/s"
      detail={`target ${target === null ? 'flat out' : formatRate(target)} · bursts of ${formatShort(burst)}`}
    >
      <Sparkline points={points} series="writerRate" target="writerTarget" colour="var(--s1)" />
    </LivingCard>
  );
}

function PostgresCard() {
  const postgres = useSnapshot((snapshot) => snapshot.services.postgres);
  const version = postgres.version === null ? '' : `${shortVersion(postgres.version)} · `;
  return (
    <LivingCard
      part="postgres"
      name="PostgreSQL"
      figure={formatShort(postgres.rows)}
      unit="rows"
      detail={`${version}${postgres.kind}`}
      external={postgres.kind === 'external'}
    />
  );
}

/** "PostgreSQL 18.4 on x86_64…" → "18.4". */
export function shortVersion(version: string): string {
  return /\d+(\.\d+)*\w*/.exec(version)?.[0] ?? version;
}

function ProducerCard() {
  const producer = useSnapshot((snapshot) => snapshot.stages.producer);
  const points = usePoints();
  return (
    <LivingCard
      part="producer"
      name="Producer"
      figure={formatRate(producer.rate)}
      unit="events/s"
      detail={`${producer.capture} · lag ${formatLag(producer.lag.seconds)}`}
    >
      <Sparkline points={points} series="producerRate" colour="var(--s2)" />
    </LivingCard>
  );
}

function KafkaCard() {
  const kafka = useSnapshot((snapshot) => snapshot.services.kafka);
  return (
    <LivingCard
      part="kafka"
      name="Kafka"
      figure={formatCount(kafka.partitions)}
      unit={kafka.partitions === 1 ? 'partition' : 'partitions'}
      detail={kafka.bytes === null ? kafka.kind : `${formatBytes(kafka.bytes)} · ${kafka.kind}`}
      external={kafka.kind === 'external'}
    />
  );
}

function ProcessorCard() {
  const processor = useSnapshot((snapshot) => snapshot.stages.processor);
  const points = usePoints();
  const late = processor.late === 0 ? '' : ` · late ${formatShort(processor.late)}`;
  return (
    <LivingCard
      part="processor"
      name="Processor"
      figure={formatRate(processor.rate)}
      unit="events/s"
      detail={`lag ${formatLag(processor.lag.seconds)}${late}`}
    >
      <Sparkline points={points} series="processorRate" colour="var(--s3)" />
    </LivingCard>
  );
}

function ResultsCard() {
  const results = useSnapshot((snapshot) => snapshot.stages.processor.results);
  const size = useSnapshot((snapshot) => snapshot.settings.processor.query.window.sizeMs);
  const latest = useResults();
  return (
    <StationCard
      station="results"
      name="Results"
      quiet
      figure={formatShort(results)}
      unit=""
      detail={latest.length === 0 ? 'none yet' : `every ${formatDuration(size)}`}
    />
  );
}
