// How the page talks to the control plane: one interface over two transports (HTTP and WebSocket; the preload bridge).
import type { CommandInput, CommandName, CommandOutput } from './commands.ts';
import type { LiveDbErrorData } from './errors.ts';
import type { Frame } from './snapshot.ts';

/**
 * `refused`: the control plane answers but does not know the page's token. `mismatch`: its frames are not of the form
 * that this page knows, because one of both is older. Trying again would help in neither case.
 */
export type ConnectionState = 'connecting' | 'connected' | 'disconnected' | 'refused' | 'mismatch';

export interface ControlRoomApi {
  /** Rejects with a LiveDbError. */
  execute<C extends CommandName>(command: C, input: CommandInput<C>): Promise<CommandOutput<C>>;
  /** Frames and the state of the connection; reconnects by itself. Returns the function that ends it. */
  subscribe(onFrame: (frame: Frame) => void, onState: (state: ConnectionState) => void): () => void;
}

export type BridgeAnswer = { ok: true; result: unknown } | { ok: false; error: LiveDbErrorData };

/** What the preload puts on `window.livedb` in the desktop edition; plain data only. */
export interface PreloadBridge {
  execute(command: string, input: unknown): Promise<BridgeAnswer>;
  onFrame(listener: (frame: Frame) => void): () => void;
  /** Path of a file the person picks, or null. */
  pickSeedFile(): Promise<string | null>;
  /** The same for a bundle. */
  pickBundle(): Promise<string | null>;
}

/**
 * Subprotocols a page offers on `WS /api/stream`, because a browser cannot set headers there:
 * `new WebSocket(url, [STREAM_PROTOCOL, token])`. Scripts send `Authorization: Bearer` instead.
 */
export const STREAM_PROTOCOL = 'livedb';
/** Name of the parameter in the fragment of the page's address that carries the token: `#token=…`. */
export const TOKEN_FRAGMENT = 'token';

/** Channels of the desktop edition between preload and main process. */
export const IPC = {
  /** invoke(command, input) → BridgeAnswer */
  execute: 'livedb:execute',
  /** invoke() → path or null */
  pickSeedFile: 'livedb:pick-seed-file',
  /** invoke() → path or null */
  pickBundle: 'livedb:pick-bundle',
  /** The page wants frames, or no more of them. */
  subscribe: 'livedb:subscribe',
  unsubscribe: 'livedb:unsubscribe',
  /** main → page: one frame; the page answers each with `frameTaken`. */
  frame: 'livedb:frame',
  frameTaken: 'livedb:frame-taken',
} as const;
