// Makes a savepoint: the state of the query as it is now, kept under a name until somebody deletes it.
import { Button, TextInput } from '@mantine/core';
import { IconDeviceFloppy } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { SavepointName } from '../../../shared/states.ts';
import { Term } from '../../components/term.tsx';
import { perform, usePart, usePending } from '../../store/index.ts';
import classes from './states.module.css';

export function MakeSavepoint({ query }: { query: string }) {
  const [name, setName] = useState('');
  const busy = usePending('state.save');
  const running = usePart('processor', ({ state }) => state === 'running');
  const parsed = SavepointName.safeParse(name);
  const fault = name === '' || parsed.success ? null : sentence(parsed.error.issues[0]?.message ?? '');

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!parsed.success || !running) return;
    const how = { done: `Savepoint ${name} made`, failed: 'No savepoint was made' };
    if ((await perform('state.save', { query, name }, how)) !== null) setName('');
  };

  return (
    <form className={classes.make} onSubmit={submit} noValidate>
      <TextInput
        size="xs"
        label={<Term of="savepoint">Name of a new savepoint</Term>}
        aria-label="Name of a new savepoint"
        placeholder="before-the-change"
        value={name}
        error={fault}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: 'mono' }}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        type="submit"
        leftSection={<IconDeviceFloppy size={14} />}
        disabled={!parsed.success || !running || busy}
        aria-busy={busy}
        title={running ? undefined : 'The processor is stopped: its last state is the newest checkpoint.'}
      >
        Make savepoint
      </Button>
    </form>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
