// The dialog "Records aside": events that came too late and records that are no events, with what can be done about the
// latter. Mounted by the shell.
import { Button, Modal, NativeSelect, SegmentedControl } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import { DEAD_TOPIC, LATE_TOPIC } from '../../../shared/names.ts';
import type { DeadState, SideRecord } from '../../../shared/side-records.ts';
import { formatCount } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { Term } from '../../components/term.tsx';
import {
  api,
  closeOverlay,
  controlRoom,
  reportDone,
  reportFailure,
  useCalmSnapshot,
  useControlRoom,
} from '../../store/index.ts';
import classes from './aside.module.css';
import { AsideDetail } from './aside-detail.tsx';
import { type AsideOnly, type AsideTab, createAsideReader, MOST_SHOWN } from './aside-reader.ts';
import { AsideTable, type Marked } from './aside-table.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { type Item, type Outcome, outcomeOf, outcomeText, sendItems } from './sending.ts';

export function AsideDialog() {
  const overlay = useControlRoom((state) => state.overlay);
  const opened = overlay?.kind === 'aside';
  const tab = opened ? (overlay.tab ?? null) : null;
  return (
    <Modal
      opened={opened}
      onClose={closeOverlay}
      title="Records aside"
      size="min(1120px, 96vw)"
      yOffset="5vh"
    >
      {opened && <Content first={tab} />}
    </Modal>
  );
}

function Content({ first }: { first: AsideTab | null }) {
  const asked = useCalmSnapshot(({ settings }) => settings.processor);
  const queries = [asked.query, ...asked.queries.map(({ spec }) => spec)].map(({ name }) => name);
  const dropped = useCalmSnapshot(({ stages: { processor } }) =>
    processor.lines.reduce((sum, line) => sum + line.dropped, 0),
  );
  const unreadable = useCalmSnapshot((snapshot) => snapshot.stages.processor.unreadable);
  // What there is something of is what one comes for.
  const [tab, setTab] = useState<AsideTab>(
    () => first ?? (unreadable > 0 || dropped === 0 ? 'dead' : 'late'),
  );
  const [only, setOnly] = useState<DeadState | 'all'>('all');
  const [query, setQuery] = useState(ALL_QUERIES);
  return (
    <div className={classes.dialog}>
      <div className={classes.head}>
        <SegmentedControl
          aria-label="Kind of records"
          data={[
            { value: 'late', label: `Late (${formatCount(dropped)})` },
            { value: 'dead', label: `Dead (${formatCount(unreadable)})` },
          ]}
          value={tab}
          onChange={(value) => setTab(value === 'late' ? 'late' : 'dead')}
        />
        {tab === 'dead' && (
          <SegmentedControl
            aria-label="State of the records"
            data={FILTERS}
            value={only}
            onChange={(value) => setOnly(FILTERS.find((one) => one.value === value)?.value ?? 'all')}
          />
        )}
        {tab === 'late' && queries.length > 1 && (
          <NativeSelect
            aria-label="Query"
            data={[{ value: ALL_QUERIES, label: 'All queries' }, ...queries]}
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
          />
        )}
      </div>
      <p className={classes.says}>
        {tab === 'late' ? (
          <>
            Events that came after the <Term of="allowedLateness">allowed lateness</Term> of a query: their
            window was gone, so no result of that query counts them. They stand on <code>{LATE_TOPIC}</code>,
            once for each such query.
          </>
        ) : (
          <>
            Records of the events topic that are no events. They stand on <code>{DEAD_TOPIC}</code> as they
            were; corrected, they can be sent again.
          </>
        )}
      </p>
      <Records
        key={`${tab} ${only} ${query}`}
        tab={tab}
        state={tab === 'late' || only === 'all' ? null : only}
        query={tab === 'dead' || query === ALL_QUERIES ? null : query}
        news={tab === 'late' ? dropped : unreadable}
      />
    </div>
  );
}

const FILTERS: { value: DeadState | 'all'; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'waiting', label: 'Waiting' },
  { value: 'sent', label: 'Sent' },
  { value: 'dismissed', label: 'Dismissed' },
];

/** No query has this name. */
const ALL_QUERIES = '';
const NOTHING: Marked = new Map();

function Records({ tab, state, query, news }: AsideOnly & { tab: AsideTab; news: number }) {
  const reader = useMemo(() => createAsideReader(api.execute, tab, { state, query }), [tab, state, query]);
  const { records, total, waiting, next, reading, error } = useStore(reader.state);
  const [chosen, setChosen] = useState<SideRecord | null>(null);
  const [marked, setMarked] = useState(NOTHING);
  const [drafts, setDrafts] = useState<ReadonlyMap<string, string | null>>(new Map());
  const [refused, setRefused] = useState<ReadonlyMap<string, LiveDbErrorData>>(new Map());
  const [busy, setBusy] = useState(false);
  // The count of the snapshot runs a little ahead of the topic: what came since is read with the next.
  // biome-ignore lint/correctness/useExhaustiveDependencies: again with each news.
  useEffect(() => reader.follow(), [reader, news]);
  useEffect(() => () => reader.close(), [reader]);

  // As the list has them now; those that newer ones have pushed out, as they were.
  const known = new Map(records.map((one) => [one.id, one]));
  const record = chosen === null ? null : (known.get(chosen.id) ?? chosen);
  const selected = [...marked.values()].map((one) => known.get(one.id) ?? one);
  const box = useRef<HTMLDivElement>(null);
  const leave = () => {
    setChosen(null);
    const row = record === null ? null : `[data-record="${record.id}"]`;
    (row === null ? null : box.current?.querySelector<HTMLElement>(row))?.focus();
  };

  const act = async (verb: string, work: () => Promise<Outcome>) => {
    setBusy(true);
    try {
      const outcome = await work();
      setRefused((known) => new Map([...known, ...outcome.refused]));
      const text = outcomeText(outcome, verb);
      const [why] = outcome.refused.values();
      if (outcome.done > 0 || why === undefined) reportDone(controlRoom, text);
      else reportFailure(controlRoom, text, why);
      setMarked((known) => new Map([...known].filter(([id]) => outcome.refused.has(id))));
      setChosen((known) => (known === null || outcome.refused.has(known.id) ? known : null));
    } catch (reason) {
      reportFailure(controlRoom, `Nothing was ${verb}`, LiveDbError.dataOf(reason));
    } finally {
      setBusy(false);
      await reader.refresh();
    }
  };
  const send = (items: readonly Item[]) => act('sent', () => sendItems(api.execute, items));
  const dismiss = (ids: readonly string[]) =>
    act('dismissed', async () => outcomeOf(await api.execute('dead.dismiss', { ids: [...ids] })));
  const restore = (ids: readonly string[]) =>
    act('taken back', async () => outcomeOf(await api.execute('dead.restore', { ids: [...ids] })));

  return (
    <div className={classes.dialog} ref={box}>
      {error !== null && (
        <Note tone="error" title={error.message}>
          {error.remedy !== undefined && <p>{error.remedy}</p>}
        </Note>
      )}
      {tab === 'dead' && selected.length > 0 && (
        <BulkBar records={selected} busy={busy} onSend={send} onDismiss={dismiss} onRestore={restore} />
      )}
      <AsideTable
        tab={tab}
        records={records}
        chosen={record?.id ?? null}
        onChoose={setChosen}
        marked={marked}
        onMark={setMarked}
        refused={refused}
        empty={total === null ? (reading ? 'Reading…' : '') : emptyText(tab, { state, query })}
      />
      <div className={classes.status}>
        <span>
          {formatCount(records.length)} of {formatCount(total)} shown
          {waiting !== null && ` · ${formatCount(waiting)} waiting`}
        </span>
        <span className={classes.grow} />
        <Button variant="subtle" onClick={() => void reader.refresh()} aria-busy={reading}>
          Refresh
        </Button>
        <Button
          variant="subtle"
          disabled={next === null || reading || records.length >= MOST_SHOWN}
          onClick={() => void reader.older()}
        >
          Older
        </Button>
      </div>
      {record !== null && (
        <AsideDetail
          key={record.id}
          record={record}
          error={refused.get(record.id) ?? null}
          busy={busy}
          draft={drafts.get(record.id) ?? null}
          onDraft={(draft) => setDrafts(new Map(drafts).set(record.id, draft))}
          onSend={(value) => void send([{ id: record.id, value }])}
          onDismiss={() => void dismiss([record.id])}
          onRestore={() => void restore([record.id])}
          onClose={leave}
        />
      )}
    </div>
  );
}

function emptyText(tab: AsideTab, { state, query }: AsideOnly): string {
  if (query !== null) return `No event has come too late for ${query}.`;
  if (tab === 'late')
    return 'No event has come after the allowed lateness. Late rows are made in the writer’s station.';
  if (state !== null) return `No record is ${state}.`;
  return 'Every record was an event. Poison is made in Kafka’s station, under “Break it”.';
}
