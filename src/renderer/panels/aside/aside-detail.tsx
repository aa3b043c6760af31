// One record aside in full; a dead one can be corrected and sent again here. Part of aside-dialog.tsx.
import { ActionIcon, Button, Textarea } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import type { LiveDbErrorData } from '../../../shared/errors.ts';
import type { SideRecord } from '../../../shared/side-records.ts';
import { escapeTakesBack } from '../../components/escape.ts';
import { formatBytes, formatDateTime } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import classes from './aside.module.css';
import { countedText } from './aside-table.tsx';
import { isEditable, isOpen } from './sending.ts';

interface Props {
  record: SideRecord;
  error: LiveDbErrorData | null;
  busy: boolean;
  /** The text as it was changed here; null as long as it was not. */
  draft: string | null;
  onDraft: (draft: string | null) => void;
  onSend: (value: string | null) => void;
  onDismiss: () => void;
  onRestore: () => void;
  onClose: () => void;
}

export function AsideDetail({
  record,
  error,
  busy,
  draft,
  onDraft,
  onSend,
  onDismiss,
  onRestore,
  onClose,
}: Props) {
  const { state, value, reason, source, key, query, window, counted, sentTo } = record;
  const editable = isEditable(record) || (isOpen(state) && value === null);
  const changed = editable && draft !== null && draft !== (value ?? '');
  const section = useRef<HTMLElement>(null);
  // It stands behind all the rows: who opened it by keyboard is taken there.
  useEffect(() => {
    const first = section.current?.querySelector<HTMLElement>(editable ? 'textarea' : 'button');
    first?.focus({ preventScroll: true });
    section.current?.scrollIntoView({ block: 'nearest' });
  }, [editable]);
  const back = escapeTakesBack(onClose);
  return (
    <section className={classes.detail} aria-label={`Record ${record.id}`} ref={section}>
      <header>
        <b>
          {source === null
            ? `Record ${record.id}`
            : `${source.topic}, partition ${source.partition}, offset ${source.offset}`}
        </b>
        <span>{formatDateTime(record.at)}</span>
        <span className={classes.grow} />
        <ActionIcon
          size={26}
          variant="subtle"
          color="gray"
          aria-label="Close record"
          onClick={onClose}
          {...back}
        >
          <IconX size={14} />
        </ActionIcon>
      </header>
      <dl className={classes.facts}>
        <dt>Reason</dt>
        <dd>{reason === '' ? 'not told' : reason}</dd>
        <dt>Key</dt>
        <dd className="mono">{key ?? 'null'}</dd>
        {window !== undefined && (
          <>
            <dt>Window</dt>
            <dd className="mono">
              {formatDateTime(Date.parse(window.start))} – {formatDateTime(Date.parse(window.end))}
            </dd>
          </>
        )}
        {query !== undefined && (
          <>
            <dt>Query</dt>
            <dd className="mono">{query}</dd>
          </>
        )}
        {counted !== undefined && (
          <>
            <dt>Since</dt>
            <dd>{countedText(counted)}</dd>
          </>
        )}
        {sentTo !== undefined && (
          <>
            <dt>Sent to</dt>
            <dd className="mono">
              partition {sentTo.partition}, offset {sentTo.offset}
            </dd>
          </>
        )}
      </dl>
      <Textarea
        aria-label="Value"
        rows={5}
        spellCheck={false}
        readOnly={!editable}
        value={(editable ? draft : null) ?? value ?? ''}
        placeholder={value === null ? 'null' : 'empty'}
        classNames={{ input: 'mono' }}
        onChange={(event) => onDraft(event.currentTarget.value)}
        {...back}
      />
      {!editable && isOpen(state) && (
        <p className={classes.says}>
          {record.cut
            ? `Of ${formatBytes(record.bytes)} only the first part is shown; it cannot be corrected here.`
            : 'These bytes are no text (shown as base64); they cannot be corrected here.'}
        </p>
      )}
      {error !== null && (
        <Note tone="error" title={error.message}>
          {error.remedy !== undefined && <p>{error.remedy}</p>}
        </Note>
      )}
      {state !== undefined && state !== 'sent' && (
        <div className={classes.actions}>
          {changed && (
            <Button onClick={() => onDraft(null)} {...back}>
              Undo changes
            </Button>
          )}
          {state === 'dismissed' ? (
            <Button disabled={busy} onClick={onRestore} {...back}>
              Take back
            </Button>
          ) : (
            <>
              {state === 'waiting' && (
                <Button disabled={busy} onClick={onDismiss} {...back}>
                  Dismiss
                </Button>
              )}
              <Button
                variant="filled"
                disabled={busy}
                onClick={() => onSend(changed ? draft : null)}
                {...back}
              >
                {changed ? 'Send corrected' : 'Send as it is'}
              </Button>
            </>
          )}
        </div>
      )}
    </section>
  );
}
