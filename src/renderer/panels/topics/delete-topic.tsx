// Asks for a topic's name before it is deleted, and says what goes with it.
import { Button, Group, Modal, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { EVENTS_TOPIC, RESULTS_TOPIC } from '../../../shared/names.ts';
import type { TopicInfo } from '../../../shared/topics.ts';
import { formatCount } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { perform, usePending } from '../../store/index.ts';
import classes from './topics.module.css';

interface Props {
  /** null: nothing is asked. */
  topic: TopicInfo | null;
  onClose: () => void;
  onDeleted: () => Promise<void>;
}

export function DeleteTopic({ topic, onClose, onDeleted }: Props) {
  const [typed, setTyped] = useState('');
  const busy = usePending('topics.delete');
  // biome-ignore lint/correctness/useExhaustiveDependencies: each topic is asked about afresh
  useEffect(() => setTyped(''), [topic?.name]);
  if (topic === null) return null;
  const own = topic.name === EVENTS_TOPIC || topic.name === RESULTS_TOPIC;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (typed !== topic.name) return;
    const deleted = await perform(
      'topics.delete',
      { name: topic.name, confirm: typed },
      { done: `Topic ${topic.name} deleted`, failed: `Topic ${topic.name} was not deleted` },
    );
    if (deleted === null) return;
    onClose();
    await onDeleted();
  };

  return (
    <Modal opened onClose={onClose} title={`Delete topic ${topic.name}?`} centered>
      <form className={classes.form} onSubmit={submit}>
        <p className={classes.says}>
          Its <b>{formatCount(topic.events)}</b> records are deleted for good. This cannot be undone.
        </p>
        {own && (
          <Note tone="warning" title="LiveDB itself uses this topic.">
            <p>What the pipeline has published there is lost, and the ledger will say so.</p>
          </Note>
        )}
        <TextInput
          label={`Type ${topic.name} to confirm`}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end" gap={8}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" color="red" disabled={typed !== topic.name} loading={busy}>
            Delete topic
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
