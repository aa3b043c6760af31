// The writer's schedule (stages with a pace of their own, in turn) and its extra bursts.
import { ActionIcon, Button, Switch } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ScheduleStage, WriterBursts, WriterSchedule } from '../../../shared/disorder.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { formatCount, formatDuration } from '../../components/format.ts';
import { Live } from '../../components/live.tsx';
import { parseCount, parseDuration } from '../../components/quantities.ts';
import { QuantityEntry, tenth } from '../../components/quantity-entry.tsx';
import { configureWriter } from '../../store/actions.ts';
import { useSnapshot } from '../../store/index.ts';
import { Fold } from './fold.tsx';
import { scheduleSays } from './schedule-words.ts';
import styles from './station-panel.module.css';

const MOST_STAGES = 50;
/** Calm, a rush, and calm again. */
const EXAMPLE: ScheduleStage[] = [
  { rowsPerBurst: 5, intervalMs: 100, seconds: 20 },
  { rowsPerBurst: 200, intervalMs: 100, seconds: 10 },
];

export function ScheduleControls() {
  const { schedule, bursts } = useSnapshot((snapshot) => snapshot.settings.writer);
  return (
    <Fold title="Schedule and bursts" says={scheduleSays(schedule, bursts)}>
      <Stages schedule={schedule} />
      <Bursts bursts={bursts} />
    </Fold>
  );
}

function Stages({ schedule }: { schedule: WriterSchedule }) {
  const { stages, loop } = schedule;
  const put = (next: readonly ScheduleStage[], done: string) =>
    configureWriter({ schedule: { stages: [...next] } }, done);
  const change = (index: number, part: Partial<ScheduleStage>) =>
    put(
      stages.map((stage, at) => (at === index ? { ...stage, ...part } : stage)),
      `Stage ${index + 1} of the schedule changed`,
    );
  const last = stages.at(-1);
  return (
    <>
      <p className={styles.hint}>
        {stages.length === 0
          ? 'Stages with a pace of their own, one after the other, instead of the rate above.'
          : 'Rows, interval and length of each stage; 0 rows is a rest. '}
        <Live read={turnText} />
      </p>
      {stages.map((stage, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a stage is its place in the schedule.
        <div key={index} className={styles.stage}>
          <QuantityEntry
            label={`${index + 1}. rows`}
            name={`Rows per burst of stage ${index + 1}`}
            value={stage.rowsPerBurst}
            min={0}
            max={50_000}
            parse={parseCount}
            format={formatCount}
            step={tenth}
            onCommit={(rowsPerBurst) => change(index, { rowsPerBurst })}
          />
          <QuantityEntry
            label="each"
            name={`Interval of stage ${index + 1}`}
            value={stage.intervalMs}
            min={0}
            max={3_600_000}
            parse={parseDuration}
            format={formatDuration}
            step={tenth}
            onCommit={(intervalMs) => change(index, { intervalMs })}
          />
          <QuantityEntry
            label="for"
            name={`Length of stage ${index + 1}`}
            value={stage.seconds * 1_000}
            min={100}
            max={86_400_000}
            parse={parseDuration}
            format={formatDuration}
            step={tenth}
            onCommit={(ms) => change(index, { seconds: ms / 1_000 })}
          />
          <ActionIcon
            size={26}
            variant="subtle"
            color="gray"
            aria-label={`Remove stage ${index + 1}`}
            onClick={() =>
              put(
                stages.filter((_, at) => at !== index),
                `Stage ${index + 1} removed`,
              )
            }
          >
            <IconX size={14} />
          </ActionIcon>
        </div>
      ))}
      <div className={styles.row}>
        <Button
          size="compact-xs"
          disabled={stages.length >= MOST_STAGES}
          onClick={() =>
            last === undefined ? put(EXAMPLE, 'Schedule set') : put([...stages, { ...last }], 'Stage added')
          }
        >
          {last === undefined ? 'Set a schedule' : 'Add stage'}
        </Button>
        {last !== undefined && (
          <>
            <Button size="compact-xs" onClick={() => put([], 'Schedule removed')}>
              Remove schedule
            </Button>
            <Switch
              size="xs"
              label="Again and again"
              checked={loop}
              onChange={(event) =>
                configureWriter(
                  { schedule: { loop: event.currentTarget.checked } },
                  event.currentTarget.checked ? 'The schedule is repeated' : 'The schedule runs once',
                )
              }
            />
          </>
        )}
      </div>
    </>
  );
}

function turnText({ stages: { writer }, settings }: Snapshot): string {
  const { stages } = settings.writer.schedule;
  if (stages.length === 0 || writer.state !== 'running') return '';
  if (writer.turn === null) return 'The schedule is over: the writer’s own rate.';
  return `Stage ${writer.turn.stage + 1} is on.`;
}

function Bursts({ bursts }: { bursts: WriterBursts }) {
  return (
    <div className={styles.two}>
      <QuantityEntry
        label="Extra burst, rows"
        name="Rows of an extra burst"
        value={bursts.rows}
        min={0}
        max={50_000}
        parse={parseCount}
        format={(rows) => (rows === 0 ? 'none' : formatCount(rows))}
        step={tenth}
        onCommit={(rows) =>
          configureWriter(
            { bursts: { rows } },
            rows === 0 ? 'No extra bursts' : `Extra bursts of ${formatCount(rows)} rows`,
          )
        }
      />
      <QuantityEntry
        label="each"
        name="Pause between extra bursts"
        value={bursts.everySeconds * 1_000}
        min={100}
        max={3_600_000}
        parse={parseDuration}
        format={formatDuration}
        step={tenth}
        onCommit={(ms) =>
          configureWriter({ bursts: { everySeconds: ms / 1_000 } }, `Extra bursts each ${formatDuration(ms)}`)
        }
      />
    </div>
  );
}
