// The command palette: type a few letters of what is wanted, choose with the arrow keys, Enter does it.
import { Kbd, Modal } from '@mantine/core';
import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { closeOverlay, controlRoom, useControlRoom } from '../../store/index.ts';
import { paletteEntries } from './entries.ts';
import styles from './palette.module.css';
import { type Entry, searchEntries } from './search.ts';

export function Palette() {
  const opened = useControlRoom((state) => state.overlay?.kind === 'palette');
  return (
    <Modal.Root opened={opened} onClose={closeOverlay} size={560} yOffset="12vh">
      <Modal.Overlay />
      <Modal.Content aria-label="Command palette">
        <Modal.Body p={0}>
          <Chooser />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Chooser() {
  const [query, setQuery] = useState('');
  const [index, setIndex] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const entries = useMemo(() => {
    const { snapshot } = controlRoom.getState();
    return snapshot === null ? [] : paletteEntries(snapshot);
  }, []);
  const found = searchEntries(entries, query);
  const at = Math.min(index, found.length - 1);

  // At once, not when the dialog's focus trap gets round to it: people type ahead.
  useLayoutEffect(() => input.current?.focus(), []);

  useEffect(() => {
    list.current?.querySelector(`#palette-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  const choose = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    closeOverlay();
    entry.run();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const by = moves[event.key];
    if (by !== undefined && found.length > 0) {
      event.preventDefault();
      const next = Math.abs(by) === 1 ? (at + by + found.length) % found.length : at + by;
      setIndex(Math.max(0, Math.min(found.length - 1, next)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(found[at]);
    }
  };

  return (
    <div className={styles.palette}>
      <input
        ref={input}
        className={styles.input}
        role="combobox"
        aria-label="Command"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={found.length === 0 ? undefined : `palette-${at}`}
        aria-autocomplete="list"
        placeholder="What do you want to do?"
        data-autofocus
        value={query}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setIndex(0);
        }}
        onKeyDown={onKeyDown}
      />
      {/* The options are reached from the input by aria-activedescendant, so the list itself takes no focus. */}
      <div
        ref={list}
        id="palette-list"
        role="listbox"
        aria-label="Commands"
        className={styles.list}
        tabIndex={-1}
      >
        {found.map((entry, position) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the combobox above.
          <div
            key={entry.label}
            id={`palette-${position}`}
            role="option"
            tabIndex={-1}
            aria-selected={position === at}
            className={styles.option}
            onPointerMove={() => setIndex(position)}
            onClick={() => choose(entry)}
          >
            <span>{entry.label}</span>
            <span className={styles.group}>{entry.group}</span>
            {entry.shortcut !== '' && <Kbd size="xs">{entry.shortcut}</Kbd>}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className={styles.none}>No command is called like that.</p>}
    </div>
  );
}
