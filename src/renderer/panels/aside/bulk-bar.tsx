// What is done with all marked records: sent as they are, sent with a text replaced in each, dismissed, taken back. Part of
// aside-dialog.tsx.
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { SideRecord } from '../../../shared/side-records.ts';
import { formatCount } from '../../components/format.ts';
import classes from './aside.module.css';
import { type Item, isOpen, itemsOf } from './sending.ts';

interface Props {
  records: readonly SideRecord[];
  busy: boolean;
  onSend: (items: readonly Item[]) => void;
  onDismiss: (ids: readonly string[]) => void;
  onRestore: (ids: readonly string[]) => void;
}

export function BulkBar({ records, busy, onSend, onDismiss, onRestore }: Props) {
  const [find, setFind] = useState('');
  const [replacement, setReplacement] = useState('');
  const open = records.filter(({ state }) => isOpen(state));
  const dismissed = records.filter(({ state }) => state === 'dismissed');
  const items = itemsOf(open, find, replacement);
  const corrected = items.filter(({ value }) => value !== null).length;
  const ids = (some: readonly SideRecord[]) => some.map(({ id }) => id);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would take a row of its own.
    <div className={classes.bulk} role="group" aria-label="Marked records">
      <b>{formatCount(records.length)} marked</b>
      <TextInput
        size="xs"
        aria-label="Replace in each"
        placeholder="replace in each…"
        className={classes.replace}
        classNames={{ input: 'mono' }}
        value={find}
        onChange={(event) => setFind(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        aria-label="Replace by"
        placeholder="by"
        className={classes.replace}
        classNames={{ input: 'mono' }}
        value={replacement}
        onChange={(event) => setReplacement(event.currentTarget.value)}
      />
      <span className={classes.grow} />
      {dismissed.length > 0 && (
        <Button disabled={busy} onClick={() => onRestore(ids(dismissed))}>
          Take {formatCount(dismissed.length)} back
        </Button>
      )}
      {open.length > 0 && (
        <>
          <Button disabled={busy} onClick={() => onDismiss(ids(open))}>
            Dismiss {formatCount(open.length)}
          </Button>
          <Button variant="filled" disabled={busy} onClick={() => onSend(items)}>
            {corrected === 0
              ? `Send ${formatCount(open.length)} as they are`
              : `Send ${formatCount(open.length)}, ${formatCount(corrected)} corrected`}
          </Button>
        </>
      )}
    </div>
  );
}
