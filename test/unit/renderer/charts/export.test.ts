import { describe, expect, it } from 'vitest';
import { fileName, legendPlaces, toCsv } from '../../../../src/renderer/charts/export.ts';
import type { CategoryModel, ModelSeries, TimeModel } from '../../../../src/renderer/charts/model.ts';
import { sheetPlaces } from '../../../../src/renderer/charts/sheet.ts';

const base = { id: 'x', title: 'X', subtitle: 'of what', help: '', empty: '' };

it('gives a legend the rows it needs', () => {
  expect(legendPlaces([50, 60, 40, 300], 130)).toEqual([
    { x: 12, row: 0 },
    { x: 62, row: 0 },
    { x: 12, row: 1 },
    { x: 12, row: 2 },
  ]);
});

it('sets pictures in rows, each as high as its highest, and no wider than there are pictures', () => {
  const [low, high] = [
    { width: 100, height: 50 },
    { width: 100, height: 80 },
  ];
  expect(sheetPlaces([low, high, low, low], 3, 10, 40)).toEqual({
    width: 340,
    height: 200,
    at: [
      { x: 10, y: 50 },
      { x: 120, y: 50 },
      { x: 230, y: 50 },
      { x: 10, y: 140 },
    ],
  });
  expect(sheetPlaces([low], 3, 10, 40)).toMatchObject({ width: 120, height: 110 });
});

describe('toCsv', () => {
  it('writes one row a moment in view, a column a shown series, nothing for a gap', () => {
    const a: ModelSeries = {
      key: 'a',
      name: 'a, "the" first',
      slot: 0,
      samples: [
        [0, 1],
        [1_000, null],
        [2_000, 3],
      ],
    };
    const b: ModelSeries = {
      key: 'b',
      name: 'b',
      slot: 1,
      samples: [
        [2_000, 0.5],
        [3_000, 9],
      ],
    };
    const model: TimeModel = {
      ...base,
      kind: 'lines',
      unit: 'ms',
      stepMs: 1_000,
      headline: null,
      series: [a, b],
    };
    expect(toCsv(model, [a, b], { from: 0, to: 3_000 })).toBe(
      'time,"a, ""the"" first (ms)",b (ms)\r\n' +
        '1970-01-01T00:00:00.000Z,1,\r\n' +
        '1970-01-01T00:00:02.000Z,3,0.5\r\n',
    );
  });

  it('writes one row a bar', () => {
    const model: CategoryModel = {
      ...base,
      kind: 'columns',
      unit: 'count',
      bars: [{ key: '0', name: '0–50', slot: 0, value: 7 }],
      headlineText: '',
      caption: '',
    };
    expect(toCsv(model, [], { from: 0, to: 1 })).toBe('of what,count\r\n0–50,7\r\n');
  });
});

it('names files so that every system takes them', () => {
  expect(fileName('throughput', 0, 'csv')).toBe('livedb-throughput-1970-01-01T00-00-00Z.csv');
});
