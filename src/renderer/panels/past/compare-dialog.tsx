// The dialog "Compare": two stretches of the past drawn over each other, and a table of how their figures differ.
// Mounted by the shell.
import { Button, Modal, NativeSelect } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { MetricPoint } from '../../../shared/history.ts';
import { isEmpty } from '../../charts/model.ts';
import type { View } from '../../charts/plot-option.ts';
import { TimePlot } from '../../charts/time-plot.tsx';
import { exactLabel } from '../../charts/units.ts';
import { formatDuration, NONE } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { api, closeOverlay, pastRoom, useControlRoom } from '../../store/index.ts';
import { stepFor } from '../charts/past.ts';
import { COMPARABLE, type Compared, changeOf, compared, overlaid } from './comparison.ts';
import classes from './past.module.css';
import { TimeEntry } from './time-entry.tsx';

export function CompareDialog() {
  const overlay = useControlRoom((state) => state.overlay);
  const opened = overlay?.kind === 'compare';
  return (
    <Modal opened={opened} onClose={closeOverlay} title="Compare" size="min(980px, 96vw)" yOffset="5vh">
      {opened && <Content begun={overlay.a} />}
    </Modal>
  );
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function Content({ begun }: { begun: View }) {
  const length = begun.to - begun.from;
  // What was picked is what is asked about; it is held against what was before.
  const [after, setAfter] = useState(begun);
  const [before, setBefore] = useState({ from: begun.from - length, to: begun.from });
  const [metric, setMetric] = useState(0);
  const first = useStretch(before);
  const second = useStretch(after);
  const rows = useMemo(
    () => compared(first.points, before, second.points, after),
    [first.points, second.points, before, after],
  );
  const chosen = COMPARABLE[metric] ?? COMPARABLE[0];
  const model = useMemo(
    () => (chosen === undefined ? null : overlaid(chosen, first.points, before, second.points, after)),
    [chosen, first.points, second.points, before, after],
  );
  const longest = Math.max(before.to - before.from, after.to - after.from, 1_000);
  const view = useMemo(() => ({ from: 0, to: longest }), [longest]);
  const goBack = (ms: number) => setBefore({ from: after.from - ms, to: after.to - ms });
  const error = first.error ?? second.error;
  return (
    <div className={classes.dialog}>
      <div className={classes.ranges}>
        <Stretch name="Before" view={before} onChange={setBefore} />
        <Stretch name="After" view={after} onChange={setAfter} />
      </div>
      <div className={classes.end}>
        <span className={classes.explain}>“Before” is</span>
        <Button size="compact-xs" onClick={() => goBack(after.to - after.from)}>
          right before
        </Button>
        <Button size="compact-xs" onClick={() => goBack(HOUR)}>
          an hour earlier
        </Button>
        <Button size="compact-xs" onClick={() => goBack(DAY)}>
          a day earlier
        </Button>
        <NativeSelect
          aria-label="Figure drawn"
          size="xs"
          data={COMPARABLE.map(({ name }, index) => ({ value: String(index), label: name }))}
          value={String(metric)}
          onChange={(event) => setMetric(Number(event.currentTarget.value))}
        />
      </div>
      {error !== null && <Note tone="error" title={error.message} />}
      {model !== null && (
        <div className={classes.chart}>
          {isEmpty(model) ? (
            <p className={classes.explain}>Neither stretch recorded this.</p>
          ) : (
            <TimePlot
              model={model}
              shown={model.series}
              marks={[]}
              view={view}
              label={`${model.title}: before and after over each other`}
            />
          )}
        </div>
      )}
      <p className={classes.explain}>
        Dashed is before, solid after. “Before” is the base of each change: +10% is a tenth more after than
        before, −10% a tenth less.
      </p>
      <Table rows={rows} />
    </div>
  );
}

function Stretch({ name, view, onChange }: { name: string; view: View; onChange: (view: View) => void }) {
  const wrong = view.to <= view.from;
  return (
    <fieldset className={classes.range}>
      <legend>
        {name} · {wrong ? 'ends before it begins' : formatDuration(view.to - view.from)}
      </legend>
      <TimeEntry label="From" value={view.from} onChange={(from) => onChange({ ...view, from })} />
      <TimeEntry label="To" value={view.to} onChange={(to) => onChange({ ...view, to })} />
    </fieldset>
  );
}

/** While somebody types a date, only what rests is asked for, ms. */
const REST_MS = 150;

interface Loaded {
  points: readonly MetricPoint[];
  error: LiveDbErrorData | null;
}

function useStretch({ from, to }: View): Loaded {
  const bundle = useStore(pastRoom, (past) => past.bundle?.id);
  const [loaded, setLoaded] = useState<Loaded>({ points: [], error: null });
  useEffect(() => {
    if (to <= from) return undefined;
    let gone = false;
    const timer = setTimeout(() => {
      const stepMs = stepFor(to - from);
      api
        .execute('history.query', {
          from: Math.max(0, Math.round(from)),
          to: Math.round(to),
          stepMs,
          ...(bundle === undefined ? {} : { bundle }),
        })
        .then(
          ({ points }) => {
            if (!gone) setLoaded({ points, error: null });
          },
          (error: unknown) => {
            if (!gone) setLoaded({ points: [], error: LiveDbError.dataOf(error) });
          },
        );
    }, REST_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [from, to, bundle]);
  return loaded;
}

function Table({ rows }: { rows: readonly Compared[] }) {
  if (rows.length === 0) {
    return <p className={classes.explain}>Nothing was recorded in either stretch. Choose others.</p>;
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={classes.scroll} tabIndex={0} aria-label="Differences">
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Figure</th>
            <th scope="col">mean before</th>
            <th scope="col">mean after</th>
            <th scope="col">change</th>
            <th scope="col">p99 before</th>
            <th scope="col">p99 after</th>
            <th scope="col">change</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, name, unit, a, b }) => (
            <tr key={key}>
              <td>{name}</td>
              <td>{exactLabel(unit, a.mean)}</td>
              <td>{exactLabel(unit, b.mean)}</td>
              <td>{percent(changeOf(a.mean, b.mean))}</td>
              <td>{exactLabel(unit, a.p99)}</td>
              <td>{exactLabel(unit, b.p99)}</td>
              <td>{percent(changeOf(a.p99, b.p99))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function percent(change: number | null): string {
  if (change === null) return NONE;
  const text = (Math.abs(change) * 100).toFixed(Math.abs(change) < 0.1 ? 1 : 0);
  return change === 0 ? '0%' : `${change > 0 ? '+' : '−'}${text}%`;
}
