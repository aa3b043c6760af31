// The fields of a query: window, grouping, filter, aggregates and bounds of time. Used by the query editor, and by the
// replay wizard for a branch with a question of its own.
import { Checkbox, Group, SegmentedControl, TagsInput, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { AGGREGATES } from '../../../shared/query.ts';
import type { GlossaryKey } from '../../components/glossary.ts';
import { Term } from '../../components/term.tsx';
import { AGGREGATE_WORDS } from './aggregates.ts';
import type { QueryDraft, QueryFaults, WindowKind } from './draft.ts';
import classes from './query.module.css';
import { useGroupNames } from './use-group-names.ts';

const KINDS: readonly { value: WindowKind; label: string; says: string }[] = [
  { value: 'tumbling', label: 'Tumbling', says: 'One window after the other; each event is in one.' },
  {
    value: 'hopping',
    label: 'Hopping',
    says: 'Windows that overlap; each event is in size ÷ slide of them.',
  },
  {
    value: 'session',
    label: 'Session',
    says: 'A window for each stretch of events without a longer pause, group by group.',
  },
];

interface Props {
  draft: QueryDraft;
  onChange: (draft: QueryDraft) => void;
  /** What specOf said of the draft. */
  faults?: QueryFaults;
  /** The name of a query that exists stays. */
  nameFixed?: boolean;
}

export function QueryForm({ draft, onChange, faults = {}, nameFixed = false }: Props) {
  const known = useGroupNames();
  const kind = KINDS.find(({ value }) => value === draft.kind);
  const set = (change: Partial<QueryDraft>) => onChange({ ...draft, ...change });
  const text = (field: TextField, label: string, term?: GlossaryKey) => (
    <Field
      key={field}
      label={label}
      term={term}
      value={draft[field]}
      fault={faults[field]}
      onChange={(value) => set({ [field]: value })}
    />
  );
  return (
    <div className={classes.fields}>
      <TextInput
        size="xs"
        label="Name"
        description={
          nameFixed ? undefined : 'Its results carry this name. Lower-case letters, digits, - and _.'
        }
        value={draft.name}
        error={faults.name}
        disabled={nameFixed}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: 'mono' }}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <Part title="Window" term="window">
        <SegmentedControl
          fullWidth
          aria-label="Kind of window"
          data={KINDS.map(({ value, label }) => ({ value, label }))}
          value={draft.kind}
          onChange={(value) => {
            const chosen = KINDS.find((candidate) => candidate.value === value);
            if (chosen !== undefined) set({ kind: chosen.value });
          }}
        />
        <p className={classes.says}>{kind?.says}</p>
        <div className={classes.three}>
          {draft.kind !== 'session' && text('size', 'Size')}
          {draft.kind === 'hopping' && text('slide', 'Slide', 'slide')}
          {draft.kind === 'session' && text('gap', 'Gap', 'gap')}
        </div>
      </Part>
      <Part title="Group by">
        <Group gap={16}>
          {(['org', 'region'] as const).map((field) => (
            <Checkbox
              key={field}
              size="xs"
              label={field === 'org' ? 'Org' : 'Region'}
              checked={draft.groupBy.includes(field)}
              onChange={(event) =>
                set({ groupBy: toggled(draft.groupBy, field, event.currentTarget.checked) })
              }
            />
          ))}
          <span className={classes.says}>
            {draft.groupBy.length === 0 ? 'Neither: one total for each window.' : ''}
          </span>
        </Group>
        <Fault text={faults.groupBy} />
      </Part>
      <Part title="Only events with">
        <div className={classes.two}>
          {(['orgs', 'regions'] as const).map((field) => (
            <TagsInput
              key={field}
              size="xs"
              label={field === 'orgs' ? 'Orgs' : 'Regions'}
              placeholder={draft[field].length === 0 ? 'all' : ''}
              data={known[field]}
              value={[...draft[field]]}
              error={faults[field]}
              splitChars={[]}
              onChange={(names) => set({ [field]: names })}
            />
          ))}
          {text('minAmount', 'Amount at least')}
          {text('maxAmount', 'Amount at most')}
        </div>
        <Group gap={16}>
          {(['normal', 'replay'] as const).map((mode) => (
            <Checkbox
              key={mode}
              size="xs"
              label={mode === 'normal' ? 'Live events' : 'Replayed events'}
              checked={draft.modes.includes(mode)}
              onChange={(event) => set({ modes: toggled(draft.modes, mode, event.currentTarget.checked) })}
            />
          ))}
        </Group>
        <Fault text={faults.modes} />
      </Part>
      <Part title="Aggregates">
        <div className={classes.aggregates}>
          {AGGREGATES.map((aggregate) => (
            <Checkbox
              key={aggregate}
              size="xs"
              label={AGGREGATE_WORDS[aggregate]}
              checked={draft.aggregates.includes(aggregate)}
              disabled={aggregate === 'count'}
              onChange={(event) =>
                set({ aggregates: toggled(draft.aggregates, aggregate, event.currentTarget.checked) })
              }
            />
          ))}
        </div>
        <Fault text={faults.aggregates} />
      </Part>
      <Part title="Time">
        <div className={classes.three}>
          {text('outOfOrderness', 'Out-of-orderness', 'outOfOrderness')}
          {text('allowedLateness', 'Allowed lateness', 'allowedLateness')}
          {text('idleTimeout', 'Idle timeout', 'idleTimeout')}
        </div>
      </Part>
    </div>
  );
}

type TextField =
  | 'size'
  | 'slide'
  | 'gap'
  | 'minAmount'
  | 'maxAmount'
  | 'outOfOrderness'
  | 'allowedLateness'
  | 'idleTimeout';

function Part({ title, term, children }: { title: string; term?: GlossaryKey; children: ReactNode }) {
  return (
    <fieldset className={classes.part}>
      <legend>{term === undefined ? title : <Term of={term}>{title}</Term>}</legend>
      {children}
    </fieldset>
  );
}

function Field(props: {
  label: string;
  term: GlossaryKey | undefined;
  value: string;
  fault: string | undefined;
  onChange: (value: string) => void;
}) {
  const { label, term, value, fault, onChange } = props;
  return (
    <TextInput
      size="xs"
      label={term === undefined ? label : <Term of={term}>{label}</Term>}
      aria-label={label}
      value={value}
      error={fault}
      autoComplete="off"
      spellCheck={false}
      inputMode="decimal"
      classNames={{ input: 'mono' }}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function Fault({ text }: { text: string | undefined }) {
  return text === undefined ? null : (
    <p className={classes.fault} role="alert">
      {text}
    </p>
  );
}

/** In the order of old ones first, each once. */
function toggled<T>(list: readonly T[], item: T, wanted: boolean): T[] {
  const others = list.filter((candidate) => candidate !== item);
  return wanted ? [...others, item] : others;
}
