// Shortcuts of the page, and the field's words with a sentence each.
import { Kbd, Modal } from '@mantine/core';
import { GLOSSARY, type GlossaryKey, glossaryTitle } from '../../components/glossary.ts';
import { SHORTCUTS } from '../../keyboard/shortcuts.ts';
import { closeOverlay, useControlRoom } from '../../store/index.ts';
import styles from './help-dialog.module.css';

const WORDS = (Object.keys(GLOSSARY) as GlossaryKey[]).sort((a, b) => a.localeCompare(b));

export function HelpDialog() {
  const opened = useControlRoom((state) => state.overlay?.kind === 'help');
  return (
    <Modal opened={opened} onClose={closeOverlay} title="Shortcuts and words" size={820}>
      <div className={styles.columns}>
        <section aria-label="Shortcuts">
          <dl className={styles.shortcuts}>
            {SHORTCUTS.map(({ keys, shown, label }) => (
              <div key={keys}>
                <dt>
                  <Kbd size="xs">{shown}</Kbd>
                </dt>
                <dd>{label}</dd>
              </div>
            ))}
          </dl>
        </section>
        <section aria-label="Words">
          <dl className={styles.words}>
            {WORDS.map((key) => (
              <div key={key}>
                <dt>{glossaryTitle(key)}</dt>
                <dd>{GLOSSARY[key]}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Modal>
  );
}
