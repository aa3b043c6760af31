// Settings: where the connections came from, the theme, how much history is kept, and the reset.
import { Modal, Tabs } from '@mantine/core';
import { Choice } from '../../components/choice.tsx';
import { formatCount } from '../../components/format.ts';
import { parseCount } from '../../components/quantities.ts';
import { QuantityEntry, tenth } from '../../components/quantity-entry.tsx';
import { changeSettings } from '../../store/actions.ts';
import { closeOverlay, useControlRoom, useSnapshot } from '../../store/index.ts';
import { Connections } from './connections.tsx';
import { Reset } from './reset.tsx';
import styles from './settings-dialog.module.css';

export function SettingsDialog() {
  const overlay = useControlRoom((state) => state.overlay);
  const opened = overlay?.kind === 'settings';
  return (
    <Modal opened={opened} onClose={closeOverlay} title="Settings" size={680}>
      <Tabs
        defaultValue={(opened ? overlay.tab : undefined) ?? 'connections'}
        orientation="vertical"
        classNames={{ panel: styles.panel ?? '', root: styles.tabs ?? '' }}
      >
        <Tabs.List>
          <Tabs.Tab value="connections">Connections</Tabs.Tab>
          <Tabs.Tab value="appearance">Appearance</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
          <Tabs.Tab value="reset">Reset</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="connections">
          <Connections />
        </Tabs.Panel>
        <Tabs.Panel value="appearance">
          <Appearance />
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <History />
        </Tabs.Panel>
        <Tabs.Panel value="reset">
          <Reset />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

function Appearance() {
  const theme = useSnapshot((snapshot) => snapshot.settings.ui.theme);
  return (
    <div className={styles.section}>
      <h3>Theme</h3>
      <Choice
        label="Theme"
        value={theme}
        options={[
          { value: 'system', label: 'System' },
          { value: 'dark', label: 'Dark' },
          { value: 'light', label: 'Light' },
        ]}
        onChoose={(chosen) => changeSettings({ ui: { theme: chosen } }, `Theme: ${chosen}`)}
      />
      <p className={styles.hint}>
        Motion follows the system too: with reduced motion the flows stand still and only their figures
        change.
      </p>
    </div>
  );
}

function History() {
  const history = useSnapshot((snapshot) => snapshot.settings.history);
  return (
    <div className={styles.section}>
      <h3>History</h3>
      <p className={styles.hint}>
        Metrics, window results and incidents are kept in a file of their own, so that the charts open with
        what happened before. The oldest part is dropped when either bound is reached.
      </p>
      <div className={styles.two}>
        <QuantityEntry
          label="Keep for, days"
          name="Keep for, days"
          value={history.maxAgeDays}
          min={1}
          max={3650}
          parse={parseCount}
          format={formatCount}
          step={tenth}
          onCommit={(maxAgeDays) =>
            changeSettings({ history: { maxAgeDays } }, `History is kept ${maxAgeDays} days`)
          }
        />
        <QuantityEntry
          label="At most, MB"
          name="At most, MB"
          value={history.maxSizeMb}
          min={10}
          max={100_000}
          parse={parseCount}
          format={formatCount}
          step={tenth}
          onCommit={(maxSizeMb) =>
            changeSettings({ history: { maxSizeMb } }, `History is kept below ${maxSizeMb} MB`)
          }
        />
      </div>
    </div>
  );
}
