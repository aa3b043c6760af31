// The page's transport in the browser edition: commands over HTTP, frames over a WebSocket that reconnects by itself.
// Made by api.ts; everything it touches of the browser comes in from outside, so that tests need neither page nor wait.
import type { ConnectionState, ControlRoomApi } from '../../shared/bridge.ts';
import { COMMANDS, type CommandInput, type CommandName, type CommandOutput } from '../../shared/commands.ts';
import { LiveDbError, LiveDbErrorData } from '../../shared/errors.ts';
import { Frame } from '../../shared/snapshot.ts';

/** Pauses between tries to reach the stream again, ms; the last one repeats. */
export const RECONNECT_PAUSES_MS = [200, 400, 800, 1_500, 3_000] as const;
/** The control plane sends at least one frame a second; silence for this long means that the line is dead. */
export const SILENCE_MS = 5_000;

export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  close(): void;
}

export interface HttpApiParts {
  /** Address of the control plane, ending in a slash. */
  base: string;
  token: string;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  openSocket: (url: string, protocols: string[]) => SocketLike;
  setTimer: (run: () => void, ms: number) => unknown;
  clearTimer: (timer: unknown) => void;
}

export function createHttpApi(parts: HttpApiParts): ControlRoomApi {
  const authorization = `Bearer ${parts.token}`;

  async function execute<C extends CommandName>(
    command: C,
    input: CommandInput<C>,
  ): Promise<CommandOutput<C>> {
    const response = await send(`api/${command}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    const body = (await readJson(response)) as { result?: unknown; error?: unknown } | null;
    if (!response.ok) throw errorOf(response.status, body?.error);
    return COMMANDS[command].output.parse(body?.result) as CommandOutput<C>;
  }

  async function send(path: string, init: RequestInit): Promise<Response> {
    try {
      return await parts.fetch(parts.base + path, init);
    } catch (cause) {
      throw new LiveDbError(
        {
          code: 'unreachable',
          message: 'LiveDB does not answer: the connection to the control plane is down.',
          remedy: 'See whether LiveDB still runs; this page reconnects by itself.',
        },
        { cause },
      );
    }
  }

  /** Whether the control plane answers but does not know this page's token. */
  async function isRefused(): Promise<boolean> {
    try {
      const response = await parts.fetch(`${parts.base}api/snapshot`, { headers: { authorization } });
      return response.status === 401;
    } catch {
      return false; // Not reachable at all: not refused.
    }
  }

  function subscribe(onFrame: (frame: Frame) => void, onState: (state: ConnectionState) => void): () => void {
    let ended = false;
    let socket: SocketLike | null = null;
    let failures = 0;
    let silence: unknown = null;
    let retry: unknown = null;

    const listenForSilence = (): void => {
      parts.clearTimer(silence);
      silence = parts.setTimer(() => socket?.close(), SILENCE_MS);
    };

    const connect = (): void => {
      onState(failures === 0 ? 'connecting' : 'disconnected');
      const current = parts.openSocket(`${parts.base.replace(/^http/, 'ws')}api/stream`, [
        'livedb',
        parts.token,
      ]);
      socket = current;
      listenForSilence();
      current.onmessage = (event) => {
        const frame = parseFrame(event.data);
        if (frame === null) {
          end();
          onState('mismatch');
          return;
        }
        listenForSilence();
        failures = 0;
        onState('connected');
        onFrame(frame);
      };
      current.onclose = () => {
        if (ended || socket !== current) return;
        socket = null;
        parts.clearTimer(silence);
        void tryAgain();
      };
    };

    const tryAgain = async (): Promise<void> => {
      const pause = RECONNECT_PAUSES_MS[Math.min(failures, RECONNECT_PAUSES_MS.length - 1)] ?? 3_000;
      failures += 1;
      onState('disconnected');
      const refused = await isRefused();
      if (ended) return;
      if (refused) {
        onState('refused');
        return;
      }
      retry = parts.setTimer(connect, pause);
    };

    const end = (): void => {
      ended = true;
      parts.clearTimer(silence);
      parts.clearTimer(retry);
      socket?.close();
    };

    connect();
    return end;
  }

  return { execute, subscribe };
}

/** null when it is no frame as this page knows them. */
function parseFrame(data: unknown): Frame | null {
  try {
    return typeof data === 'string' ? Frame.parse(JSON.parse(data)) : null;
  } catch {
    return null; // The caller tells the person, in words that help more than the fault of a field.
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new LiveDbError(
      { code: 'bad-answer', message: `LiveDB answered with status ${response.status} and no readable body.` },
      { cause },
    );
  }
}

function errorOf(status: number, error: unknown): LiveDbError {
  const data = LiveDbErrorData.safeParse(error);
  if (data.success) return new LiveDbError(data.data);
  return new LiveDbError({
    code: `http-${status}`,
    message: `LiveDB refused the request (status ${status}).`,
  });
}
