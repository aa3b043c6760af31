// Start, stop and kill of one stage or service. The accessible name says what is done to what.
import { Button } from '@mantine/core';
import { IconPlayerPlayFilled, IconPlayerStopFilled } from '@tabler/icons-react';
import type { RunState } from '../../shared/names.ts';
import { type Part, startPart, stopPart } from '../store/actions.ts';
import { PART_NAMES, useIsPast, usePartState } from '../store/index.ts';

/** Names of stages are lower-case inside a sentence, names of products keep their capitals. */
export function partInSentence(part: Part): string {
  return part === 'postgres' || part === 'kafka' ? PART_NAMES[part] : PART_NAMES[part].toLowerCase();
}

function canStart(state: RunState): boolean {
  return state === 'stopped' || state === 'failed';
}

export function StartStopButton({ part, disabled = false }: { part: Part; disabled?: boolean }) {
  const state = usePartState(part);
  const past = useIsPast();
  const starts = canStart(state);
  const Icon = starts ? IconPlayerPlayFilled : IconPlayerStopFilled;
  return (
    <Button
      size="compact-xs"
      h={24}
      w={68}
      px={6}
      aria-label={`${starts ? 'Start' : 'Stop'} ${partInSentence(part)}`}
      aria-busy={state === 'starting' || state === 'stopping'}
      disabled={disabled || past || state === 'stopping'}
      leftSection={<Icon size={11} />}
      onClick={() => (starts ? startPart(part) : stopPart(part))}
    >
      {starts ? 'Start' : 'Stop'}
    </Button>
  );
}
