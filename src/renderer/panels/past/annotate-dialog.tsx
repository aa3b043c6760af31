// The dialog "Annotate": writes a note on a moment or a stretch, or changes one. Mounted by the shell.
import { Button, Checkbox, Modal, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { MAX_ANNOTATION_TEXT } from '../../../shared/annotation.ts';
import { closeOverlay, type Overlay, useControlRoom } from '../../store/index.ts';
import { writeAnnotation } from './annotating.ts';
import classes from './past.module.css';
import { TimeEntry } from './time-entry.tsx';

type Annotating = Extract<Overlay, { kind: 'annotate' }>;

export function AnnotateDialog() {
  const overlay = useControlRoom((state) => state.overlay);
  const opened = overlay?.kind === 'annotate';
  const title = opened && overlay.id !== undefined ? 'Change annotation' : 'Annotate';
  return (
    <Modal opened={opened} onClose={closeOverlay} title={title} size={460} yOffset="12vh">
      {opened && <Content begun={overlay} />}
    </Modal>
  );
}

const MINUTE = 60_000;

function Content({ begun }: { begun: Annotating }) {
  const [text, setText] = useState(begun.text ?? '');
  const [at, setAt] = useState(begun.at);
  const [until, setUntil] = useState(begun.until);
  const [busy, setBusy] = useState(false);
  const wrong = until !== null && until <= at;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const taken = await writeAnnotation(begun.id ?? null, { at, until, text: text.trim() });
    setBusy(false);
    if (taken) closeOverlay();
  };
  return (
    <form className={classes.dialog} onSubmit={(event) => void save(event)}>
      <Textarea
        label="Text"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maxLength={MAX_ANNOTATION_TEXT}
        autosize
        minRows={2}
        maxRows={6}
        data-autofocus
      />
      <Checkbox
        label="A stretch of time, not a moment"
        checked={until !== null}
        onChange={(event) => setUntil(event.currentTarget.checked ? at + MINUTE : null)}
      />
      <div className={classes.when}>
        <TimeEntry label={until === null ? 'At' : 'From'} value={at} onChange={setAt} />
        {until !== null && <TimeEntry label="To" value={until} onChange={setUntil} />}
      </div>
      {wrong && <p className={classes.explain}>The end must come after the beginning.</p>}
      <div className={classes.end}>
        <Button onClick={closeOverlay}>Cancel</Button>
        <Button
          type="submit"
          variant="filled"
          disabled={text.trim() === '' || wrong || busy}
          aria-busy={busy}
        >
          {begun.id === undefined ? 'Annotate' : 'Save'}
        </Button>
      </div>
    </form>
  );
}
