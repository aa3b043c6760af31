// Step "Speed": as fast as possible, or by the time of the events.
import { SegmentedControl, TextInput } from '@mantine/core';
import { type Pace, targetOf } from './draft.ts';
import type { StepProps } from './range-step.tsx';
import { Step } from './step.tsx';
import classes from './wizard.module.css';

const PACES: readonly { value: Pace; label: string }[] = [
  { value: 'max', label: 'As fast as possible' },
  { value: 'real', label: 'Real time' },
  { value: 'times', label: 'Times' },
];

export function SpeedStep({ draft, onChange, fault }: StepProps) {
  const rewind = targetOf(draft) === 'rewind' && draft.pace !== 'max';
  return (
    <Step number={4} name="Speed" fault={fault?.place === 'factor' ? fault.text : null}>
      <div className={classes.option}>
        <SegmentedControl
          aria-label="Speed"
          data={[...PACES]}
          value={draft.pace}
          onChange={(value) => {
            const chosen = PACES.find((pace) => pace.value === value);
            if (chosen !== undefined) onChange({ ...draft, pace: chosen.value });
          }}
        />
        {draft.pace === 'times' && (
          <TextInput
            size="xs"
            inputMode="decimal"
            aria-label="Times as fast as the events came"
            leftSection="×"
            value={draft.factor}
            error={fault?.place === 'factor'}
            autoComplete="off"
            classNames={{ root: classes.short, input: 'mono' }}
            onChange={(event) => onChange({ ...draft, factor: event.currentTarget.value })}
          />
        )}
        {rewind && (
          <span className={classes.says}>
            So the range is read, beside the live query; its windows are published all at once at the end.
          </span>
        )}
      </div>
    </Step>
  );
}
