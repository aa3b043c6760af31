// One measured figure beside its target, and the table that shows them all.

export interface Figure {
  what: string;
  value: number | null;
  unit: string;
  /** What was asked for, as text, and whether it was reached; null where there is only something to compare. */
  target: string | null;
  reached: boolean | null;
  note: string;
}

export function figure(what: string, value: number | null, unit: string, note = ''): Figure {
  return { what, value, unit, target: null, reached: null, note };
}

/** A figure that has to be at least (or at most) something. */
export function against(found: Figure, bound: { atLeast: number } | { atMost: number }): Figure {
  const { value } = found;
  if ('atLeast' in bound)
    return { ...found, target: `>= ${bound.atLeast}`, reached: value !== null && value >= bound.atLeast };
  return { ...found, target: `<= ${bound.atMost}`, reached: value !== null && value <= bound.atMost };
}

export function quantile(sorted: readonly number[], q: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? null;
}

const text = (value: number | null) =>
  value === null
    ? 'n/a'
    : Math.abs(value) >= 1000
      ? Math.round(value).toLocaleString('en-US')
      : value.toFixed(value < 10 ? 2 : 1);

export function printTable(figures: readonly Figure[]): void {
  const rows = figures.map((f) => [
    f.what,
    `${text(f.value)} ${f.unit}`,
    f.target ?? '',
    f.reached === null ? '' : f.reached ? 'reached' : 'SHORT',
    f.note,
  ]);
  const head = ['figure', 'measured', 'target', '', 'note'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  process.stdout.write(line(head));
  process.stdout.write(line(widths.map((width) => '-'.repeat(width))));
  for (const row of rows) process.stdout.write(line(row));
}
