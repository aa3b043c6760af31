// The choice of the query whose results the charts show. There only while there are several.
import { NativeSelect } from '@mantine/core';
import { showQuery, useShownQuery } from './shown-query.ts';

export function QueryChoice() {
  const { name, names } = useShownQuery();
  if (names.length < 2) return null;
  return (
    <NativeSelect
      size="xs"
      aria-label="Query whose results are shown"
      title="Query whose results are shown"
      value={name}
      data={names.map((value) => ({ value, label: value }))}
      onChange={(event) => showQuery(event.currentTarget.value)}
    />
  );
}
