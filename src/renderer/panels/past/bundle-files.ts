// Bundles between the page and the disk of the person: only the browser edition carries files over HTTP. The desktop
// edition's page and disk are on the same machine; there the path is enough.
import { z } from 'zod';
import { LiveDbError, LiveDbErrorData } from '../../../shared/errors.ts';
import { BundleInfo } from '../../../shared/past.ts';
import { download } from '../../charts/export.ts';
import { takeToken } from '../../store/page-token.ts';

export const carriesFiles = window.livedb === undefined;

function authorization(): HeadersInit {
  const { location, history, sessionStorage } = window;
  return { authorization: `Bearer ${takeToken({ location, history, storage: sessionStorage })}` };
}

const Refusal = z.object({ error: LiveDbErrorData });

async function refusalOf(response: Response): Promise<LiveDbError> {
  const body = Refusal.safeParse(await response.json());
  if (body.success) return new LiveDbError(body.data.error);
  return new LiveDbError({ code: `http-${response.status}`, message: 'LiveDB refused the request.' });
}

/** Hands the bundle to the browser as a download. Throws LiveDbError. */
export async function downloadBundle(name: string): Promise<void> {
  const response = await fetch(`/api/bundle/${name}`, { headers: authorization() });
  if (!response.ok) throw await refusalOf(response);
  download(name, await response.blob());
}

/** Sends a file into the data folder. Throws LiveDbError. */
export async function uploadBundle(file: File): Promise<BundleInfo> {
  const name = file.name.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  const response = await fetch(`/api/bundle/${name}`, {
    method: 'PUT',
    headers: authorization(),
    body: file,
  });
  if (!response.ok) throw await refusalOf(response);
  return z.object({ result: BundleInfo }).parse(await response.json()).result;
}
