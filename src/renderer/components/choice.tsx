// One of a few, as segments: shows what was chosen at once, and goes back when the control plane did not take it.
import { SegmentedControl } from '@mantine/core';
import { useEffect, useState } from 'react';

/** How long a choice is shown that the settings have not taken over, ms. */
const TRUST_MS = 1_500;

interface Props<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChoose: (value: T) => void;
}

export function Choice<T extends string>({ label, value, options, onChoose }: Props<T>) {
  const [chosen, setChosen] = useState<T | null>(null);

  useEffect(() => {
    if (chosen === null) return;
    if (chosen === value) return setChosen(null);
    const timer = setTimeout(() => setChosen(null), TRUST_MS);
    return () => clearTimeout(timer);
  }, [chosen, value]);

  return (
    <SegmentedControl
      aria-label={label}
      value={chosen ?? value}
      data={[...options]}
      onChange={(next) => {
        const option = options.find((candidate) => candidate.value === next);
        if (option === undefined || option.value === value) return;
        setChosen(option.value);
        onChoose(option.value);
      }}
    />
  );
}
