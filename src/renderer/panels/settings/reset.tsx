// The reset: shows what would be deleted and what stays, and asks for a word before it does anything.
import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { CommandOutput } from '../../../shared/commands.ts';
import type { LiveDbErrorData } from '../../../shared/errors.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import { Note } from '../../components/note.tsx';
import { api, closeOverlay, perform, usePending } from '../../store/index.ts';
import styles from './settings-dialog.module.css';

type Preview = CommandOutput<'reset.preview'>;
type Scope = Preview['scope'];

export function Reset() {
  const [scope, setScope] = useState<Scope>('data');
  const { preview, refusal } = usePreview(scope);
  const [typed, setTyped] = useState('');
  const busy = usePending('reset.apply');

  const apply = async (confirm: string) => {
    const answer = await perform(
      'reset.apply',
      { scope, confirm },
      { done: 'LiveDB was reset', failed: 'Nothing was reset' },
    );
    if (answer !== null) closeOverlay();
  };

  return (
    <div className={styles.section}>
      <h3>Reset</h3>
      <SegmentedControl
        aria-label="What to reset"
        value={scope}
        data={[
          { value: 'data', label: 'Data' },
          { value: 'everything', label: 'Data and settings' },
        ]}
        onChange={(value) => {
          setScope(value as Scope);
          setTyped('');
        }}
      />
      {refusal !== null && (
        <Note tone="error" title={refusal.message}>
          {refusal.remedy !== undefined && <p>{refusal.remedy}</p>}
        </Note>
      )}
      {preview !== null && (
        <>
          <table className={styles.table}>
            <caption>Would be deleted</caption>
            <tbody>
              {preview.deletes.map(({ what, amount }) => (
                <tr key={what}>
                  <td>{what}</td>
                  <td className="mono">{amount}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {preview.keeps.length > 0 && <p className={styles.hint}>Stays: {preview.keeps.join(', ')}.</p>}
          <Note tone="warning" title="This cannot be undone.">
            <p>The pipeline is stopped first.</p>
          </Note>
          <form
            className={styles.confirm}
            onSubmit={(event) => {
              event.preventDefault();
              if (typed === preview.confirm) void apply(preview.confirm);
            }}
          >
            <TextInput
              size="xs"
              label={`Type “${preview.confirm}” to confirm`}
              value={typed}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
            <Button
              type="submit"
              variant="filled"
              color="red"
              disabled={typed !== preview.confirm || busy}
              aria-busy={busy}
            >
              Reset
            </Button>
          </form>
        </>
      )}
    </div>
  );
}

function usePreview(scope: Scope): { preview: Preview | null; refusal: LiveDbErrorData | null } {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [refusal, setRefusal] = useState<LiveDbErrorData | null>(null);
  useEffect(() => {
    let wanted = true;
    setPreview(null);
    setRefusal(null);
    api.execute('reset.preview', { scope }).then(
      (answer) => wanted && setPreview(answer),
      (error: unknown) => wanted && setRefusal(LiveDbError.dataOf(error)),
    );
    return () => {
      wanted = false;
    };
  }, [scope]);
  return { preview, refusal };
}
