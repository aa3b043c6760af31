// The topics with their sizes; new ones are made here, and old ones deleted after their name was typed.
import { Button, NumberInput, Popover, TextInput, UnstyledButton } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { TopicCreate } from '../../../shared/topics.ts';
import { formatCount, formatShort } from '../../components/format.ts';
import { perform } from '../../store/index.ts';
import { DeleteTopic } from './delete-topic.tsx';
import classes from './topics.module.css';
import type { Topics } from './use-topics.ts';

interface Props {
  topics: Topics;
  chosen: string | null;
  onChoose: (name: string) => void;
  /** What is asked for just now: NEW, or the name of the topic to delete. */
  asking: string | null;
  onAsk: (asking: string | null) => void;
}

/** No topic has this name. */
const NEW = '+';

export function TopicList({ topics, chosen, onChoose, asking, onAsk }: Props) {
  return (
    <nav className={classes.list} aria-label="Topics">
      <NewTopic
        opened={asking === NEW}
        onOpen={(opened) => onAsk(opened ? NEW : null)}
        onMade={(name) => {
          void topics.refresh().then(() => onChoose(name));
        }}
      />
      <ul>
        {(topics.list ?? []).map((topic) => (
          <li key={topic.name} className={classes.topic} data-chosen={topic.name === chosen || undefined}>
            <UnstyledButton
              className={classes.topicName}
              aria-current={topic.name === chosen || undefined}
              onClick={() => onChoose(topic.name)}
            >
              <b className="mono" title={topic.name}>
                {topic.name}
              </b>
              <span title={`${formatCount(topic.events)} records`}>
                {formatShort(topic.events)} records · {topic.partitions.length}{' '}
                {topic.partitions.length === 1 ? 'partition' : 'partitions'}
                {topic.internal && ' · internal'}
              </span>
            </UnstyledButton>
            {!topic.internal && (
              <DeleteTopic
                topic={topic}
                opened={asking === topic.name}
                onOpen={(opened) => onAsk(opened ? topic.name : null)}
                onDeleted={topics.refresh}
              />
            )}
          </li>
        ))}
      </ul>
    </nav>
  );
}

function NewTopic({
  opened,
  onOpen,
  onMade,
}: {
  opened: boolean;
  onOpen: (opened: boolean) => void;
  onMade: (name: string) => void;
}) {
  const [name, setName] = useState('');
  const [partitions, setPartitions] = useState(3);
  const [tried, setTried] = useState(false);
  const parsed = TopicCreate.safeParse({ name, partitions });
  const fault = tried ? parsed.error?.issues.find((issue) => issue.path[0] === 'name')?.message : undefined;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!parsed.success) return;
    const made = await perform('topics.create', parsed.data, {
      done: `Topic ${parsed.data.name} created`,
      failed: `Topic ${parsed.data.name} was not created`,
    });
    if (made === null) return;
    onOpen(false);
    setName('');
    setTried(false);
    onMade(parsed.data.name);
  };

  return (
    <Popover opened={opened} onChange={onOpen} position="bottom-start" trapFocus withinPortal>
      <Popover.Target>
        <Button leftSection={<IconPlus size={14} />} fullWidth onClick={() => onOpen(!opened)}>
          New topic
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="New topic">
        <form className={classes.form} onSubmit={submit} noValidate>
          <TextInput
            label="Name"
            value={name}
            error={fault}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <NumberInput
            label="Partitions"
            value={partitions}
            min={1}
            max={64}
            allowDecimal={false}
            clampBehavior="strict"
            onChange={(value) => setPartitions(typeof value === 'number' ? value : 1)}
          />
          <Button type="submit" variant="filled">
            Create topic
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
