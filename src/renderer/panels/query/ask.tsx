// Asks what shall become of something before it is done: one of two ways, each with what it means.
import { Button, Group, Radio, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { escapeTakesBack } from '../../components/escape.ts';
import classes from './query.module.css';

export interface Asked<T extends string> {
  question: string;
  /** On the button that does it. */
  action: string;
  danger?: boolean;
  /** The first one is chosen to begin with. */
  options: readonly { value: T; label: string; says: string }[];
}

interface Props<T extends string> {
  asked: Asked<T>;
  /** To what. */
  of: string;
  busy: boolean;
  onDo: (choice: T) => void;
  onCancel: () => void;
}

export function Ask<T extends string>({ asked, of, busy, onDo, onCancel }: Props<T>) {
  const { question, action, options, danger = false } = asked;
  const backOut = escapeTakesBack(onCancel);
  const [choice, setChoice] = useState<T | undefined>(options[0]?.value);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (choice !== undefined) onDo(choice);
  };
  return (
    <form className={classes.ask} aria-label={`${action} ${of}`} onSubmit={submit}>
      <Radio.Group
        label={question}
        value={choice ?? ''}
        onChange={(value) => setChoice(options.find((option) => option.value === value)?.value)}
      >
        <Stack gap={8} mt={8}>
          {options.map(({ value, label, says }, index) => (
            <Radio
              key={value}
              size="xs"
              value={value}
              label={label}
              description={says}
              // The question is what was asked for: the keys go on in it.
              autoFocus={index === 0}
              {...backOut}
            />
          ))}
        </Stack>
      </Radio.Group>
      <Group justify="flex-end" gap={8}>
        <Button onClick={onCancel} {...backOut}>
          Cancel
        </Button>
        <Button
          type="submit"
          variant="filled"
          disabled={busy}
          aria-busy={busy}
          {...backOut}
          {...(danger ? { color: 'red' } : {})}
        >
          {action}
        </Button>
      </Group>
    </form>
  );
}
