// The wizard: source, range, target, speed, question; the preview of what that would do stands beside them all the
// time, and only what it shows can be started.
import { Button, SegmentedControl } from '@mantine/core';
import { IconPlayerPlayFilled } from '@tabler/icons-react';
import { type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ReplayPreview } from '../../../shared/replay.ts';
import { formatCount } from '../../components/format.ts';
import { perform, usePending, useSnapshot } from '../../store/index.ts';
import { type Draft, newDraft, type Source, type Stretch, targetOf } from './draft.ts';
import { keepDraft, keptDraft } from './kept-draft.ts';
import { PreviewBox } from './preview-box.tsx';
import { QuestionStep } from './question-step.tsx';
import { RangeStep } from './range-step.tsx';
import { requestOf } from './request.ts';
import { SpeedStep } from './speed-step.tsx';
import { Step } from './step.tsx';
import { TargetStep } from './target-step.tsx';
import { usePreview } from './use-preview.ts';
import classes from './wizard.module.css';
import { TARGETS } from './words.ts';

interface Props {
  source: Source;
  between: Stretch | undefined;
  onCancel: () => void;
  onStarted: (id: string) => void;
}

export function Wizard({ source, between, onCancel, onStarted }: Props) {
  const { query } = useSnapshot((snapshot) => snapshot.settings.processor);
  // Who comes with a stretch of time in hand begins with that.
  const [kept, setKept] = useState(() => (between === undefined ? keptDraft(source) : null));
  const [draft, setDraft] = useState<Draft>(() => kept ?? newDraft(source, Date.now(), query, between));
  const [changed, setChanged] = useState(kept !== null);
  const change = (next: Draft) => {
    setDraft(next);
    setChanged(true);
    keepDraft(source, next);
  };
  const { request, fault } = useMemo(() => requestOf(draft), [draft]);
  const { preview, again } = usePreview(request);
  const starting = usePending('replay.start');
  const startButton = useRef<HTMLButtonElement>(null);
  const root = useRef<HTMLDivElement>(null);
  // The dialog's focus begins at the first step. A group of segments takes no such mark, its chosen radio does.
  useLayoutEffect(() => root.current?.querySelector('input:checked')?.setAttribute('data-autofocus', ''), []);
  const target = targetOf(draft);
  const obstacle = preview.state === 'known' ? obstacleIn(preview.preview) : null;
  const ready = preview.state === 'known' && obstacle === null;

  const start = async () => {
    if (preview.state !== 'known' || obstacle !== null || starting) return;
    const { asked } = preview;
    // Exactly what the preview shows: its range, whatever has come since.
    const started = await perform(
      'replay.start',
      { ...asked, preview: preview.preview.id },
      {
        done: `${TARGETS[target].name} of ${formatCount(preview.preview.events)} ${target === 'republish' ? 'rows' : 'events'} started`,
        failed: 'The replay was not started',
      },
    );
    if (started === null) return again();
    keepDraft(source, null);
    onStarted(started.id);
  };

  const startOver = () => {
    keepDraft(source, null);
    setKept(null);
    setChanged(false);
    setDraft(newDraft(source, Date.now(), query, between));
    // Its button is gone: the focus begins anew, too, at what is chosen by then.
    requestAnimationFrame(() => root.current?.querySelector<HTMLInputElement>('input:checked')?.focus());
  };

  /** Enter in a field goes to the button and does not press it: what happens is read before it happens. */
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.defaultPrevented || !(event.target instanceof HTMLInputElement))
      return;
    event.preventDefault();
    startButton.current?.focus();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the fields act, this hears what they leave over
    <div ref={root} className={classes.wizard} onKeyDown={onKeyDown}>
      <div className={classes.columns}>
        <div className={classes.steps}>
          <Step number={1} name="Source">
            <SegmentedControl
              aria-label="Source"
              data={[
                { value: 'events', label: 'Topic events' },
                { value: 'rows', label: 'Table rows' },
              ]}
              value={draft.source}
              onChange={(value) => change({ ...draft, source: value === 'rows' ? 'rows' : 'events' })}
            />
          </Step>
          <RangeStep draft={draft} onChange={change} fault={fault} />
          <TargetStep draft={draft} onChange={change} />
          <SpeedStep draft={draft} onChange={change} fault={fault} />
          <QuestionStep draft={draft} onChange={change} fault={fault} />
        </div>
        <PreviewBox preview={preview} target={target} onAgain={again} />
      </div>
      <div className={classes.foot}>
        <p className={classes.says} id="replay-obstacle">
          {fault?.text ?? obstacle ?? ''}
        </p>
        {kept !== null && <p className={classes.kept}>Filled in as you left it.</p>}
        {changed && (
          <Button type="button" variant="subtle" onClick={startOver}>
            Start over
          </Button>
        )}
        <Button type="button" onClick={onCancel}>
          Close
        </Button>
        <Button
          ref={startButton}
          type="button"
          variant="filled"
          className={classes.start}
          leftSection={<IconPlayerPlayFilled size={13} />}
          // Not `disabled`: it keeps its place in the order of focus while the preview counts.
          aria-disabled={!ready || undefined}
          data-disabled={!ready || undefined}
          aria-describedby="replay-obstacle"
          onClick={() => void start()}
          aria-busy={starting}
        >
          Start replay
        </Button>
      </div>
    </div>
  );
}

/** What stands against a start; null when nothing does. */
function obstacleIn({ events, conflicts }: ReplayPreview): string | null {
  const blocking = conflicts.find((conflict) => conflict.blocking);
  if (blocking !== undefined) return blocking.message;
  return events === 0 ? 'There is nothing to replay in this range.' : null;
}
