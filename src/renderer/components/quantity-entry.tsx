// A field for one quantity: shows the true value, takes what is typed on Enter or when left, steps with the arrow
// keys, goes back with Escape, and says what is wrong with what it cannot take.
import { TextInput } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useState } from 'react';

interface Props {
  label: ReactNode;
  /** Accessible name; the label may carry more. */
  name: string;
  value: number;
  min: number;
  max: number;
  parse: (text: string) => number | null;
  format: (value: number) => string;
  /** Arrow keys change by this. */
  step: (value: number) => number;
  onCommit: (value: number) => void;
  disabled?: boolean;
}

export function QuantityEntry(props: Props) {
  const { label, name, value, min, max, parse, format, step, onCommit, disabled } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  const commit = () => {
    if (draft === null) return;
    const parsed = parse(draft);
    if (parsed === null) return setFault(`Not understood; for example ${format(value)}`);
    if (parsed < min || parsed > max) return setFault(`${format(min)} to ${format(max)}`);
    setDraft(null);
    setFault(null);
    if (parsed !== value) onCommit(parsed);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') commit();
    else if (event.key === 'Escape' && draft !== null) {
      event.stopPropagation();
      setDraft(null);
      setFault(null);
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault();
      const from = (draft === null ? null : parse(draft)) ?? value;
      const to = event.key === 'ArrowUp' ? from + step(from) : from - step(from);
      setFault(null);
      setDraft(format(Math.min(max, Math.max(min, to))));
    }
  };

  return (
    <TextInput
      size="xs"
      label={label}
      aria-label={name}
      value={draft ?? format(value)}
      error={fault}
      disabled={disabled}
      autoComplete="off"
      spellCheck={false}
      inputMode="decimal"
      classNames={{ input: 'mono' }}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={onKeyDown}
    />
  );
}

/** A step of a tenth of the value's magnitude: 1 below 20, 10 below 200, … */
export function tenth(value: number): number {
  return 10 ** Math.floor(Math.log10(Math.max(1, value / 2)));
}
