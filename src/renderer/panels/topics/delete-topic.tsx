// Asks for a topic's name before it is deleted, and says what goes with it.
import { ActionIcon, Button, Group, Popover, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { EVENTS_TOPIC, RESULTS_TOPIC } from '../../../shared/names.ts';
import type { TopicInfo } from '../../../shared/topics.ts';
import { formatCount } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { perform, usePending } from '../../store/index.ts';
import classes from './topics.module.css';

interface Props {
  topic: TopicInfo;
  opened: boolean;
  onOpen: (opened: boolean) => void;
  onDeleted: () => Promise<void>;
}

export function DeleteTopic({ topic, opened, onOpen, onDeleted }: Props) {
  const [typed, setTyped] = useState('');
  const busy = usePending('topics.delete');
  const own = topic.name === EVENTS_TOPIC || topic.name === RESULTS_TOPIC;
  const open = (wanted: boolean) => {
    setTyped('');
    onOpen(wanted);
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (typed !== topic.name) return;
    const deleted = await perform(
      'topics.delete',
      { name: topic.name, confirm: typed },
      { done: `Topic ${topic.name} deleted`, failed: `Topic ${topic.name} was not deleted` },
    );
    if (deleted === null) return;
    open(false);
    await onDeleted();
  };

  return (
    <Popover opened={opened} onChange={open} position="right-start" trapFocus withinPortal width={320}>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={26}
          aria-label={`Delete topic ${topic.name}`}
          onClick={() => open(!opened)}
        >
          <IconTrash size={15} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={`Delete topic ${topic.name}`}>
        <form className={classes.form} onSubmit={submit}>
          <p className={classes.says}>
            The <b>{formatCount(topic.events)}</b> records of <b className="mono">{topic.name}</b> are deleted
            for good. This cannot be undone.
          </p>
          {own && (
            <Note tone="warning" title="LiveDB itself uses this topic.">
              <p>What the pipeline has published there is lost, and the ledger will say so.</p>
            </Note>
          )}
          <TextInput
            label="Type the topic’s name to confirm"
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setTyped(event.currentTarget.value)}
            data-autofocus
          />
          <Group justify="flex-end" gap={8}>
            <Button onClick={() => open(false)}>Cancel</Button>
            <Button type="submit" variant="filled" color="red" disabled={typed !== topic.name} loading={busy}>
              Delete topic
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
