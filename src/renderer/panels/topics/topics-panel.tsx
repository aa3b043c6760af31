// Topics: the list at the left, the records of the chosen one at the right. A drawer over the control room, mounted by
// the shell.
import { Drawer } from '@mantine/core';
import { type ComponentProps, useState } from 'react';
import { EVENTS_TOPIC } from '../../../shared/names.ts';
import { Note } from '../../components/note.tsx';
import { TopicBrowser } from './topic-browser.tsx';
import { TopicList } from './topic-list.tsx';
import classes from './topics.module.css';
import { useTopics } from './use-topics.ts';

export function TopicsPanel({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [asking, setAsking] = useState<string | null>(null);
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="min(1240px, 96vw)"
      title="Topics"
      // Escape first takes back what is asked for inside the drawer.
      closeOnEscape={asking === null}
      classNames={{ body: classes.body, content: classes.content }}
    >
      {opened && <Content asking={asking} onAsk={setAsking} />}
    </Drawer>
  );
}

function Content({ asking, onAsk }: Pick<ComponentProps<typeof TopicList>, 'asking' | 'onAsk'>) {
  const topics = useTopics(true);
  const [chosen, setChosen] = useState<string | null>(null);
  const list = topics.list ?? [];
  const topic =
    list.find(({ name }) => name === chosen) ?? list.find(({ name }) => name === EVENTS_TOPIC) ?? list[0];
  return (
    <div className={classes.columns}>
      <TopicList
        topics={topics}
        chosen={topic?.name ?? null}
        onChoose={setChosen}
        asking={asking}
        onAsk={onAsk}
      />
      <div className={classes.right}>
        {topics.error !== null && (
          <Note tone="error" title={topics.error.message}>
            {topics.error.remedy !== undefined && <p>{topics.error.remedy}</p>}
          </Note>
        )}
        {topic !== undefined && <TopicBrowser key={topic.name} topic={topic} />}
        {topic === undefined && topics.error === null && (
          <p className={classes.quiet}>
            {topics.list === null
              ? 'Reading the list of topics…'
              : 'There are no topics yet. They are made when the pipeline starts, or here with “New topic”.'}
          </p>
        )}
      </div>
    </div>
  );
}
