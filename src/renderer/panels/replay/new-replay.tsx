// A new replay: which stage, from where, and how much that would be. It starts only after the preview has said so.
import { Button, Group, SegmentedControl } from '@mantine/core';
import { IconPlayerPlayFilled } from '@tabler/icons-react';
import { type FormEvent, useMemo, useState } from 'react';
import { formatCount } from '../../components/format.ts';
import { perform, usePending } from '../../store/index.ts';
import { type Draft, newDraft, type ReplayStage, requestOf } from './draft.ts';
import { PreviewBox } from './preview-box.tsx';
import classes from './replay.module.css';
import { StartEntry } from './start-entry.tsx';
import { usePreview } from './use-preview.ts';

const SAYS: Record<ReplayStage, string> = {
  processor:
    'A second reader aggregates old events with the same query. Its windows stand beside the live ones and are compared with them; nothing is published, and the live line goes on.',
  producer:
    'Rows of the table are published again, marked “replay”. The producer’s own position stays where it is, and the live results leave these events out.',
};

interface Props {
  initialStage: ReplayStage;
  onCancel: () => void;
  onStarted: (id: string) => void;
}

export function NewReplay({ initialStage, onCancel, onStarted }: Props) {
  const [draft, setDraft] = useState<Draft>(() => newDraft(initialStage, Date.now()));
  const { request, fault } = useMemo(() => requestOf(draft), [draft]);
  const preview = usePreview(request);
  const starting = usePending('replay.start');
  const events = preview.state === 'known' ? preview.preview.events : 0;
  const noun = draft.stage === 'processor' ? 'events' : 'rows';

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (request === null || events === 0) return;
    const started = await perform('replay.start', request, {
      done: `Replay of ${formatCount(events)} ${noun} started`,
      failed: 'The replay was not started',
    });
    if (started !== null) onStarted(started.id);
  };

  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      <div className={classes.columns}>
        <div className={classes.fields}>
          <SegmentedControl
            fullWidth
            aria-label="Stage to replay"
            data={[
              { value: 'processor', label: 'Processor' },
              { value: 'producer', label: 'Producer' },
            ]}
            value={draft.stage}
            onChange={(value) =>
              setDraft({ ...draft, stage: value === 'producer' ? 'producer' : 'processor' })
            }
          />
          <p className={classes.says}>{SAYS[draft.stage]}</p>
          <StartEntry draft={draft} onChange={setDraft} fault={fault} />
        </div>
        <PreviewBox preview={preview} stage={draft.stage} />
      </div>
      <Group justify="flex-end" gap={8}>
        <Button onClick={onCancel}>Close</Button>
        <Button
          type="submit"
          variant="filled"
          className={classes.start}
          leftSection={<IconPlayerPlayFilled size={13} />}
          disabled={request === null || events === 0}
          loading={starting}
        >
          Start replay
        </Button>
      </Group>
    </form>
  );
}
