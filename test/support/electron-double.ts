// A double of the part of Electron that the desktop edition uses, with a page behind its IPC that speaks as the preload
// does. Values cross it by structured clone, as they cross the real channel.
import { EventEmitter } from 'node:events';
import type {
  DesktopContents,
  DesktopWindow,
  ElectronApi,
  IpcEvent,
  MenuEntry,
  UtilityChild,
  WindowOptions,
} from '../../src/main/hosts/electron-api.ts';
import { type BridgeAnswer, IPC, type PreloadBridge } from '../../src/shared/bridge.ts';
import type { Frame } from '../../src/shared/snapshot.ts';

class ContentsDouble extends EventEmitter implements DesktopContents {
  readonly id: number;
  readonly sent: { channel: string; args: unknown[] }[] = [];
  openHandler: (() => { action: 'deny' }) | null = null;
  destroyed = false;
  reloads = 0;
  constructor(id: number) {
    super();
    this.id = id;
  }
  send(channel: string, ...args: unknown[]): void {
    const copied = structuredClone(args);
    this.sent.push({ channel, args: copied });
    this.emit(`sent:${channel}`, ...copied);
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  setWindowOpenHandler(handler: () => { action: 'deny' }): void {
    this.openHandler = handler;
  }
  reload(): void {
    this.reloads += 1;
  }
}

export class WindowDouble extends EventEmitter implements DesktopWindow {
  static opened: WindowDouble[] = [];
  readonly options: WindowOptions;
  readonly webContents: ContentsDouble;
  url: string | null = null;
  visible = false;
  minimized = false;
  focused = 0;
  destroyed = false;
  constructor(options: WindowOptions) {
    super();
    this.options = options;
    WindowDouble.opened.push(this);
    this.webContents = new ContentsDouble(WindowDouble.opened.length);
  }
  async loadURL(url: string): Promise<void> {
    this.url = url;
    this.webContents.emit('did-start-loading');
    this.emit('ready-to-show');
  }
  show(): void {
    this.visible = true;
    this.emit('show');
  }
  focus(): void {
    this.focused += 1;
  }
  restore(): void {
    this.minimized = false;
    this.emit('restore');
  }
  isMinimized(): boolean {
    return this.minimized;
  }
  isVisible(): boolean {
    return this.visible && !this.minimized;
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
}

export class UtilityDouble extends EventEmitter implements UtilityChild {
  pid: number | undefined = undefined;
  readonly stdout = null;
  readonly stderr = null;
  readonly path: string;
  readonly serviceName: string;
  readonly posted: unknown[] = [];
  kills = 0;
  constructor(path: string, serviceName: string) {
    super();
    this.path = path;
    this.serviceName = serviceName;
  }
  spawn(pid: number): void {
    this.pid = pid;
    this.emit('spawn');
  }
  postMessage(message: unknown): void {
    this.posted.push(structuredClone(message));
  }
  kill(): boolean {
    this.kills += 1;
    return true;
  }
}

type Handler = (event: IpcEvent, ...args: unknown[]) => unknown;

export class ElectronDouble implements ElectronApi {
  readonly events = new EventEmitter();
  readonly handlers = new Map<string, Handler>();
  readonly ipcEvents = new EventEmitter();
  readonly children: UtilityDouble[] = [];
  readonly errorBoxes: string[] = [];
  readonly exits: number[] = [];
  quits = 0;
  paths: Record<string, string> = {};
  sandboxed = false;
  permissionsDenied = false;
  isFirstInstance = true;
  menu: MenuEntry[] = [];
  schemes: string[] = [];
  pageHandler: ((request: { url: string }) => Promise<Response>) | null = null;
  /** Endings of the files that the last dialog offered. */
  asked: string[] = [];
  picked: { canceled: boolean; filePaths: string[] } = { canceled: true, filePaths: [] };
  storage: { available: boolean; backend: string | null } = { available: true, backend: null };

  readonly BrowserWindow = WindowDouble;
  readonly app: ElectronApi['app'] = {
    setName: () => undefined,
    setPath: (name, path) => {
      this.paths[name] = path;
    },
    enableSandbox: () => {
      this.sandboxed = true;
    },
    requestSingleInstanceLock: () => this.isFirstInstance,
    whenReady: () => Promise.resolve(),
    quit: () => {
      this.quits += 1;
      let prevented = false;
      this.events.emit('before-quit', { preventDefault: () => (prevented = true) });
      if (!prevented) this.exits.push(0);
    },
    exit: (code) => void this.exits.push(code),
    on: (event: string, listener: (...args: never[]) => void) =>
      this.events.on(event, listener as () => void),
  };
  readonly dialog: ElectronApi['dialog'] = {
    showErrorBox: (_title, content) => void this.errorBoxes.push(content),
    showOpenDialog: async ({ filters }) => {
      this.asked = filters.flatMap(({ extensions }) => extensions);
      return this.picked;
    },
  };
  readonly ipcMain: ElectronApi['ipcMain'] = {
    handle: (channel, listener) => void this.handlers.set(channel, listener),
    on: (channel, listener) => this.ipcEvents.on(channel, listener),
  };
  readonly protocol: ElectronApi['protocol'] = {
    registerSchemesAsPrivileged: (schemes) => {
      this.schemes = schemes.map((entry) => entry.scheme);
    },
    handle: (_scheme, handler) => {
      this.pageHandler = handler;
    },
  };
  readonly safeStorage: ElectronApi['safeStorage'] = {
    isEncryptionAvailable: () => this.storage.available,
    getSelectedStorageBackend: () => this.storage.backend ?? 'unknown',
  };
  readonly utilityProcess: ElectronApi['utilityProcess'] = {
    fork: (path, _args, options) => {
      const child = new UtilityDouble(path, options.serviceName);
      this.children.push(child);
      return child;
    },
  };
  setMenu(template: MenuEntry[]): void {
    this.menu = template;
  }
  denyPermissions(): void {
    this.permissionsDenied = true;
  }

  /** A message of a page: from the main frame of `window`, unless the test says otherwise. */
  event(window: WindowDouble, change: Partial<IpcEvent> = {}): IpcEvent {
    return {
      sender: { id: window.webContents.id },
      senderFrame: { url: window.url ?? '', parent: null },
      ...change,
    };
  }

  async invoke(event: IpcEvent, channel: string, ...args: unknown[]): Promise<unknown> {
    const handler = this.handlers.get(channel);
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
    return structuredClone(await handler(event, ...structuredClone(args)));
  }

  post(event: IpcEvent, channel: string): void {
    this.ipcEvents.emit(channel, event);
  }

  /** What src/preload/index.ts puts on the page, over this double. */
  bridge(window: WindowDouble): PreloadBridge & { answerFrames: boolean } {
    const double = this;
    const listeners = new Set<(frame: Frame) => void>();
    const bridge = {
      answerFrames: true,
      execute: (command: string, input: unknown) =>
        double.invoke(double.event(window), IPC.execute, command, input) as Promise<BridgeAnswer>,
      onFrame(listener: (frame: Frame) => void) {
        listeners.add(listener);
        if (listeners.size === 1) double.post(double.event(window), IPC.subscribe);
        return () => {
          listeners.delete(listener);
          if (listeners.size === 0) double.post(double.event(window), IPC.unsubscribe);
        };
      },
      pickSeedFile: () => double.invoke(double.event(window), IPC.pickSeedFile) as Promise<string | null>,
      pickBundle: () => double.invoke(double.event(window), IPC.pickBundle) as Promise<string | null>,
    };
    window.webContents.on(`sent:${IPC.frame}`, (frame: Frame) => {
      queueMicrotask(() => {
        for (const listener of listeners) listener(frame);
        if (bridge.answerFrames) double.post(double.event(window), IPC.frameTaken);
      });
    });
    return bridge;
  }
}
