// The page's token: comes in the fragment of the address (never sent to a server or logged), lives in sessionStorage.
// Taken once by api.ts; the fragment is removed from the address at once, so that it is not copied along with it.
const KEY = 'livedb-token';

export interface TokenPlaces {
  location: Pick<Location, 'hash' | 'pathname' | 'search'>;
  history: Pick<History, 'replaceState'>;
  storage: Pick<Storage, 'getItem' | 'setItem'>;
}

/** The token of this page; empty when the address came without one and none was kept. */
export function takeToken({ location, history, storage }: TokenPlaces): string {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null || given === '') return storage.getItem(KEY) ?? '';
  storage.setItem(KEY, given);
  history.replaceState(null, '', location.pathname + location.search);
  return given;
}
