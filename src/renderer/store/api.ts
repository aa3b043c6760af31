// The one door from the page to the control plane. Which transport is behind it, nobody else in the page knows.
import type { ControlRoomApi } from '../../shared/bridge.ts';
import { createHttpApi, type SocketLike } from './http-api.ts';
import { takeToken } from './page-token.ts';
import { createPreloadApi } from './preload-api.ts';

function openApi(): ControlRoomApi {
  if (window.livedb !== undefined) return createPreloadApi(window.livedb);
  const { location, history, sessionStorage } = window;
  return createHttpApi({
    base: `${location.origin}/`,
    token: takeToken({ location, history, storage: sessionStorage }),
    fetch: (url, init) => window.fetch(url, init),
    openSocket: (url, protocols) => new WebSocket(url, protocols) as SocketLike,
    setTimer: (run, ms) => window.setTimeout(run, ms),
    clearTimer: (timer) => window.clearTimeout(timer as number),
  });
}

export const api: ControlRoomApi = openApi();
