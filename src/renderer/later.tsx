// Parts of the page that are not in its first script: the charts with their canvas library, the dialogs, and the controls
// of the stations that are not selected at first. They are fetched as soon as the control room is drawn, so that it answers first. Mounted by app.tsx.
import { type ComponentType, useEffect, useState } from 'react';

/**
 * A component that is empty until its module is there. Not React.lazy: a suspended part is held back for
 * 300 ms, and a dialog that was fetched long ago would still miss the first keys typed at it.
 */
function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let asked: Promise<ComponentType<P>> | null = null;
  let Arrived: ComponentType<P> | null = null;
  return function Later(props: P) {
    const [Part, setPart] = useState<ComponentType<P> | null>(() => Arrived);
    useEffect(() => {
      if (Arrived !== null) return;
      let mounted = true;
      asked ??= load();
      // A module that cannot be had is told by the page's handler of rejections.
      void asked.then((component) => {
        Arrived = component;
        if (mounted) setPart(() => component);
      });
      return () => {
        mounted = false;
      };
    }, []);
    return Part === null ? null : <Part {...props} />;
  };
}

export const ChartsPanel = later(async () => {
  const { ChartsPanel } = await import('./panels/charts/charts-panel.tsx');
  return ChartsPanel;
});
export const Palette = later(async () => (await dialogs()).Palette);
export const HelpDialog = later(async () => (await dialogs()).HelpDialog);
export const SettingsDialog = later(async () => (await dialogs()).SettingsDialog);
export const AsideDialog = later(async () => (await dialogs()).AsideDialog);
export const AuditDialog = later(async () => (await dialogs()).AuditDialog);
export const AnnotateDialog = later(async () => (await dialogs()).AnnotateDialog);
export const AnnotationsDialog = later(async () => (await dialogs()).AnnotationsDialog);
export const BundlesDialog = later(async () => (await dialogs()).BundlesDialog);
export const CompareDialog = later(async () => (await dialogs()).CompareDialog);
export const XrayDialog = later(async () => (await dialogs()).XrayDialog);
export const QueriesDialog = later(async () => (await dialogs()).QueriesDialog);
export const PrepareDatabase = later(async () => (await dialogs()).PrepareDatabase);
export const KafkaControls = later(async () => (await dialogs()).KafkaControls);
export const PostgresControls = later(async () => (await dialogs()).PostgresControls);
export const ProcessorControls = later(async () => (await dialogs()).ProcessorControls);
export const ProducerControls = later(async () => (await dialogs()).ProducerControls);
export const ResultsControls = later(async () => (await dialogs()).ResultsControls);
export const SeedControls = later(async () => (await dialogs()).SeedControls);
export const StatesDialog = later(async () => (await dialogs()).StatesDialog);
export const TopicsPanel = later(async () => (await dialogs()).TopicsPanel);
export const ReplayDialog = later(async () => (await dialogs()).ReplayDialog);

/** After the charts: those are in sight, these are not. */
async function dialogs() {
  await import('./panels/charts/charts-panel.tsx');
  return await import('./dialogs.ts');
}
