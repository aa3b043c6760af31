// The part of Electron's API that the desktop edition uses, as narrow interfaces: index.ts fills them from `electron`,
// tests from a double. Nothing here imports electron.

export interface DesktopEvent {
  preventDefault(): void;
}

export interface SenderFrame {
  url: string;
  parent: unknown;
}

export interface IpcEvent {
  sender: { id: number };
  senderFrame: SenderFrame | null;
}

export interface DesktopContents {
  readonly id: number;
  send(channel: string, ...args: unknown[]): void;
  isDestroyed(): boolean;
  setWindowOpenHandler(handler: () => { action: 'deny' }): void;
  on(event: 'will-navigate' | 'will-attach-webview', listener: (event: DesktopEvent) => void): unknown;
  on(event: 'did-start-loading' | 'destroyed', listener: () => void): unknown;
  on(
    event: 'render-process-gone',
    listener: (event: unknown, details: { reason: string; exitCode: number }) => void,
  ): unknown;
  reload(): void;
}

export interface DesktopWindow {
  readonly webContents: DesktopContents;
  loadURL(url: string): Promise<void>;
  show(): void;
  focus(): void;
  restore(): void;
  isMinimized(): boolean;
  isVisible(): boolean;
  isDestroyed(): boolean;
  once(event: 'ready-to-show', listener: () => void): unknown;
  on(event: 'show' | 'restore' | 'closed', listener: () => void): unknown;
}

export interface WindowOptions {
  width: number;
  height: number;
  minWidth: number;
  minHeight: number;
  show: boolean;
  title: string;
  icon: string;
  backgroundColor: string;
  webPreferences: {
    preload: string;
    contextIsolation: true;
    sandbox: true;
    nodeIntegration: false;
    webSecurity: true;
    spellcheck: false;
  };
}

export interface MenuEntry {
  label?: string;
  role?:
    | 'appMenu'
    | 'quit'
    | 'editMenu'
    | 'windowMenu'
    | 'reload'
    | 'togglefullscreen'
    | 'resetZoom'
    | 'zoomIn'
    | 'zoomOut';
  type?: 'separator';
  accelerator?: string;
  click?: () => void;
  submenu?: MenuEntry[];
}

export interface UtilityChild {
  readonly pid: number | undefined;
  readonly stdout: NodeJS.ReadableStream | null;
  readonly stderr: NodeJS.ReadableStream | null;
  postMessage(message: unknown): void;
  kill(): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  on(event: 'spawn', listener: () => void): unknown;
}

export interface ChildProcessGone {
  type: string;
  exitCode: number;
  serviceName?: string;
}

export interface ElectronApi {
  app: {
    setName(name: string): void;
    setPath(name: 'userData', path: string): void;
    enableSandbox(): void;
    requestSingleInstanceLock(): boolean;
    whenReady(): Promise<void>;
    quit(): void;
    exit(code: number): void;
    on(event: 'second-instance' | 'window-all-closed' | 'activate', listener: () => void): unknown;
    on(event: 'before-quit', listener: (event: DesktopEvent) => void): unknown;
    on(event: 'child-process-gone', listener: (event: unknown, details: ChildProcessGone) => void): unknown;
  };
  BrowserWindow: new (options: WindowOptions) => DesktopWindow;
  setMenu(template: MenuEntry[]): void;
  dialog: {
    showErrorBox(title: string, content: string): void;
    showOpenDialog(options: {
      title: string;
      properties: 'openFile'[];
      filters: { name: string; extensions: string[] }[];
    }): Promise<{ canceled: boolean; filePaths: string[] }>;
  };
  ipcMain: {
    handle(channel: string, listener: (event: IpcEvent, ...args: unknown[]) => unknown): void;
    on(channel: string, listener: (event: IpcEvent, ...args: unknown[]) => void): unknown;
  };
  protocol: {
    registerSchemesAsPrivileged(
      schemes: { scheme: string; privileges: { standard: true; secure: true; supportFetchAPI: true } }[],
    ): void;
    handle(scheme: string, handler: (request: { url: string }) => Promise<Response>): void;
  };
  /** Every permission a page could ask for is denied; only to be called when the app is ready. */
  denyPermissions(): void;
  safeStorage: {
    isEncryptionAvailable(): boolean;
    getSelectedStorageBackend?(): string;
  };
  utilityProcess: {
    fork(
      path: string,
      args: string[],
      options: { serviceName: string; stdio: 'pipe'; execArgv: string[] },
    ): UtilityChild;
  };
}
