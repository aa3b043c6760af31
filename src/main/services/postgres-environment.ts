// The external PostgreSQL out of DATABASE_URL, or DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD, DB_SSL.
// Called by connections.ts. URLs: PostgreSQL chapter 32.1.1.2 (connection URIs).
import type { PostgresEndpoint } from '../../shared/link.ts';
import { badVariable, type Found, MASK, readFlag, readWhole, type Variables } from './variables.ts';

const DEFAULT_PORT = 5432;
const URL_EXAMPLE = 'Write it as postgresql://user:password@host:5432/database?sslmode=require';

/** Neon takes no connection without TLS, so that a URL without sslmode can only mean it. */
const needsTls = (host: string) => /\.neon\.tech$/i.test(host);

export function readPostgres(variables: Variables): PostgresEndpoint | null {
  // The nearer place wins as a whole: a DB_HOST in the environment is not overruled by a DATABASE_URL in .env.
  for (const origin of ['environment', '.env'] as const) {
    if (variables.find('DATABASE_URL', origin) !== null) return fromUrl(variables);
    if (variables.find('DB_HOST', origin) !== null) return fromParts(variables);
  }
  const lonely = variables.find('DB_NAME', '.env') ?? variables.find('DB_USER', '.env');
  if (lonely !== null) {
    throw badVariable(
      lonely,
      'is set, but neither DB_HOST nor DATABASE_URL says where the database is',
      'Set DB_HOST, or remove the DB_ lines to use the embedded PostgreSQL.',
    );
  }
  variables.note('DATABASE_URL', 'embedded PostgreSQL', 'embedded');
  return null;
}

function fromParts(variables: Variables): PostgresEndpoint {
  const needed = (name: string): Found => {
    const found = variables.take(name);
    if (found !== null) return found;
    throw badVariable(
      { name, place: 'nowhere' },
      'is not set, but DB_HOST is',
      'Set DB_NAME and DB_USER beside DB_HOST, or use DATABASE_URL.',
    );
  };
  const host = bare(needed('DB_HOST').value);
  const port = variables.take('DB_PORT');
  const database = needed('DB_NAME').value;
  const user = needed('DB_USER').value;
  const password = variables.take('DB_PASSWORD', () => MASK);
  const ssl = variables.take('DB_SSL');
  return {
    kind: 'external',
    host,
    port: port === null ? DEFAULT_PORT : readWhole(port, 1, 65_535),
    database,
    user,
    password: password?.value ?? '',
    ssl: ssl === null ? needsTls(host) : readFlag(ssl, SSL_MODES),
  };
}

/** libpq's words. Everything that asks for TLS gets it verified; what only prefers it goes without. */
const SSL_MODES: Readonly<Record<string, boolean>> = {
  disable: false,
  allow: false,
  prefer: false,
  require: true,
  'verify-ca': true,
  'verify-full': true,
};

const bare = (host: string) => host.replace(/^\[(.*)\]$/, '$1');

function fromUrl(variables: Variables): PostgresEndpoint {
  const found = variables.take('DATABASE_URL', maskUrl);
  if (found === null) throw new Error('DATABASE_URL was looked up before');
  const bad = (problem: string, remedy = URL_EXAMPLE) => badVariable(found, problem, remedy);
  const url = parseUrl(found.value);
  if (url === null) {
    throw bad(
      'is not a URL that can be read',
      `${URL_EXAMPLE}; in user and password write # / ? @ : % percent-encoded (%23 %2F %3F %40 %3A %25).`,
    );
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw bad(`begins with "${url.protocol}" instead of "postgresql:"`);
  }
  const user = decode(url.username);
  const password = decode(url.password);
  const database = decode(url.pathname.replace(/^\//, ''));
  if (user === null || password === null || database === null) {
    throw bad('has a % that does not begin a percent-encoded character', 'Write a plain % as %25.');
  }
  const host = bare(decode(url.hostname) ?? '');
  if (host === '') throw bad('names no host');
  if (host.includes(',')) throw bad('names several hosts', 'Name one host: the primary server.');
  if (user === '') throw bad('names no user');
  return {
    kind: 'external',
    host,
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    // As libpq does: the database is named after the user when it is not named.
    database: database === '' ? user : database,
    user,
    password,
    ssl: sslOf(url, host, bad),
  };
}

function sslOf(url: URL, host: string, bad: (problem: string, remedy?: string) => Error): boolean {
  const mode = url.searchParams.get('sslmode') ?? url.searchParams.get('ssl');
  if (mode === null) return needsTls(host);
  const words: Readonly<Record<string, boolean>> = {
    ...SSL_MODES,
    true: true,
    '1': true,
    false: false,
    '0': false,
  };
  const ssl = Object.hasOwn(words, mode.toLowerCase()) ? words[mode.toLowerCase()] : undefined;
  if (ssl !== undefined) return ssl;
  throw bad(
    `asks for sslmode "${mode}"`,
    'Use sslmode=disable, require or verify-full; LiveDB always verifies the certificate.',
  );
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The URL with its password hidden; what cannot be read is hidden whole. */
export function maskUrl(text: string): string {
  const url = parseUrl(text);
  if (url === null) return MASK;
  const login = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : `:${MASK}`}@`;
  return `${url.protocol}//${login}${url.host}${url.pathname}${url.search.replace(/(password=)[^&]*/gi, `$1${MASK}`)}`;
}
