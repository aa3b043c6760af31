// Entry of a moment in local time, with seconds.
import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { fromLocalInput, toLocalInput } from '../../components/local-time.ts';

interface Props {
  label: string;
  /** Epoch ms. */
  value: number;
  onChange: (at: number) => void;
}

export function TimeEntry({ label, value, onChange }: Props) {
  const [text, setText] = useState(() => toLocalInput(value));
  useEffect(() => {
    // Only a value from outside replaces what is being typed; milliseconds are not shown.
    setText((known) => {
      const shown = fromLocalInput(known);
      return shown !== null && Math.abs(shown - value) < 1_000 ? known : toLocalInput(value);
    });
  }, [value]);
  return (
    <TextInput
      type="datetime-local"
      step={1}
      label={label}
      value={text}
      error={fromLocalInput(text) === null ? 'A date and a time.' : null}
      onChange={(event) => {
        setText(event.currentTarget.value);
        const at = fromLocalInput(event.currentTarget.value);
        if (at !== null) onChange(at);
      }}
    />
  );
}
