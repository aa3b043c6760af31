// The page as a whole: where each panel stands, and which dialog is open. Mounted by main.tsx.

import { VisuallyHidden } from '@mantine/core';
import styles from './app.module.css';
import { LiveRegion } from './components/live-region.tsx';
import { Toasts } from './components/toasts.tsx';
import { useShortcuts } from './keyboard/use-shortcuts.ts';
import {
  AnnotateDialog,
  AnnotationsDialog,
  AsideDialog,
  AuditDialog,
  BundlesDialog,
  ChartsPanel,
  CompareDialog,
  HelpDialog,
  Palette,
  QueriesDialog,
  ReplayDialog,
  SettingsDialog,
  StatesDialog,
  TopicsPanel,
  XrayDialog,
} from './later.tsx';
import { Notices } from './panels/connection/notices.tsx';
import { Welcome } from './panels/connection/welcome.tsx';
import { IncidentLog } from './panels/incidents/incident-log.tsx';
import { PastBar } from './panels/past/past-bar.tsx';
import { Pipeline } from './panels/pipeline/pipeline.tsx';
import { StationPanel } from './panels/station/station-panel.tsx';
import { TopBar } from './panels/top-bar/top-bar.tsx';
import { closeOverlay, RoomTime, useControlRoom } from './store/index.ts';
import { useThemeSetting } from './use-theme-setting.ts';

export function App() {
  const known = useControlRoom((state) => state.snapshot !== null);
  return known ? <ControlRoom /> : <Welcome />;
}

function ControlRoom() {
  useShortcuts();
  useThemeSetting();
  const stale = useControlRoom((state) => state.lostSince !== null);
  return (
    <div className={styles.page} data-stale={stale}>
      <RoomTime value="shown">
        <TopBar />
      </RoomTime>
      <Notices />
      <PastBar />
      <RoomTime value="shown">
        <main className={styles.main}>
          <Pipeline />
          <div className={styles.charts}>
            <VisuallyHidden component="h2">Charts</VisuallyHidden>
            <ChartsPanel />
          </div>
          <IncidentLog />
        </main>
        <StationPanel />
      </RoomTime>
      <Palette />
      <SettingsDialog />
      <HelpDialog />
      <Topics />
      <Replay />
      <AuditDialog />
      <AsideDialog />
      <XrayDialog />
      <AnnotateDialog />
      <AnnotationsDialog />
      <CompareDialog />
      <BundlesDialog />
      <QueriesDialog />
      <StatesDialog />
      <Toasts />
      <LiveRegion />
    </div>
  );
}

function Topics() {
  const opened = useControlRoom((state) => state.overlay?.kind === 'topics');
  return <TopicsPanel opened={opened} onClose={closeOverlay} />;
}

function Replay() {
  const overlay = useControlRoom((state) => state.overlay);
  const opened = overlay?.kind === 'replay';
  return (
    <ReplayDialog
      opened={opened}
      onClose={closeOverlay}
      initialStage={opened ? overlay.stage : 'processor'}
      {...(opened && overlay.between !== undefined ? { between: overlay.between } : {})}
    />
  );
}
