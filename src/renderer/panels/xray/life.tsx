// The life of one row as a line of stations with the gaps between, its place in the topic, and its windows.
import type { CSSProperties } from 'react';
import type { RowXray, XrayStation, XrayWindow } from '../../../shared/xray.ts';
import { formatCount, formatDateTime, formatLatency, formatMoney } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { clockText, gapsOf, gapText, inOrder, STATION_NAMES, wholeTime } from './gaps.ts';
import classes from './xray.module.css';

export function Life({ xray }: { xray: RowXray }) {
  const stations = inOrder(xray.stations);
  const whole = wholeTime(stations);
  const first = stations.find(({ at }) => at !== null)?.at ?? null;
  return (
    <>
      <p className={classes.row}>
        <b className="mono">{xray.id}</b>
        {xray.row !== null && (
          <span>
            {xray.row.org} · <span className="mono">{formatMoney(xray.row.amount)}</span> · {xray.row.region}
          </span>
        )}
        {xray.row?.tx != null && (
          <span>
            transaction <span className="mono">{xray.row.tx}</span>
          </span>
        )}
        {xray.event !== null && (
          <span>
            partition <b className="mono">{xray.event.partition}</b>, offset{' '}
            <b className="mono">{xray.event.offset}</b>
          </span>
        )}
        {first !== null && <span>{formatDateTime(first)}</span>}
      </p>
      <ol className={classes.stations} aria-label="Stations">
        {stations.map((station) => (
          <Station key={station.name} station={station} />
        ))}
      </ol>
      <Shares stations={stations} whole={whole} />
      {xray.notes.map((note) => (
        <Note key={note} tone="info" title={note} />
      ))}
      <Windows windows={xray.windows} />
    </>
  );
}

function Station({ station }: { station: XrayStation }) {
  const { at, after, name, note } = station;
  const bracket = at !== null && after !== null && at - after >= 1;
  return (
    <li className={classes.station} data-known={at !== null}>
      <span className={classes.gap}>{gapText(station)}</span>
      <span className={classes.dot} aria-hidden />
      <b>{STATION_NAMES[name]}</b>
      <span className="mono">{at === null ? 'not known' : clockText(at)}</span>
      {bracket && <span className={classes.note}>to within {formatLatency(at - after)}</span>}
      <span className={classes.note}>{note}</span>
    </li>
  );
}

/** Each gap's share of the whole, so that the longest one is seen at once. */
function Shares({ stations, whole }: { stations: readonly XrayStation[]; whole: number | null }) {
  const gaps = gapsOf(stations).filter(({ share }) => share > 0);
  if (whole === null || gaps.length === 0) return null;
  const words = gaps.map(
    ({ from, to, ms }) => `${STATION_NAMES[from]} to ${STATION_NAMES[to].toLowerCase()} ${formatLatency(ms)}`,
  );
  return (
    <figure className={classes.shares}>
      <div className={classes.bar} role="img" aria-label={words.join(', ')}>
        {gaps.map(({ to, share, ms }) => (
          <span
            key={to}
            data-to={to}
            style={{ '--share': share } as CSSProperties}
            title={`${STATION_NAMES[to]}: ${formatLatency(ms)}`}
          />
        ))}
      </div>
      <figcaption className={classes.says}>
        <b className="mono">{formatLatency(whole)}</b> in all
      </figcaption>
    </figure>
  );
}

function Windows({ windows }: { windows: readonly XrayWindow[] }) {
  if (windows.length === 0) return <p className={classes.says}>It is not counted in any window yet.</p>;
  return (
    <table className={classes.windows}>
      <caption>Windows it is counted in</caption>
      <thead>
        <tr>
          <th scope="col">Window</th>
          <th scope="col">Group</th>
          <th scope="col">Count</th>
          <th scope="col">Sum</th>
          <th scope="col">Revisions, partition : offset</th>
        </tr>
      </thead>
      <tbody>
        {windows.map((one) => (
          <tr key={`${one.query} ${one.window.start} ${one.window.end} ${one.group.org ?? one.group.region}`}>
            <td>
              {clockText(Date.parse(one.window.start))} – {clockText(Date.parse(one.window.end))}
            </td>
            <td>{one.group.org ?? one.group.region}</td>
            <td>{formatCount(one.count)}</td>
            <td>{one.sum === null ? '–' : formatMoney(one.sum)}</td>
            <td>
              {one.state === 'open'
                ? 'still open'
                : one.revisions.length === 0
                  ? 'published; its record was not found'
                  : one.revisions
                      .map(({ revision, partition, offset }) => `${revision} at ${partition} : ${offset}`)
                      .join(', ')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
