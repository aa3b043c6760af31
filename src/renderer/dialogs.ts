// Everything that opens over the control room or is not seen at once, in one script of its own. Fetched by later.tsx.
export { AsideDialog } from './panels/aside/aside-dialog.tsx';
export { AuditDialog } from './panels/audit/audit-dialog.tsx';
export { HelpDialog } from './panels/help/help-dialog.tsx';
export { Palette } from './panels/palette/palette.tsx';
export { AnnotateDialog } from './panels/past/annotate-dialog.tsx';
export { AnnotationsDialog } from './panels/past/annotations-dialog.tsx';
export { BundlesDialog } from './panels/past/bundles-dialog.tsx';
export { CompareDialog } from './panels/past/compare-dialog.tsx';
export { QueriesDialog } from './panels/query/queries-dialog.tsx';
export { ReplayDialog } from './panels/replay/replay-dialog.tsx';
export { SettingsDialog } from './panels/settings/settings-dialog.tsx';
export { ProcessorState } from './panels/states/processor-state.tsx';
export { StatesDialog } from './panels/states/states-dialog.tsx';
export { TopicsPanel } from './panels/topics/topics-panel.tsx';
export { XrayDialog } from './panels/xray/xray-dialog.tsx';
