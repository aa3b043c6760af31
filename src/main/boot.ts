// Brings the control plane up inside an opened data folder: log, history, app; the same for both hosts. Called by
// browser.ts and hosts/electron-desktop.ts, which close what they get.
import { type Logger, openLog } from '../clients/log.ts';
import { DEFAULT_SETTINGS } from '../shared/settings.ts';
import { createApp } from './app.ts';
import type { App } from './app-api.ts';
import type { DataFolder } from './data-folder.ts';
import { openHistory } from './history/store.ts';
import type { Host } from './hosts/host.ts';
import type { ChildOutput } from './hosts/node-host.ts';
import type { Options } from './options.ts';

export interface Booted {
  app: App;
  log: Logger;
  /** Drains and stops everything and frees the data folder. */
  close(): Promise<void>;
}

/** Throws LiveDbError when the configuration is refused; nothing is left running then. */
export async function boot(
  folder: DataFolder,
  options: Pick<Options, 'run' | 'seedFile'>,
  makeHost: (output: ChildOutput) => Host,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Booted> {
  const log = await openLog(folder.logDir, 'main');
  const host = makeHost((child, stream, line) => log.info({ child, stream }, line));
  const history = openHistory({
    file: folder.historyFile,
    // The saved settings take their place as soon as the control plane has read them.
    settings: DEFAULT_SETTINGS.history,
    version: host.version,
    onTrouble: (incident) => log.warn({ incident }, incident.title),
  });
  try {
    const app = await createApp(host, {
      dataDir: folder.path,
      history,
      run: options.run,
      env,
      seedFile: options.seedFile,
      log,
    });
    return {
      app,
      log,
      async close() {
        try {
          await app.close();
        } finally {
          history.close();
          folder.lock.release();
          log.flush();
        }
      },
    };
  } catch (error) {
    history.close();
    throw error;
  }
}
