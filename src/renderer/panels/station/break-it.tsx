// "Break it": the faults that a person can make on a station, and the scorecard of the last one.
import { Button } from '@mantine/core';
import { IconBolt, IconPlugOff, IconServer2, IconSnowflake, IconWalk } from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { ChaosTarget, Fault } from '../../../shared/chaos.ts';
import { partInSentence } from '../../components/part-controls.tsx';
import { breakPart } from '../../store/actions.ts';
import { pendingKey, usePart, usePartState, usePending, useSnapshot } from '../../store/index.ts';
import { HarmTopic } from './harm-topic.tsx';
import { LastFault } from './last-fault.tsx';
import styles from './station-panel.module.css';

interface Choice {
  fault: Exclude<Fault, 'poison' | 'double'>;
  label: string;
  /** What it does to what, for who does not see the panel around it; begins with the label. */
  does(part: string): string;
  Icon: ComponentType<{ size: number }>;
}

const CHOICES: readonly Choice[] = [
  { fault: 'kill', label: 'Kill', does: (part) => `Kill ${part}`, Icon: IconBolt },
  { fault: 'freeze', label: 'Freeze', does: (part) => `Freeze ${part} for 5 s`, Icon: IconSnowflake },
  {
    fault: 'cut',
    label: 'Cut network',
    does: (part) => `Cut network of ${part} for 5 s`,
    Icon: IconPlugOff,
  },
  { fault: 'slow', label: 'Slow down', does: (part) => `Slow down ${part} for 5 s`, Icon: IconWalk },
  {
    fault: 'slow-disk',
    label: 'Slow disk',
    does: (part) => `Slow disk of ${part} for 5 s`,
    Icon: IconServer2,
  },
];

export function BreakIt({ target, external }: { target: ChaosTarget; external: boolean }) {
  const card = useSnapshot(({ chaos }) => chaos.scorecards.find((one) => one.target === target) ?? null);
  const onDisk = target === 'postgres' || target === 'kafka';
  const choices = CHOICES.filter(
    ({ fault }) => (!external || fault === 'cut' || fault === 'slow') && (onDisk || fault !== 'slow-disk'),
  );
  return (
    <div className={`${styles.section} ${styles.break}`}>
      <h3>Break it</h3>
      <div className={styles.breakers}>
        {choices.map((choice) => (
          <FaultButton key={choice.fault} target={target} choice={choice} />
        ))}
      </div>
      <p className={styles.hint}>
        {external
          ? 'It is not run by LiveDB: only LiveDB’s own connections to it are cut or slowed, for 5 s.'
          : 'Kill ends the process at once; the others last 5 s. A cut network loses packets and closes nothing; a slow one adds 100 ms each way.'}
        {onDisk && !external && ' With a slow disk each write takes a second longer.'}
      </p>
      {target === 'kafka' && !external && <HarmTopic />}
      {card !== null && <LastFault card={card} />}
    </div>
  );
}

function FaultButton({ target, choice }: { target: ChaosTarget; choice: Choice }) {
  const { fault, label, does, Icon } = choice;
  const state = usePartState(target);
  const hasProcess = usePart(target, ({ pid }) => pid !== null);
  const busy = usePending(pendingKey('chaos.inject', target));
  return (
    <Button
      aria-label={does(partInSentence(target))}
      leftSection={<Icon size={14} />}
      disabled={busy || (state !== 'running' && !hasProcess)}
      aria-busy={busy}
      onClick={() => breakPart(target, fault)}
    >
      {label}
    </Button>
  );
}
