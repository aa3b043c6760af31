import { expect, it } from 'vitest';
import { axisLabel, exactLabel, type Unit } from '../../../../src/renderer/charts/units.ts';

it.each<[Unit, number, string]>([
  ['per-second', 0, '0'],
  ['per-second', 6_000, '6k'],
  ['per-second', 0.05, '0.05'],
  ['count', 1_500, '1.5k'],
  ['count', 100, '100'],
  ['money', 2_000_000, '2M'],
  ['money', 120_000, '120k'],
  ['seconds', 30, '30 s'],
  ['seconds', 0.5, '0.5 s'],
  ['ms', 20, '20 ms'],
  ['ms', 1_500, '1.5 s'],
  ['cores', 0.25, '25%'],
  ['bytes', 120_000_000, '120 MB'],
])('writes %s %d on an axis as %s', (unit, value, text) => {
  expect(axisLabel(unit, value)).toBe(text);
});

it.each<[Unit, number | null, string]>([
  ['per-second', 5_002.4, '5,002/s'],
  ['money', 1234.5, '1,234.50'],
  ['seconds', 0.13, '0.13 s'],
  ['ms', null, '–'],
])('writes %s %d beside the crosshair as %s', (unit, value, text) => {
  expect(exactLabel(unit, value)).toBe(text);
});
