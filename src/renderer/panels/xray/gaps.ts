// The stations of an X-ray as what is drawn: words, times, and each gap's share of the whole. Pure.
import { XRAY_STATIONS, type XrayStation, type XrayStationName } from '../../../shared/xray.ts';
import { formatLatency } from '../../components/format.ts';

export const STATION_NAMES: Readonly<Record<XrayStationName, string>> = {
  written: 'Written',
  committed: 'Committed',
  captured: 'Captured',
  published: 'Published',
  processed: 'Processed',
  screen: 'On screen',
};

export interface Gap {
  /** Stations between which it lies. */
  from: XrayStationName;
  to: XrayStationName;
  ms: number;
  /** Of the whole time, 0 to 1. */
  share: number;
}

/** Stations whose times are known, without a date of writing that lies ahead: no gap leads away from that. */
function timed(stations: readonly XrayStation[]): readonly XrayStation[] {
  const known = stations.filter(({ at }) => at !== null);
  return known[1]?.gapMs === null ? known.slice(1) : known;
}

/** Between each two neighbouring stations whose times are known; negative ones (clocks that disagree) have no share. */
export function gapsOf(stations: readonly XrayStation[]): Gap[] {
  const known = timed(stations);
  const gaps = known.slice(1).map((station, index) => ({
    from: known[index]?.name ?? station.name,
    to: station.name,
    ms: station.gapMs ?? 0,
  }));
  const whole = gaps.reduce((sum, { ms }) => sum + Math.max(0, ms), 0);
  return gaps.map((gap) => ({ ...gap, share: whole === 0 ? 0 : Math.max(0, gap.ms) / whole }));
}

/** "+12 ms"; empty where it is not known. */
export function gapText({ gapMs }: Pick<XrayStation, 'gapMs'>): string {
  if (gapMs === null) return '';
  return gapMs < 0 ? `−${formatLatency(-gapMs)}` : `+${formatLatency(gapMs)}`;
}

/** Local time of day with milliseconds: "14:21:09.123"; a whole bracket is shown by its end. */
export function clockText(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** From the first to the last known station, ms; null when fewer than two are known. */
export function wholeTime(stations: readonly XrayStation[]): number | null {
  const times = timed(stations).flatMap(({ at }) => (at === null ? [] : [at]));
  const [first] = times;
  const last = times.at(-1);
  return first === undefined || last === undefined || times.length < 2 ? null : last - first;
}

/** In the order of their life, also when an answer leaves one out. */
export function inOrder(stations: readonly XrayStation[]): XrayStation[] {
  return XRAY_STATIONS.flatMap((name) => stations.filter((station) => station.name === name));
}
