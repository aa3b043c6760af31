// Step "Target": what becomes of the events. Each target is explained in one sentence; those that the source does not
// allow say why.
import { Radio } from '@mantine/core';
import { type Target, targetOf } from './draft.ts';
import type { StepProps } from './range-step.tsx';
import { Step } from './step.tsx';
import classes from './wizard.module.css';
import { TARGETS } from './words.ts';

const ORDER: readonly Target[] = ['branch', 'rewind', 'republish'];

export function TargetStep({ draft, onChange }: Omit<StepProps, 'fault'>) {
  const target = targetOf(draft);
  const choose = (value: string) => {
    if (value === 'branch') onChange({ ...draft, eventTarget: value });
    // What ran to an end of its own now runs up to the present.
    if (value === 'rewind') {
      const eventRange = draft.eventRange === 'between' ? 'time' : draft.eventRange;
      onChange({ ...draft, eventTarget: value, eventRange });
    }
  };
  return (
    <Step number={3} name="Target">
      <Radio.Group label="Target" classNames={{ label: classes.spoken }} value={target} onChange={choose}>
        <div className={classes.targets}>
          {ORDER.map((value) => {
            const fits = (value === 'republish') === (draft.source === 'rows');
            const needs =
              value === 'republish' ? ' Needs table rows as source.' : ' Needs topic events as source.';
            return (
              <Radio
                key={value}
                size="xs"
                value={value}
                disabled={!fits}
                classNames={{ description: classes.description }}
                label={TARGETS[value].name}
                description={TARGETS[value].says + (fits ? '' : needs)}
              />
            );
          })}
        </div>
      </Radio.Group>
    </Step>
  );
}
