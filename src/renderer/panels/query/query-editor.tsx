// The editor: the form with its SQL and its preview beside it, and what puts it live.
import { Button, Radio } from '@mantine/core';
import { IconArrowLeft, IconBroadcast } from '@tabler/icons-react';
import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { QuerySpec } from '../../../shared/query.ts';
import { perform, useCalmSnapshot, usePending } from '../../store/index.ts';
import { endWork, setDraft, type Work } from './desk.ts';
import { draftOf, specOf } from './draft.ts';
import { PreviewBox } from './preview-box.tsx';
import classes from './query.module.css';
import { QueryForm } from './query-form.tsx';
import { SqlView } from './sql-view.tsx';

type StateChoice = 'keep' | 'fresh';
type Start = 'beginning' | 'now';

const STARTS: readonly { value: Start; label: string; says: string }[] = [
  {
    value: 'beginning',
    label: 'From the beginning of the topic',
    says: 'It first counts everything the topic still holds, then goes on live.',
  },
  { value: 'now', label: 'From now', says: 'It counts from the newest events on.' },
];
const CHOICES: readonly { value: StateChoice; label: string; says: string }[] = [
  {
    value: 'keep',
    label: 'Finish the running windows first',
    says: 'Windows that are open are closed and published under the old question; the new one counts from the next window on.',
  },
  {
    value: 'fresh',
    label: 'Throw the running windows away',
    says: 'What open windows have counted is lost; the new question counts from the next window on.',
  },
];

export function QueryEditor({ work: { draft, changes } }: { work: Work }) {
  const settings = useCalmSnapshot((snapshot) => snapshot.settings.processor);
  const specs = [settings.query, ...settings.queries.map(({ spec }) => spec)];
  const taken = specs.map(({ name }) => name).filter((name) => name !== changes);
  const takenText = taken.join('\n');
  const { spec, faults } = useMemo(
    () =>
      specOf(
        draft,
        takenText.split('\n').filter((name) => name !== ''),
      ),
    [draft, takenText],
  );
  const sane = useLast(spec);
  const before = specs.find(({ name }) => name === changes);
  const [state, setState] = useState<StateChoice>('keep');
  const [from, setFrom] = useState<Start>('beginning');
  const busy = usePending('query.put');
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const first = form.current?.querySelector<HTMLInputElement>('input:enabled');
    // The dialog's own trap would else put the focus on its first button a moment later.
    first?.setAttribute('data-autofocus', '');
    first?.focus();
  }, []);
  const same = before !== undefined && spec !== null && isSame(before, spec);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (spec === null || same) return;
    const done = changes === null ? `Query ${spec.name} is live` : `Query ${spec.name} was changed`;
    const failed = changes === null ? 'The query was not put live' : 'The query stays as it was';
    if ((await perform('query.put', { spec, state, from }, { done, failed })) !== null) endWork(spec.name);
  };

  return (
    <form ref={form} className={classes.editor} onSubmit={submit} noValidate aria-label="Query editor">
      <div className={classes.editorHead}>
        <Button
          variant="subtle"
          size="compact-xs"
          leftSection={<IconArrowLeft size={14} />}
          onClick={() => endWork()}
        >
          All queries
        </Button>
        <h3>{changes === null ? 'New query' : `Change ${changes}`}</h3>
      </div>
      <div className={classes.columns}>
        <QueryForm draft={draft} onChange={setDraft} faults={faults} nameFixed={changes !== null} />
        <div className={classes.answers}>
          <SqlView spec={sane ?? before ?? settings.query} faulty={spec === null} />
          <PreviewBox spec={spec} />
          {changes === null ? (
            <Choices label="Where it begins to read" options={STARTS} value={from} onChange={setFrom} />
          ) : (
            <Choices
              label="What becomes of the windows that are running"
              options={CHOICES}
              value={state}
              onChange={setState}
            />
          )}
        </div>
      </div>
      <div className={classes.editorFoot}>
        <span className={classes.says}>{footOf(spec, same)}</span>
        <Button onClick={() => endWork()}>Discard</Button>
        <Button
          type="submit"
          variant="filled"
          leftSection={<IconBroadcast size={14} />}
          disabled={spec === null || same || busy}
          aria-busy={busy}
        >
          {changes === null ? 'Put live' : 'Change query'}
        </Button>
      </div>
    </form>
  );
}

function Choices<T extends string>(props: {
  label: string;
  options: readonly { value: T; label: string; says: string }[];
  value: T;
  onChange: (value: T) => void;
}) {
  const { label, options, value, onChange } = props;
  return (
    <Radio.Group
      label={label}
      value={value}
      onChange={(next) => {
        const option = options.find((candidate) => candidate.value === next);
        if (option !== undefined) onChange(option.value);
      }}
    >
      <div className={classes.choices}>
        {options.map((option) => (
          <Radio
            key={option.value}
            size="xs"
            value={option.value}
            label={option.label}
            description={option.says}
          />
        ))}
      </div>
    </Radio.Group>
  );
}

function footOf(spec: QuerySpec | null, same: boolean): string {
  if (spec === null) return 'Something is not filled in rightly.';
  return same ? 'Nothing is changed yet.' : '';
}

/** Equal in every field of the form. */
function isSame(a: QuerySpec, b: QuerySpec): boolean {
  return JSON.stringify(draftOf(a)) === JSON.stringify(draftOf(b));
}

/** The last value that was not null. */
function useLast<T>(value: T | null): T | null {
  const last = useRef<T | null>(null);
  if (value !== null) last.current = value;
  return last.current;
}
