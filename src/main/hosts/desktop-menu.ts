// The menu of the desktop edition, with its shortcuts. Commands go the same way as the page's. Used by electron-desktop.ts.
import type { CommandName } from '../../shared/commands.ts';
import type { MenuEntry } from './electron-api.ts';

export function desktopMenu(platform: NodeJS.Platform, run: (command: CommandName) => void): MenuEntry[] {
  const pipeline: MenuEntry = {
    label: 'Pipeline',
    submenu: [
      { label: 'Start All', accelerator: 'CmdOrCtrl+Shift+Enter', click: () => run('pipeline.start') },
      { label: 'Stop All', accelerator: 'CmdOrCtrl+Shift+Backspace', click: () => run('pipeline.stop') },
    ],
  };
  const view: MenuEntry = {
    label: 'View',
    submenu: [
      { role: 'reload' },
      { type: 'separator' },
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
    ],
  };
  const file: MenuEntry = { label: 'File', submenu: [{ role: 'quit' }] };
  return [
    platform === 'darwin' ? { role: 'appMenu' } : file,
    { role: 'editMenu' },
    pipeline,
    view,
    { role: 'windowMenu' },
  ];
}
