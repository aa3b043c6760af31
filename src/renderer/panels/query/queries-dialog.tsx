// The dialog "Queries": every query with its figures, and the editor for a new one or a change. Mounted by app.tsx.
import { Modal } from '@mantine/core';
import { useState } from 'react';
import {
  closeOverlay,
  controlRoom,
  type Overlay,
  useCalmSnapshot,
  useControlRoom,
} from '../../store/index.ts';
import { beginChange, beginNew, chooseQuery, useDesk } from './desk.ts';
import classes from './query.module.css';
import { QueryDetail } from './query-detail.tsx';
import { QueryEditor } from './query-editor.tsx';
import { QueryList } from './query-list.tsx';
import { queryRows } from './query-rows.ts';

export function QueriesDialog() {
  const overlay = useControlRoom((state) => state.overlay);
  const opened = overlay?.kind === 'queries';
  return (
    <Modal opened={opened} onClose={closeOverlay} title="Queries" size="min(1160px, 96vw)" yOffset="5vh">
      {opened && <Content overlay={overlay} />}
    </Modal>
  );
}

function Content({ overlay }: { overlay: Extract<Overlay, { kind: 'queries' }> }) {
  // Before the first drawing, so that the keys typed next find what was opened.
  useState(() => layOut(overlay));
  const { work, chosen } = useDesk();
  return work === null ? <Queries chosen={chosen} /> : <QueryEditor key={work.changes ?? ''} work={work} />;
}

function Queries({ chosen }: { chosen: string | null }) {
  const rows = queryRows(useCalmSnapshot((snapshot) => snapshot));
  const row = rows.find(({ spec }) => spec.name === chosen) ?? rows[0];
  return (
    <div className={classes.queries}>
      <QueryList rows={rows} chosen={row?.spec.name ?? ''} />
      {row !== undefined && <QueryDetail key={row.spec.name} row={row} />}
    </div>
  );
}

/** Puts what the dialog was opened for on the desk. */
function layOut({ query, edit }: Extract<Overlay, { kind: 'queries' }>): void {
  const { snapshot } = controlRoom.getState();
  if (snapshot === null) return;
  const specs = queryRows(snapshot).map(({ spec }) => spec);
  const spec = specs.find(({ name }) => name === query);
  if (spec !== undefined) chooseQuery(spec.name);
  if (edit !== true) return;
  if (spec !== undefined) beginChange(spec);
  else if (specs[0] !== undefined)
    beginNew(
      specs[0],
      specs.map(({ name }) => name),
    );
}
