// The control plane on the real services, all from source, in the process of a test: it can be ended and begun again on
// the same data folder, and tells the pids of its children.
import { createApp } from '../../src/main/app.ts';
import type { App } from '../../src/main/app-api.ts';
import { openHistory } from '../../src/main/history/store.ts';
import type { ChildName } from '../../src/main/hosts/host.ts';
import { createNodeHost } from '../../src/main/hosts/node-host.ts';
import { programPaths } from '../../src/main/hosts/program-paths.ts';
import type { CommandInput, CommandName, CommandOutput } from '../../src/shared/commands.ts';
import { DEFAULT_SETTINGS } from '../../src/shared/settings.ts';

export interface LiveApp {
  snapshot: App['snapshot'];
  execute<C extends CommandName>(command: C, input: CommandInput<C>): Promise<CommandOutput<C>>;
  /** Of the newest child of that name. */
  pid(name: ChildName): number;
  close(): Promise<void>;
}

/** `env`: variables that name external services. */
export async function openLiveApp(dataDir: string, env: Record<string, string> = {}): Promise<LiveApp> {
  const inner = createNodeHost(
    programPaths(`${import.meta.dirname}/../../src/main/browser.ts`),
    () => undefined,
  );
  const pids = new Map<ChildName, number>();
  const host = {
    ...inner,
    fork(name: ChildName) {
      const child = inner.fork(name);
      if (child.pid !== undefined) pids.set(name, child.pid);
      return child;
    },
  };
  const history = openHistory({
    file: `${dataDir}/history.sqlite`,
    settings: DEFAULT_SETTINGS.history,
    version: 'test',
  });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const app = await createApp(host, { dataDir, history, run: true, env, log });
  return {
    snapshot: app.snapshot,
    execute: async (command, input) => (await app.execute(command, input)) as CommandOutput<typeof command>,
    pid(name) {
      const pid = pids.get(name);
      if (pid === undefined) throw new Error(`no ${name} was started`);
      return pid;
    },
    async close() {
      await app.close();
      history.close();
    },
  };
}
