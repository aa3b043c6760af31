// The dialog "Annotations": every note there is, to go to, change or remove. Mounted by the shell.
import { ActionIcon, Button, Modal, Tooltip } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Annotation } from '../../../shared/annotation.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import { formatDateTime, formatDuration } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { api, closeOverlay, openOverlay, pastRoom, useControlRoom } from '../../store/index.ts';
import { scrubTo } from '../charts/time-view.ts';
import { annotationChanges, removeAnnotation } from './annotating.ts';
import classes from './past.module.css';

export function AnnotationsDialog() {
  const opened = useControlRoom((state) => state.overlay?.kind === 'annotations');
  return (
    <Modal opened={opened} onClose={closeOverlay} title="Annotations" size="min(760px, 94vw)" yOffset="8vh">
      {opened && <Content />}
    </Modal>
  );
}

/** Room beside the annotation when it is gone to, ms. */
const AROUND_MS = 60_000;

function Content() {
  const bundle = useStore(pastRoom, (past) => past.bundle);
  const changes = useStore(annotationChanges, ({ count }) => count);
  const [list, setList] = useState<readonly Annotation[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const id = bundle?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `changes` says that the list is another
  useEffect(() => {
    let gone = false;
    api.execute('annotation.list', id === undefined ? {} : { bundle: id }).then(
      (found) => {
        if (!gone) setList(found);
      },
      (failure: unknown) => {
        if (!gone) setError(LiveDbError.dataOf(failure).message);
      },
    );
    return () => {
      gone = true;
    };
  }, [id, changes]);
  const goTo = ({ at, until }: Annotation) => {
    closeOverlay();
    const length = (until ?? at) - at;
    scrubTo((until ?? at) + (until === null ? 0 : AROUND_MS / 4), Math.max(length * 1.5, AROUND_MS));
  };
  if (error !== null) return <Note tone="error" title={error} />;
  if (list === null) return null;
  if (list.length === 0) {
    return (
      <p className={classes.explain}>
        None yet. Click or drag on a chart and choose “Annotate…”: what you write stays on the charts.
      </p>
    );
  }
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>When</th>
            <th className={classes.text}>Text</th>
            <th aria-label="Actions" />
          </tr>
        </thead>
        <tbody>
          {list.toReversed().map((one) => (
            <tr key={one.id}>
              <td>
                {formatDateTime(one.at)}
                {one.until !== null && ` · ${formatDuration(one.until - one.at)}`}
              </td>
              <td className={classes.text} title={one.text}>
                {one.text}
              </td>
              <td>
                <span className={classes.actions}>
                  <Button size="compact-xs" onClick={() => goTo(one)}>
                    Go there
                  </Button>
                  {bundle === null && <Actions one={one} />}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Actions({ one }: { one: Annotation }) {
  const { id, at, until, text } = one;
  return (
    <>
      <Tooltip label="Change">
        <ActionIcon
          size={24}
          aria-label={`Change annotation: ${text}`}
          onClick={() => openOverlay({ kind: 'annotate', id, at, until, text })}
        >
          <IconPencil size={14} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Remove">
        <ActionIcon
          size={24}
          aria-label={`Remove annotation: ${text}`}
          onClick={() => void removeAnnotation(one)}
        >
          <IconTrash size={14} />
        </ActionIcon>
      </Tooltip>
    </>
  );
}
