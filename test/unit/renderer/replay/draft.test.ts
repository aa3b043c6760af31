import { describe, expect, it } from 'vitest';
import { type Draft, newDraft, targetOf } from '../../../../src/renderer/panels/replay/draft.ts';
import { requestOf } from '../../../../src/renderer/panels/replay/request.ts';
import { DEFAULT_QUERY } from '../../../../src/shared/query.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const events = newDraft('events', NOW, DEFAULT_QUERY);
const rows = newDraft('rows', NOW, DEFAULT_QUERY);
const PLAIN = { speed: { kind: 'max' }, name: null, preview: null };

/** What is asked for: range and speed, without what is the same in all. */
function asked(change: Partial<Draft>, draft = events) {
  const { request, fault } = requestOf({ ...draft, ...change });
  if (request === null) throw new Error(fault.text);
  const { from, to } = request;
  return { from, to };
}

describe('requestOf', () => {
  it('asks for a branch of the last ten minutes when nothing was touched', () => {
    expect(requestOf(events).request).toEqual({
      stage: 'processor',
      target: 'branch',
      from: { kind: 'duration', ms: 600_000 },
      to: null,
      query: null,
      line: null,
      ...PLAIN,
    });
  });

  it('makes every range of events', () => {
    expect(asked({ eventRange: 'all' })).toEqual({ from: { kind: 'beginning' }, to: null });
    expect(asked({ eventRange: 'duration', duration: '1 h 30 min' })).toEqual({
      from: { kind: 'duration', ms: 5_400_000 },
      to: null,
    });
    expect(asked({ eventRange: 'time' })).toEqual({
      from: { kind: 'time', at: '2026-11-23T09:50:00.000Z' },
      to: null,
    });
    expect(asked({ eventRange: 'between' })).toEqual({
      from: { kind: 'time', at: '2026-11-23T09:50:00.000Z' },
      to: { kind: 'time', at: '2026-11-23T10:00:00.000Z' },
    });
    expect(asked({ eventRange: 'last', count: '12,500' })).toEqual({
      from: { kind: 'last', count: 12_500 },
      to: null,
    });
    expect(asked({ eventRange: 'shift', shift: { 0: '100', 1: '', 2: '5k' } })).toEqual({
      from: { kind: 'shift', by: { 0: -100, 2: -5_000 } },
      to: null,
    });
    expect(
      asked({
        eventRange: 'offsets',
        offsets: { 0: { from: ' 7 ', to: '1,200' }, 1: { from: '', to: '3' }, 2: { from: '0', to: '' } },
      }),
    ).toEqual({
      from: { kind: 'offsets', offsets: { 0: '7', 2: '0' } },
      to: { kind: 'offsets', offsets: { 0: '1200' } },
    });
  });

  it('makes every range of rows, and publishes them again', () => {
    expect(requestOf({ ...rows, rowRange: 'all' }).request).toEqual({
      stage: 'producer',
      target: 'republish',
      from: { kind: 'beginning' },
      to: null,
      ...PLAIN,
    });
    expect(asked({ rowRange: 'id', firstId: '5', lastId: '' }, rows)).toEqual({
      from: { kind: 'id', id: '5' },
      to: null,
    });
    expect(asked({ rowRange: 'id', firstId: '5', lastId: '1,000' }, rows)).toEqual({
      from: { kind: 'id', id: '5' },
      to: { kind: 'id', id: '1000' },
    });
    expect(asked({ rowRange: 'last', count: '20' }, rows)).toEqual({
      from: { kind: 'last', count: 20 },
      to: null,
    });
    expect(asked({ rowRange: 'between' }, rows).to).toEqual({ kind: 'time', at: '2026-11-23T10:00:00.000Z' });
  });

  it('rewinds up to the present, whatever end the fields hold', () => {
    const { request } = requestOf({
      ...events,
      eventTarget: 'rewind',
      eventRange: 'offsets',
      offsets: { 0: { from: '7', to: '3' } },
      pace: 'real',
      line: 'totals',
    });
    expect(request).toEqual({
      stage: 'processor',
      target: 'rewind',
      from: { kind: 'offsets', offsets: { 0: '7' } },
      to: null,
      query: null,
      line: 'totals',
      ...PLAIN,
      speed: { kind: 'times', factor: 1 },
    });
  });

  it('carries speed, name and a question of its own', () => {
    const { request } = requestOf({
      ...events,
      pace: 'times',
      factor: '2.5',
      name: '  by region ',
      question: 'own',
      query: { ...events.query, groupBy: ['region'] },
    });
    expect(request).toMatchObject({
      speed: { kind: 'times', factor: 2.5 },
      name: 'by region',
      query: { name: 'branch', groupBy: ['region'] },
    });
    expect(requestOf({ ...events, pace: 'real' }).request?.speed).toEqual({ kind: 'times', factor: 1 });
  });

  it.each<[Partial<Draft>, string]>([
    [{ eventRange: 'duration', duration: '' }, 'duration'],
    [{ eventRange: 'duration', duration: '0' }, 'duration'],
    [{ eventRange: 'duration', duration: '20000 d' }, 'duration'],
    [{ eventRange: 'time', start: '' }, 'start'],
    [{ eventRange: 'between', end: events.start }, 'end'],
    [{ eventRange: 'between', end: '' }, 'end'],
    [{ eventRange: 'last', count: '0' }, 'count'],
    [{ eventRange: 'last', count: '1.5' }, 'count'],
    [{ eventRange: 'last', count: '2000000000' }, 'count'],
    [{ eventRange: 'offsets', offsets: {} }, 'offsets'],
    [{ eventRange: 'offsets', offsets: { 0: { from: '-1', to: '' } } }, 'offsets'],
    [{ eventRange: 'offsets', offsets: { 0: { from: '5', to: '4' } } }, 'offsets'],
    [{ eventRange: 'shift', shift: { 0: '' } }, 'shift'],
    [{ eventRange: 'shift', shift: { 0: 'x' } }, 'shift'],
    [{ source: 'rows', rowRange: 'id', firstId: 'x' }, 'ids'],
    [{ source: 'rows', rowRange: 'id', firstId: '9', lastId: '8' }, 'ids'],
    [{ pace: 'times', factor: '0' }, 'factor'],
    [{ pace: 'times', factor: '' }, 'factor'],
    [{ question: 'own', query: { ...events.query, size: '' } }, 'query'],
    [{ name: 'x'.repeat(81) }, 'name'],
  ])('says where %o is wrong', (change, place) => {
    const { request, fault } = requestOf({ ...events, ...change });
    expect(request).toBeNull();
    expect(fault).toMatchObject({ place, text: expect.stringMatching(/\.$/) });
  });

  it('does not mind what the chosen fields do not use', () => {
    expect(requestOf({ ...events, count: 'x', factor: 'x', firstId: 'x', start: '' }).fault).toBeNull();
    const unfinished = { ...events.query, size: '' };
    expect(requestOf({ ...rows, question: 'own', query: unfinished }).fault).toBeNull();
  });
});

it('fills in a stretch of time, widened to whole seconds', () => {
  const between = { from: NOW - 60_250, to: NOW - 250 };
  const draft = newDraft('events', NOW, DEFAULT_QUERY, between);
  expect(asked({}, draft)).toEqual({
    from: { kind: 'time', at: '2026-11-23T09:58:59.000Z' },
    to: { kind: 'time', at: '2026-11-23T10:00:00.000Z' },
  });
});

it('publishes rows again and leaves events to the processor', () => {
  expect(targetOf(rows)).toBe('republish');
  expect(targetOf(events)).toBe('branch');
});
