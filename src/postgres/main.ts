// The embedded PostgreSQL's host: a process that makes, starts, watches and ends the server, and ends with its parent.
// Started by the control plane as the child `postgres`.
import { mkdir } from 'node:fs/promises';
import { runChild } from '../clients/link.ts';
import { openLog } from '../clients/log.ts';
import { LiveDbError } from '../shared/errors.ts';
import { PostgresConfig, type PostgresReady } from '../shared/link.ts';
import { serverAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { embeddedEndpoint, ensureDatabase, mendPassword } from './database.ts';
import { ensureCluster } from './initdb.ts';
import { endLeftovers } from './leftover.ts';
import { keepPort, keptPassword, keptPort, placeCluster, ROOT_FOLDER } from './placement.ts';
import { choosePort } from './port.ts';
import { type Postmaster, type PostmasterOptions, startPostmaster } from './postmaster.ts';
import { measureServer, serverPids } from './usage.ts';

/** A parent that is gone waits for nobody: the server gets this long for an orderly end, ms. */
const ABANDON_MS = 1_500;

/** One more try for a port that was taken between choosing and binding, or shared memory that was just let go. */
const START_ATTEMPTS = 3;

async function startOn(
  wanted: (number | null)[],
  options: Omit<PostmasterOptions, 'port'>,
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startPostmaster({ ...options, port: await choosePort(wanted) });
    } catch (error) {
      const passes = error instanceof LiveDbError && /^postgres\.(port|start)$/.test(error.data.code);
      if (!passes || attempt === START_ATTEMPTS) throw error;
      await endLeftovers(options.cluster);
    }
  }
}

runChild<PostgresConfig, never>({
  name: 'PostgreSQL',
  config: PostgresConfig,
  async start(config, link) {
    const log = await openLog(config.logDir, 'postgres');
    await mkdir(config.dataDir, { recursive: true });
    const account = await serverAccount();
    const password = await keptPassword(config.dataDir);
    const binaries = await findBinaries(account, ROOT_FOLDER);
    const placement = await placeCluster(config.dataDir, password, account);
    if (placement.note !== null) log.info(placement.note);
    const made = await ensureCluster(binaries, placement, account, password);
    if (made) log.info({ cluster: placement.cluster }, 'made a new database cluster');

    const ended = await endLeftovers(placement.cluster);
    if (ended.length > 0) log.warn({ pids: ended }, 'ended processes that an earlier run left behind');

    const wanted = [config.port, await keptPort(config.dataDir)];
    const options = {
      binaries,
      ...placement,
      account,
      onLine: (line: string) => log.info({ server: true }, line),
    };
    const stopping = new AbortController();
    let server = await startOn(wanted, options);
    let version: string;
    try {
      version = await ensureDatabase(embeddedEndpoint(server.port, password), stopping.signal).catch(
        async (error) => {
          if (!(error instanceof LiveDbError) || error.data.code !== 'postgres.auth') throw error;
          log.warn('the kept password is not the database’s: setting it anew');
          await server.stop();
          await mendPassword(binaries, placement, account, password);
          server = await startOn(wanted, options);
          return ensureDatabase(embeddedEndpoint(server.port, password), stopping.signal);
        },
      );
    } catch (error) {
      await server.stop();
      throw error;
    }
    await keepPort(config.dataDir, server.port);

    let asked = false;
    void server.ended.then((how) => {
      if (asked) return;
      log.error({ how }, 'the server ended by itself');
      link.fatal({
        code: 'postgres.killed',
        message: `The PostgreSQL server process ended unexpectedly (${how}).`,
        remedy: 'Nothing to do: LiveDB starts it again; no committed row is lost.',
      });
    });
    const stop = async (fastMs?: number) => {
      asked = true;
      stopping.abort();
      await server.stop(fastMs);
    };
    const info: PostgresReady = {
      endpoint: embeddedEndpoint(server.port, password),
      version,
      postmasterPid: server.pid,
    };
    return {
      info,
      running: {
        drain: () => stop(),
        abandon: () => stop(ABANDON_MS),
        usage: measureServer(server.pid),
        async call(method) {
          if (method === 'pids') return serverPids(server.pid);
          if (method !== 'kill') throw new Error(`PostgreSQL's host knows no call "${method}".`);
          server.kill();
          return null;
        },
      },
    };
  },
});
