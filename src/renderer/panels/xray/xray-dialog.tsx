// The dialog "Row X-ray": pick a row by its id, see its life from the INSERT to the screen. Mounted by the shell.
import { Button, Modal, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { RowXray } from '../../../shared/xray.ts';
import { Note } from '../../components/note.tsx';
import { api, closeOverlay, useControlRoom } from '../../store/index.ts';
import { Life } from './life.tsx';
import { WindowRows } from './window-rows.tsx';
import classes from './xray.module.css';

export function XrayDialog() {
  const overlay = useControlRoom((state) => state.overlay);
  const opened = overlay?.kind === 'xray';
  const id = opened ? (overlay.id ?? '') : '';
  return (
    <Modal opened={opened} onClose={closeOverlay} title="Row X-ray" size="min(940px, 94vw)" yOffset="7vh">
      {opened && <Content key={id} id={id} window={overlay.window ?? null} />}
    </Modal>
  );
}

type Looked =
  | { state: 'nothing' }
  | { state: 'looking' }
  | { state: 'found'; xray: RowXray }
  | { state: 'refused'; error: LiveDbErrorData };

function Content({ id, window }: { id: string; window: { from: number; to: number } | null }) {
  const [text, setText] = useState(id);
  const [asked, setAsked] = useState<{ id: string; time: number } | null>(id === '' ? null : { id, time: 0 });
  const [looked, setLooked] = useState<Looked>({ state: 'nothing' });
  useEffect(() => {
    if (asked === null) return undefined;
    let gone = false;
    setLooked({ state: 'looking' });
    api.execute('row.xray', { id: asked.id }).then(
      (xray) => {
        if (!gone) setLooked({ state: 'found', xray });
      },
      (error: unknown) => {
        if (!gone) setLooked({ state: 'refused', error: LiveDbError.dataOf(error) });
      },
    );
    return () => {
      gone = true;
    };
  }, [asked]);
  const valid = /^-?\d{1,19}$/.test(text.trim());
  const look = (event: FormEvent) => {
    event.preventDefault();
    if (valid) setAsked({ id: text.trim(), time: (asked?.time ?? 0) + 1 });
  };
  return (
    <div className={classes.dialog}>
      <form className={classes.form} onSubmit={look}>
        <TextInput
          label="Row id"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={text.trim() === '' || valid ? null : 'An id is a whole number.'}
          inputMode="numeric"
          data-autofocus
          className={classes.id}
        />
        <Button type="submit" variant="filled" disabled={!valid} aria-busy={looked.state === 'looking'}>
          {asked !== null && asked.id === text.trim() ? 'Look again' : 'Look'}
        </Button>
      </form>
      {window !== null && (
        <WindowRows
          window={window}
          onChoose={(chosen) => {
            setText(chosen);
            setAsked({ id: chosen, time: (asked?.time ?? 0) + 1 });
          }}
        />
      )}
      <div aria-live="polite" className={classes.outcome}>
        {looked.state === 'nothing' && window === null && (
          <p className={classes.says}>
            Shows when a row was written, committed, captured, published, processed and drawn, and in which
            windows it was counted. Rows of the past too, as far as they are kept.
          </p>
        )}
        {looked.state === 'looking' && <p className={classes.says}>Looking through table and topic…</p>}
        {looked.state === 'refused' && (
          <Note tone="warning" title={looked.error.message}>
            {looked.error.remedy !== undefined && <p>{looked.error.remedy}</p>}
          </Note>
        )}
        {looked.state === 'found' && <Life xray={looked.xray} />}
      </div>
    </div>
  );
}
