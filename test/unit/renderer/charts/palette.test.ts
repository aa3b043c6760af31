// The eight series colours must stay apart for everyone, on the panel they are drawn on.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Rgb = readonly [number, number, number];

const css = readFileSync(new URL('../../../../src/renderer/theme.css', import.meta.url), 'utf8');

function tokens(scheme: 'dark' | 'light'): Map<string, Rgb> {
  const block = css.split(`scheme="${scheme}"] {`)[1]?.split('}')[0] ?? '';
  return new Map(
    [...block.matchAll(/--([\w-]+): #([0-9a-f]{6});/g)].map(([, name = '', hex = '']) => [
      name,
      [0, 2, 4].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255)) as unknown as Rgb,
    ]),
  );
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

function times(matrix: readonly Rgb[], [r, g, b]: Rgb): Rgb {
  const row = ([x, y, z]: Rgb) => x * r + y * g + z * b;
  const [first, second, third] = matrix.map(row);
  return [first ?? 0, second ?? 0, third ?? 0];
}

/** What a person sees of a colour: Machado, Oliveira and Fernandes 2009, severity 1. */
const SIGHTS: Record<string, readonly Rgb[]> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'red-blind': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'green-blind': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

/** OKLab (B. Ottosson 2020). */
function oklab(colour: Rgb): Rgb {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    colour,
  );
  const [l, m, s] = cones.map((value) => Math.cbrt(Math.max(0, value)));
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [l ?? 0, m ?? 0, s ?? 0],
  );
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe.each(['dark', 'light'] as const)('%s theme', (scheme) => {
  const known = tokens(scheme);
  const series = [1, 2, 3, 4, 5, 6, 7, 8].map((slot) => known.get(`s${slot}`) ?? ([0, 0, 0] as const));
  const panel = luminance(known.get('panel') ?? [0, 0, 0]);

  it.each(Object.keys(SIGHTS))('keeps the series apart for %s sight', (sight) => {
    const seen = series.map((colour) => oklab(times(SIGHTS[sight] ?? [], colour)));
    const distances = seen.flatMap((a, index) =>
      seen.slice(0, index).map((b) => 100 * Math.hypot(...a.map((value, axis) => value - (b[axis] ?? 0)))),
    );
    expect(distances).toHaveLength(28);
    expect(Math.min(...distances)).toBeGreaterThan(10);
  });

  it('gives each series a contrast of 3:1 on its panel', () => {
    const contrasts = series.map((colour) => {
      const own = luminance(colour);
      return (Math.max(own, panel) + 0.05) / (Math.min(own, panel) + 0.05);
    });
    expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(3);
  });
});
