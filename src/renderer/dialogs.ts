// Everything that opens over the control room, in one script of its own. Fetched by later.tsx.
export { AuditDialog } from './panels/audit/audit-dialog.tsx';
export { HelpDialog } from './panels/help/help-dialog.tsx';
export { Palette } from './panels/palette/palette.tsx';
export { ReplayDialog } from './panels/replay/replay-dialog.tsx';
export { SettingsDialog } from './panels/settings/settings-dialog.tsx';
export { TopicsPanel } from './panels/topics/topics-panel.tsx';
export { XrayDialog } from './panels/xray/xray-dialog.tsx';
