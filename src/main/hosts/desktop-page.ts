// The page of the desktop edition: served from app://livedb/ with its own content policy, in a window that cannot leave
// it. Used by electron-desktop.ts.
import { securityHeaders } from '../transport/access.ts';
import type { PageFiles } from '../transport/page-files.ts';
import type { DesktopWindow, ElectronApi } from './electron-api.ts';

export const PAGE_SCHEME = 'app';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://livedb`;

/** Answers app://livedb/…; every other host or file is not found. */
export async function answerPage(page: PageFiles, url: string): Promise<Response> {
  const { host, pathname } = new URL(url);
  const file = host === 'livedb' ? await page.get(pathname) : null;
  if (file === null) return new Response('Not found', { status: 404, headers: securityHeaders([]) });
  return new Response(file.body, { headers: { ...securityHeaders([]), ...file.headers } });
}

export interface DesktopWindowParts {
  preload: string;
  icon: string;
}

/** Opens the window hidden and shows it when the page has drawn itself. */
export function openDesktopWindow(electron: ElectronApi, parts: DesktopWindowParts): DesktopWindow {
  const window = new electron.BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    title: 'LiveDB',
    icon: parts.icon,
    backgroundColor: '#101318',
    webPreferences: {
      preload: parts.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  window.webContents.on('will-navigate', (event) => event.preventDefault());
  window.webContents.on('will-attach-webview', (event) => event.preventDefault());
  window.once('ready-to-show', () => window.show());
  return window;
}
