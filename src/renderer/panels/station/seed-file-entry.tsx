// Which seed file the writer cycles through. The desktop edition can ask for one; else its path is typed.
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { configureWriter } from '../../store/actions.ts';
import { useSnapshot } from '../../store/index.ts';
import styles from './seed-file-entry.module.css';

export function SeedFileEntry() {
  const seedFile = useSnapshot((snapshot) => snapshot.settings.writer.seedFile);
  const [draft, setDraft] = useState<string | null>(null);

  const use = (path: string | null) => {
    setDraft(null);
    if (path === seedFile) return;
    configureWriter({ seedFile: path }, path === null ? 'The shipped seed is used' : `Seed file: ${path}`);
  };
  const pick = async () => {
    const path = (await window.livedb?.pickSeedFile()) ?? null;
    if (path !== null) use(path);
  };

  return (
    <div className={styles.entry}>
      <TextInput
        size="xs"
        label="Seed file"
        placeholder="the shipped seed"
        classNames={{ input: 'mono', root: styles.path ?? '' }}
        value={draft ?? seedFile ?? ''}
        title={seedFile ?? undefined}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={() => draft !== null && use(draft.trim() === '' ? null : draft.trim())}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
          if (event.key === 'Escape') setDraft(null);
        }}
      />
      {window.livedb !== undefined && <Button onClick={() => void pick()}>Choose…</Button>}
      {seedFile !== null && <Button onClick={() => use(null)}>Shipped</Button>}
    </div>
  );
}
