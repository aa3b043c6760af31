// The desktop edition's transport: commands by invoke, frames by webContents.send with an answer for each, so that a
// busy page is never sent more than it takes and a hidden one only a frame a second. Set up by hosts/electron-desktop.ts.
import { type BridgeAnswer, IPC } from '../../shared/bridge.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { App } from '../app-api.ts';
import type { DesktopWindow, ElectronApi, IpcEvent } from '../hosts/electron-api.ts';
import { FrameOutlet } from './frame-outlet.ts';

/** Frames on their way to the page and not answered yet. */
const MAX_UNANSWERED = 2;
const HIDDEN_INTERVAL_MS = 1_000;

export interface IpcParts {
  ipcMain: ElectronApi['ipcMain'];
  /** Throws `starting` until the control plane is up. */
  app(): App;
  /** The control room's window, or null while there is none. */
  window(): DesktopWindow | null;
  /** Where the page is served from: messages of any other page are refused. */
  pageOrigin: string;
  pickSeedFile(): Promise<string | null>;
  pickBundle(): Promise<string | null>;
  /** Monotonic ms. */
  now?: () => number;
}

export interface IpcTransport {
  /** Ends the stream of a page that is going away (reload, crash, closed window). */
  endStream(): void;
  /** The window is seen again: it gets the newest frame at once. */
  shown(): void;
}

function foreign(): LiveDbError {
  return new LiveDbError({
    code: 'forbidden',
    message: 'The request was refused: it does not come from the control room.',
  });
}

export function serveIpc(parts: IpcParts): IpcTransport {
  const now = parts.now ?? (() => performance.now());
  let stream: { outlet: FrameOutlet; answered(): void; end(): void } | null = null;

  /** The sender is the main frame of our window and shows our page. */
  function isOurs({ sender, senderFrame }: IpcEvent): boolean {
    const window = parts.window();
    return (
      window !== null &&
      !window.isDestroyed() &&
      sender.id === window.webContents.id &&
      senderFrame !== null &&
      senderFrame.parent === null &&
      (senderFrame.url === parts.pageOrigin || senderFrame.url.startsWith(`${parts.pageOrigin}/`))
    );
  }

  function endStream(): void {
    stream?.end();
    stream = null;
  }

  function beginStream(window: DesktopWindow): void {
    endStream();
    let unanswered = 0;
    let lastSent = Number.NEGATIVE_INFINITY;
    const outlet = new FrameOutlet(
      (frame) => {
        unanswered += 1;
        lastSent = now();
        window.webContents.send(IPC.frame, frame);
      },
      () =>
        !window.isDestroyed() &&
        !window.webContents.isDestroyed() &&
        unanswered < MAX_UNANSWERED &&
        (window.isVisible() || now() - lastSent >= HIDDEN_INTERVAL_MS),
    );
    stream = {
      outlet,
      answered() {
        unanswered = Math.max(0, unanswered - 1);
        outlet.drained();
      },
      end: parts.app().subscribe((frame) => outlet.offer(frame)),
    };
  }

  parts.ipcMain.handle(IPC.execute, async (event, command, input): Promise<BridgeAnswer> => {
    try {
      if (!isOurs(event)) throw foreign();
      return { ok: true, result: await parts.app().execute(String(command), input ?? {}) };
    } catch (error) {
      return { ok: false, error: LiveDbError.dataOf(error) };
    }
  });
  parts.ipcMain.handle(IPC.pickSeedFile, (event) => (isOurs(event) ? parts.pickSeedFile() : null));
  parts.ipcMain.handle(IPC.pickBundle, (event) => (isOurs(event) ? parts.pickBundle() : null));
  parts.ipcMain.on(IPC.subscribe, (event) => {
    const window = parts.window();
    if (window !== null && isOurs(event)) beginStream(window);
  });
  parts.ipcMain.on(IPC.unsubscribe, (event) => {
    if (isOurs(event)) endStream();
  });
  parts.ipcMain.on(IPC.frameTaken, (event) => {
    if (isOurs(event)) stream?.answered();
  });

  return { endStream, shown: () => stream?.outlet.drained() };
}
