// What belongs to the target: the question of a branch, the query of a rewind; and the name of the replay.
import { NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useSnapshot } from '../../store/index.ts';
import { specOf } from '../query/draft.ts';
import { QueryForm } from '../query/query-form.tsx';
import { queryWords } from '../query/words.ts';
import { targetOf } from './draft.ts';
import type { StepProps } from './range-step.tsx';
import { Step } from './step.tsx';
import classes from './wizard.module.css';

export function QuestionStep({ draft, onChange, fault }: StepProps) {
  const target = targetOf(draft);
  const { query } = useSnapshot((snapshot) => snapshot.settings.processor);
  const own = draft.question === 'own';
  return (
    <Step
      number={5}
      name={target === 'branch' ? 'Question and name' : target === 'rewind' ? 'Query and name' : 'Name'}
      fault={fault?.place === 'name' || fault?.place === 'query' ? fault.text : null}
    >
      {target === 'branch' && (
        <div className={classes.option}>
          <SegmentedControl
            aria-label="Question of the branch"
            data={[
              { value: 'live', label: 'As the live query' },
              { value: 'own', label: 'Another question' },
            ]}
            value={draft.question}
            onChange={(value) => onChange({ ...draft, question: value === 'own' ? 'own' : 'live' })}
          />
          {!own && <span className={classes.says}>{queryWords(query)}</span>}
        </div>
      )}
      {target === 'branch' && own && (
        <section className={classes.question} aria-label="Query of the branch">
          <QueryForm
            draft={draft.query}
            onChange={(changed) => onChange({ ...draft, query: changed })}
            faults={specOf(draft.query).faults}
            nameFixed
          />
        </section>
      )}
      {target === 'rewind' && <Line draft={draft} onChange={onChange} />}
      <div className={classes.option}>
        <span className={classes.says} aria-hidden="true">
          Name
        </span>
        <TextInput
          size="xs"
          aria-label="Name of this replay"
          placeholder="optional"
          value={draft.name}
          error={fault?.place === 'name'}
          autoComplete="off"
          classNames={{ root: classes.name }}
          onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
        />
      </div>
    </Step>
  );
}

/** Which query goes back, where there is more than one. */
function Line({ draft, onChange }: Pick<StepProps, 'draft' | 'onChange'>) {
  const { query, queries } = useSnapshot((snapshot) => snapshot.settings.processor);
  if (queries.length === 0) return null;
  return (
    <div className={classes.option}>
      <span className={classes.says} aria-hidden="true">
        Query
      </span>
      <NativeSelect
        size="xs"
        aria-label="Query to rewind"
        classNames={{ root: classes.name }}
        data={[
          { value: '', label: `${query.name} (live)` },
          ...queries.map(({ spec }) => ({ value: spec.name, label: spec.name })),
        ]}
        value={draft.line ?? ''}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChange({ ...draft, line: value === '' ? null : value });
        }}
      />
    </div>
  );
}
