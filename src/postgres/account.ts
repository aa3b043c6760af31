// PostgreSQL refuses to run as root: then it runs under an OS account without rights, made if there is none.
// Called by placement.ts and binaries.ts to know what that account can reach.
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { LiveDbError } from '../shared/errors.ts';

const run = promisify(execFile);

export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** `nobody` is the last resort: it is everywhere, but it may own other things. */
const NAMES = ['postgres', 'livedb'] as const;

/** Reads one line of a passwd file. */
export function accountIn(passwd: string, name: string): Account | null {
  for (const line of passwd.split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name && uid !== undefined && gid !== undefined && Number(uid) !== 0) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  return null;
}

async function findAccount(names: readonly string[]): Promise<Account | null> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const name of names) {
    const account = accountIn(passwd, name);
    if (account !== null) return account;
  }
  return null;
}

/** The account the server runs under: null means our own, which is right whenever we are not root. */
export async function serverAccount(): Promise<Account | null> {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return null;
  const known = await findAccount(NAMES);
  if (known !== null) return known;
  let reason: unknown;
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'livedb']);
  } catch (error) {
    reason = error;
  }
  const made = await findAccount([...NAMES, 'nobody']);
  if (made !== null) return made;
  throw new LiveDbError(
    {
      code: 'final.postgres-root',
      message: 'PostgreSQL does not run as root, and there is no other account here that it could run under.',
      remedy: 'Start LiveDB as an ordinary user, or create one named postgres (useradd --system postgres).',
    },
    { cause: reason },
  );
}

/** Whether `account` may pass through every folder on the way to `path` and enter `path` itself, by mode bits. */
export async function canReach(path: string, account: Account): Promise<boolean> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const { uid, gid, mode } = await stat(at);
    const mine = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
    if ((mine & 0o1) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
