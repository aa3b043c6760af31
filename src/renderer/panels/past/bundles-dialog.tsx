// The dialog "Bundles": export a stretch of the past to a file, open one of this or another LiveDB to look at.
// Mounted by the shell.
import { ActionIcon, Button, FileButton, Modal, TextInput, Tooltip } from '@mantine/core';
import { IconDownload, IconTrash } from '@tabler/icons-react';
import { useCallback, useEffect, useState } from 'react';
import { LiveDbError } from '../../../shared/errors.ts';
import type { BundleInfo } from '../../../shared/past.ts';
import { formatBytes, formatDateTime, formatDuration } from '../../components/format.ts';
import {
  closeOverlay,
  controlRoom,
  perform,
  reportDone,
  reportFailure,
  showBundle,
  useControlRoom,
  usePending,
} from '../../store/index.ts';
import { timeView } from '../charts/time-view.ts';
import { carriesFiles, downloadBundle, uploadBundle } from './bundle-files.ts';
import { Exporting } from './exporting.tsx';
import classes from './past.module.css';
import { TimeEntry } from './time-entry.tsx';

const HOUR = 3_600_000;
const VIEW_MS = 300_000;

export function BundlesDialog() {
  const overlay = useControlRoom((state) => state.overlay);
  const opened = overlay?.kind === 'bundles';
  return (
    <Modal opened={opened} onClose={closeOverlay} title="Bundles" size="min(820px, 94vw)" yOffset="7vh">
      {opened && <Content stretch={overlay.stretch ?? null} />}
    </Modal>
  );
}

function Content({ stretch }: { stretch: { from: number; to: number } | null }) {
  const [list, setList] = useState<readonly BundleInfo[] | null>(null);
  const refresh = useCallback(async () => {
    const found = await perform('bundle.list', {}, { failed: 'The bundles could not be listed' });
    if (found !== null) setList(found);
  }, []);
  useEffect(() => void refresh(), [refresh]);
  return (
    <div className={classes.dialog}>
      <p className={classes.explain}>
        A bundle is the past of a run in one file: metrics, results, incidents, settings, annotations and the
        state of each moment. Another LiveDB opens it to look at. It holds no passwords.
      </p>
      <Export stretch={stretch} onDone={refresh} />
      <Open onDone={refresh} />
      {list !== null && list.length > 0 && <List list={list} onChange={refresh} />}
    </div>
  );
}

function Export({
  stretch,
  onDone,
}: {
  stretch: { from: number; to: number } | null;
  onDone: () => Promise<void>;
}) {
  const [from, setFrom] = useState(stretch?.from ?? Date.now() - HOUR);
  const [to, setTo] = useState(stretch?.to ?? Date.now());
  const busy = usePending('bundle.export');
  const write = async () => {
    const how = { done: 'Bundle exported', failed: 'The bundle was not exported' };
    const written = await perform('bundle.export', { from, to }, how);
    if (written === null) return;
    await onDone();
    if (carriesFiles) await fetchOut(written.name);
  };
  return (
    <fieldset className={classes.range}>
      <legend>Export</legend>
      <div className={classes.when}>
        <TimeEntry label="From" value={from} onChange={setFrom} />
        <TimeEntry label="To" value={to} onChange={setTo} />
      </div>
      {busy ? (
        <Exporting />
      ) : (
        <div className={classes.end}>
          <Button variant="filled" disabled={to <= from} onClick={() => void write()} data-autofocus>
            Export {to > from ? formatDuration(to - from) : ''}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

function Open({ onDone }: { onDone: () => Promise<void> }) {
  const [path, setPath] = useState('');
  const [sending, setSending] = useState(false);
  const pick = async () => {
    const picked = (await window.livedb?.pickBundle()) ?? null;
    if (picked !== null) await openPast(picked);
  };
  const take = async (file: File | null) => {
    if (file === null) return;
    setSending(true);
    try {
      const taken = await uploadBundle(file);
      await onDone();
      await openPast(taken.name);
    } catch (error) {
      reportFailure(controlRoom, `${file.name} was not opened`, LiveDbError.dataOf(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <fieldset className={classes.range}>
      <legend>Open</legend>
      <div className={classes.row}>
        <TextInput
          label="Path of a bundle on this machine"
          placeholder="/home/ada/livedb-….livedb"
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
        />
        <Button disabled={path.trim() === ''} onClick={() => void openPast(path.trim())}>
          Open
        </Button>
        {!carriesFiles && <Button onClick={() => void pick()}>Choose a file…</Button>}
        {carriesFiles && (
          <FileButton onChange={(file) => void take(file)} accept=".livedb">
            {(props) => (
              <Button {...props} disabled={sending} aria-busy={sending}>
                {sending ? 'Reading…' : 'Choose a file…'}
              </Button>
            )}
          </FileButton>
        )}
      </div>
    </fieldset>
  );
}

function List({ list, onChange }: { list: readonly BundleInfo[]; onChange: () => Promise<void> }) {
  const opening = usePending('bundle.open');
  const remove = async ({ name }: BundleInfo) => {
    const how = { done: `${name} deleted`, failed: `${name} was not deleted` };
    if ((await perform('bundle.delete', { name, confirm: name }, how)) !== null) await onChange();
  };
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>Recorded</th>
            <th>Length</th>
            <th>Size</th>
            <th aria-label="Actions" />
          </tr>
        </thead>
        <tbody>
          {list.map((one) => (
            <tr key={one.name}>
              <td title={one.path}>{formatDateTime(one.from)}</td>
              <td>{formatDuration(one.to - one.from)}</td>
              <td>{formatBytes(one.bytes)}</td>
              <td>
                <span className={classes.actions}>
                  <Button size="compact-xs" disabled={opening} onClick={() => void openPast(one.name)}>
                    Open
                  </Button>
                  {carriesFiles && (
                    <Tooltip label="Download">
                      <ActionIcon
                        size={24}
                        aria-label={`Download ${one.name}`}
                        onClick={() => void fetchOut(one.name)}
                      >
                        <IconDownload size={14} />
                      </ActionIcon>
                    </Tooltip>
                  )}
                  <Confirmed name={one.name} onConfirm={() => void remove(one)} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The first press asks, the second deletes. */
function Confirmed({ name, onConfirm }: { name: string; onConfirm: () => void }) {
  const [asked, setAsked] = useState(false);
  if (asked) {
    return (
      <Button
        size="compact-xs"
        color="red"
        variant="filled"
        onClick={onConfirm}
        onBlur={() => setAsked(false)}
        autoFocus
      >
        Delete the file
      </Button>
    );
  }
  return (
    <Tooltip label="Delete">
      <ActionIcon size={24} aria-label={`Delete ${name}…`} onClick={() => setAsked(true)}>
        <IconTrash size={14} />
      </ActionIcon>
    </Tooltip>
  );
}

async function fetchOut(name: string): Promise<void> {
  try {
    await downloadBundle(name);
    reportDone(controlRoom, `${name} downloaded`);
  } catch (error) {
    reportFailure(controlRoom, `${name} was not downloaded`, LiveDbError.dataOf(error));
  }
}

/** Opens it and goes there: its last five minutes, the room as it was at their end. */
async function openPast(path: string): Promise<void> {
  const bundle = await perform('bundle.open', { path }, { failed: 'The bundle was not opened' });
  if (bundle === null) return;
  timeView.setState({ end: bundle.to, rangeMs: Math.min(VIEW_MS, bundle.to - bundle.from) });
  showBundle(bundle, bundle.to);
  closeOverlay();
}
